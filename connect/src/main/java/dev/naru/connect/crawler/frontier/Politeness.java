package dev.naru.connect.crawler.frontier;

/**
 * How a crawl treats the hosts that it visits.
 *
 * @param delayMs between the starts of two requests to one host; negative: one second, and none for
 *     loopback hosts
 * @param connectionsPerHost requests to one host at a time; 0: one, and a quarter of all for
 *     loopback hosts
 * @param connectionsMax requests at a time, all hosts together
 * @param crawlDelayMaxMs the cap on what robots.txt may ask for as Crawl-delay
 * @param backoffMs the first pause after a failure; doubles with each further one
 * @param backoffMaxMs the longest pause, also for Retry-After
 * @param retriesMax how often one address is tried again
 * @param hostFailuresMax failures in a row after which a host is given up until the crawl starts
 *     again
 */
public record Politeness(
    long delayMs,
    int connectionsPerHost,
    int connectionsMax,
    long crawlDelayMaxMs,
    long backoffMs,
    long backoffMaxMs,
    int retriesMax,
    int hostFailuresMax) {
  private static final long PUBLIC_DELAY_MS = 1_000;

  long delayMs(boolean loopback) {
    if (delayMs >= 0) {
      return delayMs;
    }
    return loopback ? 0 : PUBLIC_DELAY_MS;
  }

  int connectionsPerHost(boolean loopback) {
    if (connectionsPerHost > 0) {
      return Math.min(connectionsPerHost, connectionsMax);
    }
    return loopback ? Math.max(1, connectionsMax / 4) : 1;
  }

  /** The pause after this many failures in a row. */
  long backoffMs(int failures) {
    int doublings = Math.min(Math.max(failures - 1, 0), 30);
    long pauseMs = backoffMs << doublings;
    return pauseMs < 0 || pauseMs > backoffMaxMs ? backoffMaxMs : pauseMs;
  }
}

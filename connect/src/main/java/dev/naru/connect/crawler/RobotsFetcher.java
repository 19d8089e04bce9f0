package dev.naru.connect.crawler;

import crawlercommons.robots.SimpleRobotRules;
import crawlercommons.robots.SimpleRobotRulesParser;
import dev.naru.connect.crawler.frontier.Failure;
import dev.naru.connect.crawler.frontier.Outcome;
import dev.naru.connect.crawler.frontier.RobotRules;
import dev.naru.connect.crawler.http.FetchException;
import dev.naru.connect.crawler.http.HttpAnswer;
import dev.naru.connect.crawler.http.HttpFetcher;
import dev.naru.connect.crawler.http.HttpRequest;
import dev.naru.connect.crawler.url.CanonicalUrl;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** Asks a host for its robots.txt and reads it as RFC 9309 says. Stateless; any thread. */
final class RobotsFetcher {
  private static final long VALID_MS = TimeUnit.HOURS.toMillis(24);
  private static final int BYTES_MAX = 512 * 1024;
  private static final int REDIRECTS_MAX = 5;

  private final HttpFetcher http;
  private final String robotsName;

  RobotsFetcher(HttpFetcher http, String robotsName) {
    this.http = http;
    this.robotsName = robotsName.toLowerCase(Locale.ROOT);
  }

  /** The rules and the sitemaps that the file names. */
  record Robots(RobotRules rules, List<String> sitemaps) {}

  /**
   * Fetches and parses; a file that is not there (4xx) allows everything.
   *
   * @throws FetchException when the host cannot be reached or answers with an error of its own;
   *     then nothing is allowed for now
   */
  Robots fetch(String origin, long nowMs) throws FetchException {
    CanonicalUrl url = CanonicalUrl.parse(origin + "/robots.txt").orElseThrow();
    for (int redirects = 0; redirects <= REDIRECTS_MAX; redirects++) {
      HttpAnswer answer =
          http.fetch(
              new HttpRequest(
                  url, "text/plain,*/*;q=0.5", type -> true, BYTES_MAX, true, null, null));
      int kind = answer.status() / 100;
      CanonicalUrl next = kind == 3 ? url.resolve(answer.header("location")).orElse(null) : null;
      if (kind == 5 || answer.status() == 429) {
        throw new FetchException(
            Outcome.SERVER_ERROR,
            Failure.HOST,
            origin
                + "/robots.txt answers "
                + answer.status()
                + "; nothing is fetched from the host for now.");
      }
      if (kind == 2) {
        return parsed(url, answer.body(), nowMs);
      }
      if (next == null) {
        break;
      }
      url = next;
    }
    return new Robots(new RobotRules(u -> true, 0, nowMs + VALID_MS), List.of());
  }

  private Robots parsed(CanonicalUrl url, byte[] body, long nowMs) throws FetchException {
    try {
      return rules(url, body, nowMs);
    } catch (RuntimeException e) {
      throw new FetchException(Outcome.UNREADABLE, Failure.HOST, url + " cannot be read: " + e);
    }
  }

  private Robots rules(CanonicalUrl url, byte[] body, long nowMs) {
    SimpleRobotRulesParser parser = new SimpleRobotRulesParser(Long.MAX_VALUE, 0);
    SimpleRobotRules rules =
        parser.parseContent(url.toString(), body, "text/plain", List.of(robotsName));
    long delayMs = Math.max(rules.getCrawlDelay(), 0);
    return new Robots(
        new RobotRules(rules::isAllowed, delayMs, nowMs + VALID_MS),
        List.copyOf(rules.getSitemaps()));
  }
}

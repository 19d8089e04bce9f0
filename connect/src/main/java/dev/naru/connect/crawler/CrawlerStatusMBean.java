package dev.naru.connect.crawler;

/**
 * A crawl's numbers, as {@code dev.naru.connect:type=crawler,connector=NAME} shows them. Since this
 * process runs, unless it says otherwise.
 */
public interface CrawlerStatusMBean {
  /** Pages that were fetched and read. */
  long getFetched();

  /** Pages that the topic has, earlier runs of this round included. */
  long getDelivered();

  /** Records on their way to the topic. */
  long getOutstanding();

  /** Addresses that wait. */
  long getQueued();

  /** Requests under way. */
  int getInFlight();

  /** Hosts that were met. */
  int getHosts();

  /** Addresses that were left out, earlier runs of this round included. */
  long getSkipped();

  /** Why, as "reason count, reason count". */
  String getSkippedByReason();

  /** Addresses that failed for good, earlier runs of this round included. */
  long getFailed();

  /** Why, as "reason count, reason count". */
  String getFailedByReason();

  /** Addresses left on hosts that were given up; tried again at the next start. */
  long getAbandoned();

  /** Pages that are as the last crawl left them. */
  long getUnchanged();

  /** Addresses that redirected elsewhere. */
  long getRedirected();

  /** Bytes of the pages fetched, decompressed. */
  long getBytes();

  /** Pages fetched a second, over the last five seconds. */
  double getPagesPerSecond();

  /** 1 for the first crawl, one more for each re-crawl. */
  int getRound();

  /** Whether nothing waits and the topic has everything. */
  boolean isFinished();

  /** Why the crawl cannot go on; empty while it can. */
  String getFailure();
}

package dev.naru.connect.crawler;

/**
 * A crawl's numbers, as {@code dev.naru.connect:type=crawler,connector=NAME} shows them; with
 * {@code ,task=N} where several tasks share the crawl. Since this process runs, unless it says
 * otherwise.
 */
public interface CrawlerStatusMBean {
  /** Pages that were fetched and read. */
  long getFetched();

  /** Pages that the topic has, earlier runs included. */
  long getDelivered();

  /** Records on their way to the topic. */
  long getOutstanding();

  /** Addresses that wait. */
  long getQueued();

  /** Requests under way. */
  int getInFlight();

  /** Hosts that were met. */
  int getHosts();

  /** Addresses that were left out, earlier runs included. */
  long getSkipped();

  /** Why, as "reason count, reason count". */
  String getSkippedByReason();

  /** Addresses that failed for good, earlier runs included. */
  long getFailed();

  /** Why, as "reason count, reason count". */
  String getFailedByReason();

  /** Addresses left on hosts that were given up; tried again at the next start. */
  long getAbandoned();

  /** Visits that found a page changed; its new content went to the topic. */
  long getChanged();

  /** Visits that found a page as it was. */
  long getUnchanged();

  /** Pages that had been in the topic and are gone: a tombstone went there. */
  long getGone();

  /** Addresses that redirected elsewhere. */
  long getRedirected();

  /** Bytes of the pages fetched, decompressed. */
  long getBytes();

  /** Pages fetched a second, over the last five seconds. */
  double getPagesPerSecond();

  /** Addresses that are known: those let in, and those met and left out. */
  long getKnown();

  /** Bytes of the crawl's journal. */
  long getJournalBytes();

  /** Bytes of the files beside it that are rebuilt at every start. */
  long getTableBytes();

  /** Whether nothing waits and the topic has everything. */
  boolean isFinished();

  /** Why the crawl cannot go on; empty while it can. */
  String getFailure();
}

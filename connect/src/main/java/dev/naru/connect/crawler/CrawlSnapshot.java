package dev.naru.connect.crawler;

import java.util.Locale;

/** A crawl's numbers at one moment; {@link CrawlerStatusMBean} says what each means. */
record CrawlSnapshot(
    long fetched,
    long delivered,
    long outstanding,
    long queued,
    int inFlight,
    int hosts,
    long skipped,
    String skippedReasons,
    long failed,
    String failedReasons,
    long abandoned,
    long changed,
    long unchanged,
    long gone,
    long redirected,
    long bytes,
    double perSecond,
    CrawlMemory.Size size,
    boolean finished,
    String failure) {

  /** The numbers as a person reads them. */
  String line() {
    StringBuilder line = new StringBuilder();
    line.append(
        String.format(
            Locale.ROOT,
            "%d pages fetched%s, %d in the topic, %d on the way, %d queued on %d %s",
            fetched,
            perSecond > 0 ? String.format(Locale.ROOT, " (%.1f/s)", perSecond) : "",
            delivered,
            outstanding,
            queued,
            hosts,
            hosts == 1 ? "host" : "hosts"));
    append(line, changed, "changed", "");
    append(line, unchanged, "unchanged", "");
    append(line, gone, "gone", "");
    append(line, redirected, "redirected", "");
    append(line, skipped, "skipped", skippedReasons);
    append(line, failed, "failed", failedReasons);
    append(line, abandoned, "left on hosts that were given up", "");
    return line.toString();
  }

  private static void append(StringBuilder line, long count, String what, String reasons) {
    if (count > 0) {
      line.append(", ").append(count).append(' ').append(what);
      if (!reasons.isEmpty()) {
        line.append(" (").append(reasons).append(')');
      }
    }
  }
}

package dev.naru.connect.crawler;

import dev.naru.connect.crawler.frontier.Outcome;
import dev.naru.connect.crawler.frontier.Outcome.Kind;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a crawl has done so far, and how fast. Guarded by the crawl's lock. */
final class CrawlStats {
  private static final Logger LOG = LoggerFactory.getLogger(CrawlStats.class);
  private static final int NAMED_PER_REASON = 3;
  private static final int RATE_SECONDS = 5;

  private final Map<Outcome, Long> counts = new EnumMap<>(Outcome.class);
  private final long[] fetchedAtSecond = new long[RATE_SECONDS + 1];
  private long fetched;
  private long bytes;
  private long seconds;

  /** Counts what an earlier run counted. */
  void replayed(Outcome outcome) {
    counts.merge(outcome, 1L, Long::sum);
  }

  /**
   * Counts, and names the first few of each reason, so that a log says what is meant without
   * drowning in it.
   */
  void count(Outcome outcome, Object url, String detail) {
    long now = counts.merge(outcome, 1L, Long::sum);
    if (outcome.kind() == Kind.FAILED || outcome.kind() == Kind.SKIPPED) {
      String verb = outcome.kind() == Kind.FAILED ? "Failed" : "Skipped";
      String why = detail == null ? outcome.words() : outcome.words() + ": " + detail;
      if (now <= NAMED_PER_REASON) {
        LOG.info("{} {} ({})", verb, url, why);
      } else {
        LOG.debug("{} {} ({})", verb, url, why);
      }
    }
  }

  void fetched(long pageBytes) {
    fetched++;
    bytes += pageBytes;
  }

  /** Called once a second. */
  void tick() {
    seconds++;
    fetchedAtSecond[(int) (seconds % fetchedAtSecond.length)] = fetched;
  }

  /** Pages fetched a second, over the last few seconds. */
  double perSecond() {
    int span = (int) Math.min(seconds, RATE_SECONDS);
    if (span == 0) {
      return 0;
    }
    long before =
        seconds > RATE_SECONDS
            ? fetchedAtSecond[(int) ((seconds + 1) % fetchedAtSecond.length)]
            : 0;
    return (fetchedAtSecond[(int) (seconds % fetchedAtSecond.length)] - before) / (double) span;
  }

  long of(Outcome outcome) {
    return counts.getOrDefault(outcome, 0L);
  }

  long of(Kind kind) {
    return counts.entrySet().stream()
        .filter(e -> e.getKey().kind() == kind)
        .mapToLong(Map.Entry::getValue)
        .sum();
  }

  long fetched() {
    return fetched;
  }

  long bytes() {
    return bytes;
  }

  /** Such as "duplicate 5, too large 1". */
  String reasons(Kind kind) {
    StringJoiner reasons = new StringJoiner(", ");
    counts.forEach(
        (outcome, count) -> {
          if (outcome.kind() == kind) {
            reasons.add(String.format(Locale.ROOT, "%s %d", outcome.words(), count));
          }
        });
    return reasons.toString();
  }
}

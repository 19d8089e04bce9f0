package dev.naru.connect.crawler.frontier;

/**
 * When an address is asked for again. The pause follows how often it changes: halved when it has,
 * doubled when it has not, between two bounds. What is not a page at the moment (gone, failed,
 * skipped, redirected) is looked at again after the longest pause.
 *
 * @param minMs the shortest pause, and the first; negative: nothing is ever asked for again
 * @param maxMs the longest pause
 */
public record Recrawl(long minMs, long maxMs) {
  private static final long PAUSE_MIN_MS = 1;

  public boolean isOn() {
    return minMs >= 0;
  }

  /** What a visit found. */
  public enum Visit {
    NEW,
    CHANGED,
    SAME,
    /** Nothing that could be compared, of something that was there: the pause stays what it was. */
    UNKNOWN,
    NOT_A_PAGE
  }

  /** The pause after a visit; {@code lastMs} is the one before it, 0 when there was none. */
  public long pauseMs(Visit visit, long lastMs) {
    long pauseMs =
        switch (visit) {
          case NEW -> minMs;
          case CHANGED -> lastMs / 2;
          case SAME -> lastMs > maxMs / 2 ? maxMs : Math.max(lastMs, PAUSE_MIN_MS) * 2;
          case UNKNOWN -> lastMs;
          case NOT_A_PAGE -> maxMs;
        };
    return Math.max(Math.max(minMs, PAUSE_MIN_MS), Math.min(pauseMs, maxMs));
  }
}

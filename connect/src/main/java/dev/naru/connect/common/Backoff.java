package dev.naru.connect.common;

/**
 * A pause that doubles with each failure in a row.
 *
 * @param firstMs the pause after the first failure, in milliseconds
 * @param maxMs the longest pause, in milliseconds
 */
public record Backoff(long firstMs, long maxMs) {
  private static final int DOUBLINGS_MAX = 20;

  /** Milliseconds to wait after this many failures in a row. */
  public long pauseMs(int failures) {
    int doublings = Math.min(Math.max(failures - 1, 0), DOUBLINGS_MAX);
    return firstMs > maxMs >> doublings ? maxMs : firstMs << doublings;
  }
}

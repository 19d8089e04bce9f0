package dev.naru.proving.flows;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Waiting for what other processes do. */
final class Await {
  private Await() {}

  /** Whether it is so now; throws when it never will be. */
  interface Condition {
    boolean holds() throws InterruptedException;
  }

  /**
   * Asks until it is so.
   *
   * @param pauseMs between two questions
   * @throws IllegalStateException when it is not so in time
   */
  static void until(String what, Duration patience, long pauseMs, Condition condition) {
    long deadlineNs = System.nanoTime() + patience.toNanos();
    try {
      while (!condition.holds()) {
        if (System.nanoTime() > deadlineNs) {
          throw new IllegalStateException("not within " + patience.toSeconds() + " s: " + what);
        }
        TimeUnit.MILLISECONDS.sleep(pauseMs);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting: " + what, e);
    }
  }
}

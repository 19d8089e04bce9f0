package dev.naru.broker;

/** Runs things later. The shell around the core's deadlines; tests crank their own. */
public interface Timers {
  /** Wall clock, milliseconds since the epoch. */
  long nowMs();

  /** Milliseconds from some origin on that nobody who sets the clock can move. */
  default long elapsedMs() {
    return nowMs();
  }

  /** Runs a short task that does not block, once, after a delay. */
  Handle schedule(long delayMs, Runnable task);

  /** A task that waits. */
  @FunctionalInterface
  interface Handle {
    /** Takes it back, if it has not begun. */
    void cancel();
  }
}

package dev.naru.connect.common;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** Lets a source's poll wait without holding up its stop, which comes from another thread. */
public class Pause {
  private static final long POLL_WAIT_MS = 500;

  private final CountDownLatch stopped = new CountDownLatch(1);

  /**
   * Waits this many milliseconds, or less when the task is stopped meanwhile.
   *
   * @return whether the task is stopped
   */
  public boolean await(long ms) throws InterruptedException {
    return stopped.await(ms, TimeUnit.MILLISECONDS);
  }

  /**
   * Waits until something is due, but for half a second at most: Connect wants its polls back.
   *
   * @param clock milliseconds from anywhere, as {@code dueMs} is
   * @return whether it is due and the task goes on
   */
  public final boolean untilDue(long dueMs, LongSupplier clock) throws InterruptedException {
    long waitMs = dueMs - clock.getAsLong();
    boolean stopped = waitMs > 0 ? await(Math.min(waitMs, POLL_WAIT_MS)) : isStopped();
    return !stopped && dueMs <= clock.getAsLong();
  }

  /** Ends all waits, those that have not begun included. */
  public final void stop() {
    stopped.countDown();
  }

  public final boolean isStopped() {
    return stopped.getCount() == 0;
  }
}

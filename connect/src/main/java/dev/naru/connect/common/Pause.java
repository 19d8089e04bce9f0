package dev.naru.connect.common;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Lets a source's poll wait without holding up its stop, which comes from another thread. */
public class Pause {
  private final CountDownLatch stopped = new CountDownLatch(1);

  /**
   * Waits this many milliseconds, or less when the task is stopped meanwhile.
   *
   * @return whether the task is stopped
   */
  public boolean await(long ms) throws InterruptedException {
    return stopped.await(ms, TimeUnit.MILLISECONDS);
  }

  /** Ends all waits, those that have not begun included. */
  public final void stop() {
    stopped.countDown();
  }

  public final boolean isStopped() {
    return stopped.getCount() == 0;
  }
}

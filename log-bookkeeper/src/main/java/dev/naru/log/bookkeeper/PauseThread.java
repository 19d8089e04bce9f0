package dev.naru.log.bookkeeper;

import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@link Pauses} on one daemon thread, which is there only while something waits. */
public final class PauseThread implements Pauses, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(PauseThread.class);
  private static final int IDLE_SECONDS = 30;

  private final ScheduledThreadPoolExecutor executor;

  /** Starts no thread yet. */
  public PauseThread() {
    executor =
        new ScheduledThreadPoolExecutor(
            1,
            task -> {
              Thread thread = new Thread(task, "naru-ledger-pauses");
              thread.setDaemon(true);
              return thread;
            });
    executor.setKeepAliveTime(IDLE_SECONDS, TimeUnit.SECONDS);
    executor.allowCoreThreadTimeOut(true);
  }

  @Override
  public void after(int pauseMs, Runnable task) {
    try {
      executor.schedule(() -> run(task), pauseMs, TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      LOG.debug("Nothing is tried again: this node ends", e);
    }
  }

  private static void run(Runnable task) {
    try {
      task.run();
    } catch (RuntimeException e) {
      LOG.error("Another attempt met a defect; what waits for it may hang", e);
    }
  }

  @Override
  public void close() {
    executor.shutdownNow();
  }
}

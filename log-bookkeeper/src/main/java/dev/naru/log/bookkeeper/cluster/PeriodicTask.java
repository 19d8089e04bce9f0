package dev.naru.log.bookkeeper.cluster;

import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Something that is done again and again by a thread of its own, whatever becomes of one time. */
final class PeriodicTask implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(PeriodicTask.class);

  private final Runnable task;
  private final Duration pause;
  private final ScheduledExecutorService thread;

  /**
   * There is no thread before {@link #start}.
   *
   * @param name of the thread
   * @param pause between the end of one time and the next one
   */
  PeriodicTask(String name, Duration pause, Runnable task) {
    this.task = task;
    this.pause = pause;
    this.thread =
        Executors.newSingleThreadScheduledExecutor(
            runnable -> {
              Thread made = new Thread(runnable, name);
              made.setDaemon(true);
              return made;
            });
  }

  /** For the first time now. */
  void start() {
    thread.scheduleWithFixedDelay(this::runSafely, 0, pause.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void runSafely() {
    try {
      task.run();
    } catch (RuntimeException e) {
      LOG.error("{} met a defect, and goes on", Thread.currentThread().getName(), e);
    }
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}

package dev.naru.log;

import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The few threads on which reads wait for the disk, so that nobody else does. They come when there
 * is such a read, and go when there is none for a while. What waits here is bounded by who asks: a
 * fetch has one read under way at a time.
 */
final class ReaderThreads implements Executor, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ReaderThreads.class);
  private static final int THREADS = 4;
  private static final int IDLE_SECONDS = 30;
  private static final int CLOSE_SECONDS = 10;

  private final AtomicInteger count = new AtomicInteger();
  private final ThreadPoolExecutor threads =
      new ThreadPoolExecutor(
          THREADS,
          THREADS,
          IDLE_SECONDS,
          TimeUnit.SECONDS,
          new LinkedBlockingQueue<>(),
          this::newThread);

  ReaderThreads() {
    threads.allowCoreThreadTimeOut(true);
  }

  private Thread newThread(Runnable task) {
    Thread thread = new Thread(task, "naru-log-reader-" + count.incrementAndGet());
    thread.setDaemon(true);
    return thread;
  }

  /**
   * @throws java.util.concurrent.RejectedExecutionException after {@link #close}
   */
  @Override
  public void execute(Runnable task) {
    threads.execute(task);
  }

  /** Waits a moment for the reads under way. */
  @Override
  public void close() {
    threads.shutdown();
    try {
      if (!threads.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
        LOG.warn("Reads are still under way; they fail when their log is closed");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}

package dev.naru.log;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * How a thread waits for a stage: the way of all that blocks for what bookies, ZooKeeper or a disk
 * have to say. A thread that is a {@link Host} is asked to wait in its own way, so that a
 * simulation can let the rest of its world go on meanwhile, in an order that it decides.
 */
public final class Waits {
  /** A thread that waits in its own way. */
  public interface Host {
    /**
     * Returns when the future is done, or the time is over. On the thread itself.
     *
     * @param maxMs {@link Long#MAX_VALUE} for as long as it takes
     */
    void await(CompletableFuture<?> future, long maxMs);
  }

  private Waits() {}

  /**
   * As {@link CompletableFuture#join}.
   *
   * @throws CompletionException the stage failed
   */
  public static <T> T join(CompletionStage<T> stage) {
    CompletableFuture<T> future = stage.toCompletableFuture();
    if (Thread.currentThread() instanceof Host host && !future.isDone()) {
      host.await(future, Long.MAX_VALUE);
    }
    return future.join();
  }

  /** As {@link CompletableFuture#get(long, TimeUnit)}. */
  public static <T> T get(CompletionStage<T> stage, long timeoutMs)
      throws ExecutionException, TimeoutException, InterruptedException {
    CompletableFuture<T> future = stage.toCompletableFuture();
    if (Thread.currentThread() instanceof Host host && !future.isDone()) {
      host.await(future, timeoutMs);
      return future.get(0, TimeUnit.MILLISECONDS);
    }
    return future.get(timeoutMs, TimeUnit.MILLISECONDS);
  }
}

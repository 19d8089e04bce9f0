package dev.naru.log.bookkeeper;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * What a log is waiting for, in its order: entries on their way to the bookies, and ledgers on
 * their way into the list. A step counts only when all steps before it are done; the first that
 * fails is the end of all that come later. Any thread.
 */
final class DurableOrder {
  /** One thing that must be done. */
  static final class Step {
    private boolean done;
    private CompletableFuture<Void> watched;

    private Step() {}
  }

  private final Deque<Step> steps = new ArrayDeque<>();
  private Throwable failure;

  /** A step behind all that were begun before. */
  synchronized Step begin() {
    Step step = new Step();
    if (failure == null) {
      steps.add(step);
    }
    return step;
  }

  /**
   * A step has ended; tells those who waited for it and for all before it, on the calling thread.
   *
   * @param problem null when it succeeded
   */
  void end(Step step, Throwable problem) {
    List<CompletableFuture<Void>> told = new ArrayList<>();
    Throwable because;
    synchronized (this) {
      step.done = true;
      if (problem != null && failure == null) {
        failure = problem;
      }
      because = failure;
      while (!steps.isEmpty() && (because != null || steps.peek().done)) {
        Step next = steps.remove();
        if (next.watched != null) {
          told.add(next.watched);
        }
      }
    }
    for (CompletableFuture<Void> each : told) {
      if (because == null) {
        each.complete(null);
      } else {
        each.completeExceptionally(because);
      }
    }
  }

  /** Completes when every step that was begun before the call is done. */
  synchronized CompletionStage<Void> soFar() {
    if (failure != null) {
      return CompletableFuture.failedFuture(failure);
    }
    Step last = steps.peekLast();
    if (last == null) {
      return CompletableFuture.completedFuture(null);
    }
    if (last.watched == null) {
      last.watched = new CompletableFuture<>();
    }
    return last.watched;
  }

  /** Why nothing is durable any more; null when all is well. */
  synchronized Throwable failure() {
    return failure;
  }
}

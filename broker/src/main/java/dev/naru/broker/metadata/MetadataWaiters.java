package dev.naru.broker.metadata;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Those who wait until this node sees a change that another one made. Any thread. */
public final class MetadataWaiters implements MetadataProgress {
  /** When so many wait this node hears of nothing, and whoever comes need not wait for that. */
  private static final int MAX = 10_000;

  private record Waiter(MetadataPosition until, CompletableFuture<Void> then) {}

  private final PriorityQueue<Waiter> waiting =
      new PriorityQueue<>(Comparator.comparing(Waiter::until));
  private MetadataPosition reached = new MetadataPosition(-1, -1);

  @Override
  public CompletionStage<Void> whenReached(MetadataPosition position) {
    CompletableFuture<Void> then = new CompletableFuture<>();
    synchronized (this) {
      if (reached.compareTo(position) < 0 && waiting.size() < MAX) {
        waiting.add(new Waiter(position, then));
        return then;
      }
    }
    then.complete(null);
    return then;
  }

  /** Everything up to there has taken effect here. */
  public void reached(MetadataPosition position) {
    List<Waiter> served = new ArrayList<>();
    synchronized (this) {
      if (position.compareTo(reached) > 0) {
        reached = position;
      }
      while (!waiting.isEmpty() && waiting.peek().until().compareTo(reached) <= 0) {
        served.add(waiting.poll());
      }
    }
    served.forEach(waiter -> waiter.then().complete(null));
  }
}

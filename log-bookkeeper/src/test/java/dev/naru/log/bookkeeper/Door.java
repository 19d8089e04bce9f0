package dev.naru.log.bookkeeper;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/** Lets a node's requests through to the cluster, or holds them back, in order. */
final class Door implements Executor {
  private final Executor cluster;
  private final Queue<Runnable> held = new ArrayDeque<>();
  private boolean closed;

  Door(Executor cluster) {
    this.cluster = cluster;
  }

  @Override
  public synchronized void execute(Runnable request) {
    if (closed) {
      held.add(request);
    } else {
      cluster.execute(request);
    }
  }

  /** From now on nothing gets through. */
  synchronized void close() {
    closed = true;
  }

  /**
   * Lets the first that is held back through, and waits until it has happened.
   *
   * @return false when nothing is held back
   */
  boolean passOne() {
    Runnable first;
    synchronized (this) {
      first = held.poll();
    }
    if (first != null) {
      CompletableFuture.runAsync(first, cluster).join();
    }
    return first != null;
  }

  /** What was held back goes through, and all that follows. */
  synchronized void open() {
    closed = false;
    held.forEach(cluster::execute);
    held.clear();
  }
}

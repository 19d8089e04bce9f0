package dev.naru.proving.bench.load;

import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Keeps up with who leads what, on a thread of its own, so that the one that drives the load never
 * waits for it: asked for, it asks the nodes in turn, and not more often than Kafka's client does
 * at first ({@code retry.backoff.ms}).
 */
final class LeaderWatch implements Closeable {
  private static final int ANSWER_MS = 2_000;
  private static final long PAUSE_MS = 100;

  private final Topic topic;
  private final List<Integer> bootstrap;
  private final Thread thread;
  private volatile Leaders current;
  private volatile String trouble = "";
  private boolean wanted = true;
  private int turn;

  /**
   * @param bootstrap ports of nodes to ask first
   */
  LeaderWatch(Collection<Integer> bootstrap, Topic topic) {
    this.topic = topic;
    this.bootstrap = List.copyOf(bootstrap);
    this.current = Leaders.unknown(topic);
    this.thread = new Thread(this::watch, "leader-watch");
    thread.setDaemon(true);
    thread.start();
  }

  /** What is known; another object when something was heard. */
  Leaders current() {
    return current;
  }

  /** Asks soon. */
  synchronized void ask() {
    wanted = true;
    notifyAll();
  }

  /** Waits until every partition has a leader. */
  Leaders awaitComplete(Duration patience) {
    long endNs = System.nanoTime() + patience.toNanos();
    try {
      while (!current.isComplete()) {
        if (System.nanoTime() > endNs) {
          throw new NodeError("not every partition has a leader; " + trouble);
        }
        ask();
        Thread.sleep(PAUSE_MS / 10);
      }
      return current;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new NodeError("interrupted", e);
    }
  }

  private void watch() {
    try {
      while (true) {
        awaitWanted();
        askNext();
        Thread.sleep(PAUSE_MS);
      }
    } catch (InterruptedException closed) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized void awaitWanted() throws InterruptedException {
    while (!wanted) {
      wait();
    }
    wanted = false;
  }

  /** Whoever does not answer is followed by the next at once. */
  private void askNext() {
    Set<Integer> known = new LinkedHashSet<>(bootstrap);
    known.addAll(current.ports());
    List<Integer> ports = new ArrayList<>(known);
    for (int attempt = 0; attempt < ports.size(); attempt++) {
      try {
        int port = ports.get(turn++ % ports.size());
        current = current.and(Leaders.ask(port, topic, ANSWER_MS));
        return;
      } catch (IOException silent) {
        trouble = String.valueOf(silent.getMessage());
      }
    }
    ask();
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}

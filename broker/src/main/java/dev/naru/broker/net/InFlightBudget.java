package dev.naru.broker.net;

import java.util.ArrayDeque;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Bytes of requests that may be in the works at once, over all connections. A connection takes its
 * frame's bytes when the frame is complete; while the budget is overdrawn, connections that are
 * between two frames do not read. Those in the middle of a frame go on, so there is no dead lock:
 * the overdraft is at most the frames that were being received. Thread-safe.
 */
final class InFlightBudget {
  private final long limitBytes;
  private final AtomicLong used = new AtomicLong();
  private final ArrayDeque<Runnable> waiting = new ArrayDeque<>();

  InFlightBudget(long limitBytes) {
    this.limitBytes = limitBytes;
  }

  void take(int bytes) {
    used.addAndGet(bytes);
  }

  /** Bytes of all requests in the works. */
  long usedBytes() {
    return used.get();
  }

  boolean exhausted() {
    return used.get() >= limitBytes;
  }

  /** Runs {@code resume} once there is room; at once when there is already. */
  void whenRoom(Runnable resume) {
    synchronized (waiting) {
      waiting.add(resume);
    }
    wakeIfRoom();
  }

  void giveBack(int bytes) {
    long before = used.getAndAdd(-bytes);
    if (before >= limitBytes) {
      wakeIfRoom();
    }
  }

  private void wakeIfRoom() {
    while (!exhausted()) {
      Runnable next;
      synchronized (waiting) {
        next = waiting.poll();
      }
      if (next == null) {
        return;
      }
      next.run();
    }
  }
}

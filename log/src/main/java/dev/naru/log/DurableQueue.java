package dev.naru.log;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/** Who waits for what to become durable. Guarded by the log's lock. */
final class DurableQueue {
  private record Waiter(long endOffset, long turn, DurableCallback callback) {}

  private static final Comparator<Waiter> ORDER =
      Comparator.comparingLong(Waiter::endOffset).thenComparingLong(Waiter::turn);

  /** Null until somebody waits: most logs of a node are idle. */
  private PriorityQueue<Waiter> waiters;

  private long turns;

  void add(long endOffset, DurableCallback callback) {
    if (waiters == null) {
      waiters = new PriorityQueue<>(ORDER);
    }
    waiters.add(new Waiter(endOffset, turns++, callback));
  }

  /** Takes those who waited for nothing beyond this offset, in order. */
  List<DurableCallback> takeUpTo(long offset) {
    Waiter first = waiters == null ? null : waiters.peek();
    if (first == null || first.endOffset() > offset) {
      return List.of();
    }
    List<DurableCallback> done = new ArrayList<>();
    for (Waiter next = first; next != null && next.endOffset() <= offset; next = waiters.peek()) {
      done.add(waiters.poll().callback());
    }
    return done;
  }

  /** Takes those who wait for something beyond this offset. */
  List<DurableCallback> takeBeyond(long offset) {
    if (waiters == null) {
      return List.of();
    }
    List<Waiter> beyond = new ArrayList<>();
    waiters.removeIf(waiter -> waiter.endOffset() > offset && beyond.add(waiter));
    beyond.sort(ORDER);
    return beyond.stream().map(Waiter::callback).toList();
  }
}

package dev.naru.broker.net;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Answers that were completed on other threads, on their way to one event loop. One force of a log
 * completes many requests at once: they reach the loop as one task, and those of one connection
 * leave with one system call.
 *
 * <p>Any thread adds; the loop alone takes. As many exchanges can wait here as are in the works,
 * which each connection bounds.
 */
final class AnswerQueue {
  private final Executor loop;

  /** The one that was added last; each knows the one before. */
  private final AtomicReference<Exchange> newest = new AtomicReference<>();

  private final List<ConnectionSession> touched = new ArrayList<>();

  AnswerQueue(Executor loop) {
    this.loop = loop;
  }

  void add(Exchange exchange) {
    Exchange before;
    do {
      before = newest.get();
      exchange.queuedBefore = before;
    } while (!newest.compareAndSet(before, exchange));
    if (before == null) {
      loop.execute(this::deliver);
    }
  }

  private void deliver() {
    Exchange next = oldestFirst(newest.getAndSet(null));
    while (next != null) {
      Exchange after = next.queuedBefore;
      next.queuedBefore = null;
      ConnectionSession session = next.session();
      try {
        session.finish(next);
        touched.add(session);
      } catch (RuntimeException e) {
        // A defect; it must not keep the answers of others.
        session.exceptionCaught(null, e);
      }
      next = after;
    }
    touched.forEach(ConnectionSession::flush);
    touched.clear();
  }

  private static Exchange oldestFirst(Exchange newest) {
    Exchange oldest = null;
    Exchange next = newest;
    while (next != null) {
      Exchange before = next.queuedBefore;
      next.queuedBefore = oldest;
      oldest = next;
      next = before;
    }
    return oldest;
  }
}

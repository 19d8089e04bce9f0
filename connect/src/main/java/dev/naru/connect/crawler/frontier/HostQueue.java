package dev.naru.connect.crawler.frontier;

import java.util.Comparator;
import java.util.PriorityQueue;

/** One host's waiting addresses, its pace and its troubles. Owned by the frontier. */
final class HostQueue {
  private record Retry(long dueMs, long ref, int attempt) {}

  final String origin;
  final boolean loopback;
  private final RefQueue fresh;
  private final PriorityQueue<Retry> retries =
      new PriorityQueue<>(1, Comparator.comparingLong(Retry::dueMs));

  RobotRules rules;
  boolean askingRobots;
  boolean givenUp;
  long givenUpAtMs;
  int inFlight;
  int failuresInRow;
  int admitted;
  long nextStartMs;
  long pausedUntilMs = Long.MIN_VALUE;

  /** Where the frontier has put this host: in the line, in the timer, or nowhere. */
  Place place = Place.IDLE;

  long timerMs;

  enum Place {
    IDLE,
    READY,
    TIMER
  }

  HostQueue(String origin, boolean loopback, ChunkStore store) {
    this.fresh = new RefQueue(store);
    this.origin = origin;
    this.loopback = loopback;
  }

  void add(long ref) {
    fresh.add(ref);
  }

  void retry(long ref, int attempt, long dueMs) {
    retries.add(new Retry(dueMs, ref, attempt));
  }

  void clear() {
    fresh.clear();
    retries.clear();
  }

  int waiting() {
    return fresh.size() + retries.size();
  }

  /** When the next address could start as far as the addresses themselves are concerned. */
  long dueMs() {
    if (!fresh.isEmpty()) {
      return Long.MIN_VALUE;
    }
    return retries.isEmpty() ? Long.MAX_VALUE : retries.peek().dueMs();
  }

  Ticket next(long nowMs) {
    if (!retries.isEmpty() && (retries.peek().dueMs() <= nowMs || fresh.isEmpty())) {
      Retry retry = retries.remove();
      return new Ticket(origin, false, retry.ref(), retry.attempt());
    }
    return new Ticket(origin, false, fresh.remove(), 0);
  }
}

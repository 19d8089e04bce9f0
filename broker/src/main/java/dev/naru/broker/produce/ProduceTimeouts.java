package dev.naru.broker.produce;

import dev.naru.broker.Timers;

/**
 * Gives up on produce requests whose records do not become durable within their {@code timeoutMs}.
 *
 * <p>One hashed wheel for the whole node: a request is linked into the bucket of its deadline and
 * out of it again, without an object or a timer of its own. The one timer ticks only while
 * something waits. A request is answered at most two ticks after its deadline, never before it.
 * Thread-safe.
 */
final class ProduceTimeouts {
  static final int NOWHERE = -1;
  static final long TICK_MS = 50;

  /** A turn of the wheel takes 51 s; what waits for longer is passed over until its turn. */
  private static final int BUCKETS = 1024;

  private final Timers timers;
  private final ProduceCall[] buckets = new ProduceCall[BUCKETS];
  private int waiting;
  private boolean ticking;
  private long lastTick;

  ProduceTimeouts(Timers timers) {
    this.timers = timers;
  }

  synchronized void add(ProduceCall call, int timeoutMs) {
    long nowMs = timers.elapsedMs();
    call.deadlineMs = nowMs + Math.max(0, timeoutMs);
    // The bucket after the deadline's own, so that whatever is in a passed bucket is due.
    call.bucket = bucket(call.deadlineMs / TICK_MS + 1);
    ProduceCall first = buckets[call.bucket];
    call.next = first;
    call.previous = null;
    if (first != null) {
      first.previous = call;
    }
    buckets[call.bucket] = call;
    waiting++;
    if (!ticking) {
      ticking = true;
      lastTick = nowMs / TICK_MS;
      timers.schedule(TICK_MS, this::tick);
    }
  }

  synchronized void remove(ProduceCall call) {
    if (call.bucket == NOWHERE) {
      return;
    }
    if (call.previous == null) {
      buckets[call.bucket] = call.next;
    } else {
      call.previous.next = call.next;
    }
    if (call.next != null) {
      call.next.previous = call.previous;
    }
    call.bucket = NOWHERE;
    call.next = null;
    call.previous = null;
    waiting--;
  }

  private void tick() {
    long nowMs = timers.elapsedMs();
    for (ProduceCall late = takeLate(nowMs); late != null; ) {
      ProduceCall next = late.next;
      late.next = null;
      late.timeOut();
      late = next;
    }
  }

  /** Unlinks what is due, as a list of its own, and arranges for the next tick. */
  private synchronized ProduceCall takeLate(long nowMs) {
    long tick = nowMs / TICK_MS;
    ProduceCall late = null;
    // However late the tick comes, every bucket is looked at once at most.
    for (long t = Math.max(lastTick + 1, tick - BUCKETS + 1); t <= tick; t++) {
      ProduceCall next;
      for (ProduceCall call = buckets[bucket(t)]; call != null; call = next) {
        next = call.next;
        if (call.deadlineMs <= nowMs) {
          remove(call);
          call.next = late;
          late = call;
        }
      }
    }
    lastTick = Math.max(lastTick, tick);
    ticking = waiting > 0;
    if (ticking) {
      timers.schedule(TICK_MS, this::tick);
    }
    return late;
  }

  private static int bucket(long tick) {
    return (int) Math.floorMod(tick, (long) BUCKETS);
  }
}

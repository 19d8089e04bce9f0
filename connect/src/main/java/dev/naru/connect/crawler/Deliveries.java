package dev.naru.connect.crawler;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Records on their way to the topic: those that wait until Connect takes them, and those of which
 * the topic has not said that it has them. Bounded, because nothing is fetched while it is full.
 * Guarded by the crawl's lock.
 */
final class Deliveries {
  private static final int RECORDS_MAX = 2_000;
  private static final long BYTES_MAX = 32L << 20;

  private final Deque<Delivery> ready = new ArrayDeque<>();
  private final Map<Long, Delivery> outstanding = new HashMap<>();
  private long bytes;

  void add(Delivery delivery) {
    outstanding.put(delivery.number(), delivery);
    bytes += delivery.bytes();
    ready.add(delivery);
  }

  boolean isReady() {
    return !ready.isEmpty();
  }

  List<Delivery> take(int max) {
    List<Delivery> taken = new ArrayList<>(Math.min(max, ready.size()));
    while (!ready.isEmpty() && taken.size() < max) {
      taken.add(ready.remove());
    }
    return taken;
  }

  /** The topic has it; null when it was never handed out, or said before. */
  Delivery confirmed(long number) {
    Delivery delivery = outstanding.remove(number);
    if (delivery != null) {
      bytes -= delivery.bytes();
    }
    return delivery;
  }

  boolean isFull() {
    return outstanding.size() >= RECORDS_MAX || bytes >= BYTES_MAX;
  }

  int outstanding() {
    return outstanding.size();
  }
}

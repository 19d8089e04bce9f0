package dev.naru.connect.crawler.frontier;

/**
 * A first-in, first-out queue of longs that grows as needed and gives memory back when it runs
 * empty.
 */
final class LongQueue {
  private static final int CAPACITY_MIN = 8;

  private long[] ring = new long[CAPACITY_MIN];
  private int head;
  private int size;

  void add(long value) {
    if (size == ring.length) {
      long[] larger = new long[ring.length * 2];
      for (int i = 0; i < size; i++) {
        larger[i] = ring[(head + i) & (ring.length - 1)];
      }
      ring = larger;
      head = 0;
    }
    ring[(head + size++) & (ring.length - 1)] = value;
  }

  long remove() {
    if (size == 0) {
      throw new IllegalStateException("the queue is empty");
    }
    long value = ring[head];
    head = (head + 1) & (ring.length - 1);
    if (--size == 0 && ring.length > CAPACITY_MIN) {
      ring = new long[CAPACITY_MIN];
      head = 0;
    }
    return value;
  }

  int size() {
    return size;
  }

  boolean isEmpty() {
    return size == 0;
  }
}

package dev.naru.proving.bench.load;

/** Times at which requests were to be sent, in order; a ring that grows. */
final class DueTimes {
  private static final int FIRST_CAPACITY = 8;

  private long[] ring = new long[FIRST_CAPACITY];
  private int head;
  private int size;

  boolean isEmpty() {
    return size == 0;
  }

  void addLast(long timeNs) {
    growWhenFull();
    ring[(head + size++) % ring.length] = timeNs;
  }

  /** One that was taken and has to be sent again. */
  void addFirst(long timeNs) {
    growWhenFull();
    head = (head + ring.length - 1) % ring.length;
    ring[head] = timeNs;
    size++;
  }

  /** Takes the earliest; there must be one. */
  long takeFirst() {
    if (size == 0) {
      throw new IllegalStateException("nothing is due");
    }
    long first = ring[head];
    head = (head + 1) % ring.length;
    size--;
    return first;
  }

  private void growWhenFull() {
    if (size == ring.length) {
      long[] larger = new long[2 * size];
      for (int i = 0; i < size; i++) {
        larger[i] = ring[(head + i) % size];
      }
      ring = larger;
      head = 0;
    }
  }
}

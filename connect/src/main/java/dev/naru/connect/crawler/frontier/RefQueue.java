package dev.naru.connect.crawler.frontier;

import java.util.Arrays;

/**
 * A first-in, first-out queue of longs. In memory are its two ends, of {@link ChunkStore#CHUNK}
 * values at most each; what lies between is in the store, and costs a few bits a value here.
 */
final class RefQueue {
  private static final int CAPACITY_MIN = 8;

  private final ChunkStore store;
  private final LongQueue middle = new LongQueue();
  private long[] front = new long[CAPACITY_MIN];
  private int frontAt;
  private int frontEnd;
  private long[] back = new long[CAPACITY_MIN];
  private int backEnd;

  RefQueue(ChunkStore store) {
    this.store = store;
  }

  void add(long value) {
    if (backEnd == back.length) {
      if (backEnd == ChunkStore.CHUNK) {
        middle.add(store.put(back));
        backEnd = 0;
      } else {
        back = Arrays.copyOf(back, back.length * 2);
      }
    }
    back[backEnd++] = value;
  }

  long remove() {
    if (frontAt == frontEnd) {
      refill();
    }
    return front[frontAt++];
  }

  private void refill() {
    frontAt = 0;
    if (!middle.isEmpty()) {
      if (front.length < ChunkStore.CHUNK) {
        front = new long[ChunkStore.CHUNK];
      }
      store.take(middle.remove(), front);
      frontEnd = ChunkStore.CHUNK;
      return;
    }
    if (backEnd == 0) {
      frontEnd = 0;
      throw new IllegalStateException("the queue is empty");
    }
    long[] emptied = front;
    front = back;
    frontEnd = backEnd;
    // A host that has little left to do is not worth the room of one that has much.
    back = emptied.length > CAPACITY_MIN ? new long[CAPACITY_MIN] : emptied;
    backEnd = 0;
  }

  void clear() {
    while (!middle.isEmpty()) {
      if (front.length < ChunkStore.CHUNK) {
        front = new long[ChunkStore.CHUNK];
      }
      store.take(middle.remove(), front);
    }
    frontAt = 0;
    frontEnd = 0;
    backEnd = 0;
  }

  int size() {
    return frontEnd - frontAt + middle.size() * ChunkStore.CHUNK + backEnd;
  }

  boolean isEmpty() {
    return size() == 0;
  }
}

package dev.naru.broker.net;

import java.util.BitSet;
import org.apache.kafka.common.errors.InvalidRequestException;

/**
 * Watches the keys of one large array of a request. Kafka's message classes keep such arrays in
 * hash tables with linear probing, whose cost grows with the cube of the number of keys that meet
 * in one place: four thousand keys that were chosen for it hold a thread for a minute. The guard
 * counts the steps that the same keys take in tables of the same sizes, and refuses them before the
 * real ones are filled. Keys that were not chosen for it take a step or two each, numbered names up
 * to thirty.
 */
final class CollisionGuard {
  private static final int STEPS_PER_KEY = 64;

  /** A bit of bad luck among the first keys is nothing. */
  private static final int STEPS_AT_FIRST = 10_000;

  private static final int SMALLEST_TABLE = 5;

  private final Table[] tables;

  /**
   * @param count elements that the array claims
   */
  CollisionGuard(int count) {
    // Tables that grow from nothing double; the last size and the one before hold the most.
    int grown = SMALLEST_TABLE;
    while (grown < 2L * count) {
      grown = 2 * grown + 1;
    }
    int exact = 2 * count + 1;
    tables =
        new Table[] {
          new Table(exact), new Table(2 * exact + 1), new Table(grown), new Table(grown / 2)
        };
  }

  void onKey(int hash) {
    for (Table table : tables) {
      table.onKey(hash & Integer.MAX_VALUE);
    }
  }

  private static final class Table {
    private final int size;
    private final BitSet taken;
    private int keys;
    private long steps;

    Table(int size) {
      this.size = size;
      this.taken = new BitSet(size);
    }

    void onKey(int hash) {
      if (2 * keys >= size) {
        // The real one would have grown.
        return;
      }
      keys++;
      int home = hash % size;
      int slot = taken.nextClearBit(home);
      steps += slot - home;
      taken.set(slot < size ? slot : taken.nextClearBit(0));
      if (steps > STEPS_AT_FIRST + (long) STEPS_PER_KEY * keys) {
        throw new InvalidRequestException("the keys of the request collide with each other");
      }
    }
  }
}

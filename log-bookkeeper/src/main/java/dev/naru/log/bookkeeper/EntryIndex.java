package dev.naru.log.bookkeeper;

import java.util.Arrays;

/** Where some of a ledger's entries stand: pairs of position and entry, ascending. Any thread. */
final class EntryIndex {
  private static final int FIRST_CAPACITY = 8;

  private int[] positions = new int[FIRST_CAPACITY];
  private long[] entries = new long[FIRST_CAPACITY];
  private int count;

  /** An entry and the position of its first byte. */
  record Place(int position, long entry) {}

  private static final Place FIRST = new Place(0, 0);

  /** Guesses by proportion before halving: entries are mostly of one size, but not always. */
  private static final int GUESSES = 4;

  /**
   * An entry to look at on the way to a position, to learn where it stands.
   *
   * @param low not after the position
   * @param high after it
   * @param round how often was looked already
   * @return -1 when {@code low} is near enough to read from
   */
  static long guess(Place low, Place high, int position, int round) {
    long span = high.entry() - low.entry();
    if (position - low.position() <= LedgerPart.STEP_BYTES || span <= 1) {
      return -1;
    }
    long bytes = Math.max(1, high.position() - low.position());
    long step =
        round < GUESSES ? (long) ((double) (position - low.position()) / bytes * span) : span / 2;
    return low.entry() + Math.max(1, Math.min(span - 1, step));
  }

  /** Learns a place; one that is known already changes nothing. */
  synchronized void add(int position, long entry) {
    int at = Arrays.binarySearch(positions, 0, count, position);
    if (at >= 0) {
      return;
    }
    int to = -at - 1;
    if (count == positions.length) {
      positions = Arrays.copyOf(positions, 2 * count);
      entries = Arrays.copyOf(entries, 2 * count);
    }
    System.arraycopy(positions, to, positions, to + 1, count - to);
    System.arraycopy(entries, to, entries, to + 1, count - to);
    positions[to] = position;
    entries[to] = entry;
    count++;
  }

  /** The last known place that is not after a position. */
  synchronized Place floor(int position) {
    int at = Arrays.binarySearch(positions, 0, count, position);
    int index = at >= 0 ? at : -at - 2;
    return index < 0 ? FIRST : new Place(positions[index], entries[index]);
  }

  /** The first known place after a position; null when none is known. */
  synchronized Place higher(int position) {
    int at = Arrays.binarySearch(positions, 0, count, position);
    int index = at >= 0 ? at + 1 : -at - 1;
    return index >= count ? null : new Place(positions[index], entries[index]);
  }
}

package dev.naru.log;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Where in a segment some of its batches stand: an entry every few kilobytes, with the largest
 * timestamp before it. One writer, any number of readers without a lock.
 */
final class SparseIndex {
  private static final int ENTRY_BYTES = 16;

  /** Entry {@code i}: relative base offset, position, and largest timestamp before the position. */
  private static final class Columns {
    final int[] offsets;
    final int[] positions;
    final long[] times;

    Columns(int[] offsets, int[] positions, long[] times) {
      this.offsets = offsets;
      this.positions = positions;
      this.times = times;
    }

    static Columns ofCapacity(int n) {
      return new Columns(new int[n], new int[n], new long[n]);
    }

    Columns grown(int n) {
      return new Columns(
          Arrays.copyOf(offsets, n), Arrays.copyOf(positions, n), Arrays.copyOf(times, n));
    }
  }

  private static final Columns NONE = Columns.ofCapacity(0);

  private volatile Columns columns = NONE;

  /** Written after the entry, read before the columns: a reader never looks beyond what is set. */
  private volatile int count;

  int count() {
    return count;
  }

  void add(int relativeOffset, int position, long maxTimestampBeforeMs) {
    int n = count;
    Columns into = columns;
    if (n == into.offsets.length) {
      into = into.grown(n == 0 ? 4 : n * 2);
      columns = into;
    }
    into.offsets[n] = relativeOffset;
    into.positions[n] = position;
    into.times[n] = maxTimestampBeforeMs;
    count = n + 1;
  }

  /** Position from which a scan finds the batch that contains the offset. */
  int floorByOffset(long relativeOffset) {
    int n = count;
    Columns c = columns;
    int low = 0;
    int high = n;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (c.offsets[middle] <= relativeOffset) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low == 0 ? 0 : c.positions[low - 1];
  }

  /** Where a batch begins with exactly that offset, if that is known; else -1. */
  int positionOf(long relativeOffset) {
    int position = floorByOffset(relativeOffset);
    return position > 0 && offsetAt(position) == relativeOffset ? position : -1;
  }

  /** The last position known to begin a batch that is not after the one given. */
  int floorByPosition(long position) {
    int below = countUpTo(position);
    return below == 0 ? 0 : columns.positions[below - 1];
  }

  /** Relative base offset of the batch at a position that {@link #floorByPosition} gave, not 0. */
  int offsetAt(int position) {
    return columns.offsets[countUpTo(position) - 1];
  }

  /** How many entries are not after a position. */
  private int countUpTo(long position) {
    int n = count;
    Columns c = columns;
    int low = 0;
    int high = n;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (c.positions[middle] <= position) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /** Position before which every timestamp is smaller. */
  int floorByTime(long timestampMs) {
    int n = count;
    Columns c = columns;
    int low = 0;
    int high = n;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (c.times[middle] < timestampMs) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low == 0 ? 0 : c.positions[low - 1];
  }

  int encodedBytes() {
    return 4 + ENTRY_BYTES * count;
  }

  void encode(ByteBuffer into) {
    int n = count;
    Columns c = columns;
    into.putInt(n);
    for (int i = 0; i < n; i++) {
      into.putInt(c.offsets[i]).putInt(c.positions[i]).putLong(c.times[i]);
    }
  }

  static SparseIndex decode(ByteBuffer from) {
    int n = from.getInt();
    Columns c = Columns.ofCapacity(n);
    for (int i = 0; i < n; i++) {
      c.offsets[i] = from.getInt();
      c.positions[i] = from.getInt();
      c.times[i] = from.getLong();
    }
    SparseIndex index = new SparseIndex();
    index.columns = c;
    index.count = n;
    return index;
  }
}

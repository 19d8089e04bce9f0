package dev.naru.log;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.apache.kafka.common.errors.CorruptRecordException;

/**
 * Which leader epoch begins at which offset (KIP-101). One thread writes; any thread reads, without
 * a lock.
 */
final class LeaderEpochs {
  private static final short VERSION = 1;
  private static final String NAME = "The leader epoch file";
  private static final EpochEndOffset UNKNOWN = new EpochEndOffset(-1, -1);

  private volatile Table table = new Table(new int[0], new long[0]);

  /** Never changed once made. Both columns rise. */
  private static final class Table {
    final int[] epochs;
    final long[] starts;

    Table(int[] epochs, long[] starts) {
      this.epochs = epochs;
      this.starts = starts;
    }

    int size() {
      return epochs.length;
    }

    Table range(int from, int to) {
      return new Table(Arrays.copyOfRange(epochs, from, to), Arrays.copyOfRange(starts, from, to));
    }

    Table plus(int epoch, long start) {
      Table grown = new Table(Arrays.copyOf(epochs, size() + 1), Arrays.copyOf(starts, size() + 1));
      grown.epochs[size()] = epoch;
      grown.starts[size()] = start;
      return grown;
    }

    /** Index of the last entry that is not above; -1 when there is none. */
    int floorEpoch(int epoch) {
      int at = Arrays.binarySearch(epochs, epoch);
      return at >= 0 ? at : -at - 2;
    }

    int floorStart(long offset) {
      int at = Arrays.binarySearch(starts, offset);
      return at >= 0 ? at : -at - 2;
    }
  }

  /**
   * The records from {@code startOffset} on have this epoch. Nothing happens when that was known;
   * what contradicts it is forgotten.
   */
  void assign(int epoch, long startOffset) {
    if (epoch < 0 || startOffset < 0) {
      throw new IllegalArgumentException(
          "An epoch and its start offset must not be negative: " + epoch + ", " + startOffset);
    }
    Table old = table;
    int last = old.size() - 1;
    if (last >= 0 && old.epochs[last] == epoch && old.starts[last] <= startOffset) {
      return;
    }
    int keep = old.size();
    while (keep > 0 && (old.epochs[keep - 1] >= epoch || old.starts[keep - 1] >= startOffset)) {
      keep--;
    }
    table = old.range(0, keep).plus(epoch, startOffset);
  }

  /** The largest known epoch not above this one, and where the next one begins. */
  EpochEndOffset endOffsetFor(int epoch, long logEndOffset) {
    Table now = table;
    int at = now.floorEpoch(epoch);
    if (epoch < 0 || now.size() == 0) {
      return UNKNOWN;
    }
    if (at == now.size() - 1) {
      return now.epochs[at] == epoch ? new EpochEndOffset(epoch, logEndOffset) : UNKNOWN;
    }
    // Before all that is known: its records are gone, so it ends where the first one begins.
    int found = at < 0 ? epoch : now.epochs[at];
    return new EpochEndOffset(found, now.starts[at + 1]);
  }

  /** -1 when the log is empty. */
  int latest() {
    Table now = table;
    return now.size() == 0 ? -1 : now.epochs[now.size() - 1];
  }

  /** The epoch that a record was written in; -1 when unknown. */
  int epochAt(long offset) {
    Table now = table;
    int at = now.floorStart(offset);
    return at < 0 ? -1 : now.epochs[at];
  }

  /** Records from this offset on are gone. */
  void truncateFromEnd(long offset) {
    Table old = table;
    int keep = old.floorStart(offset - 1) + 1;
    if (keep < old.size()) {
      table = old.range(0, keep);
    }
  }

  /** Records before this offset are gone; the epoch that holds there begins there now. */
  void truncateFromStart(long offset) {
    Table old = table;
    int at = old.floorStart(offset);
    if (at >= 0 && (at > 0 || old.starts[0] < offset)) {
      Table cut = old.range(at, old.size());
      cut.starts[0] = offset;
      table = cut;
    }
  }

  ByteBuffer encode() {
    Table now = table;
    ByteBuffer buffer = Sealed.begin(4 + now.size() * 12).putInt(now.size());
    for (int i = 0; i < now.size(); i++) {
      buffer.putInt(now.epochs[i]).putLong(now.starts[i]);
    }
    return Sealed.seal(buffer, VERSION);
  }

  /**
   * @throws CorruptRecordException the bytes are damaged; the log's batches can tell their epochs
   */
  static LeaderEpochs decode(ByteBuffer bytes) {
    return Sealed.open(
        bytes,
        VERSION,
        NAME,
        content -> {
          LeaderEpochs epochs = new LeaderEpochs();
          int count = content.getInt();
          for (int i = 0; i < count; i++) {
            epochs.assign(content.getInt(), content.getLong());
          }
          return epochs;
        });
  }
}

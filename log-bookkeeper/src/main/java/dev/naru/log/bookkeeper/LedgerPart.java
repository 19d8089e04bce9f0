package dev.naru.log.bookkeeper;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * One ledger of a segment, as far as it can be read: finds the entry at a position and brings it,
 * and some that follow, into memory. Reads block; any thread.
 */
final class LedgerPart {
  /** How much is read at a time, and how far apart the places are that a writer notes. */
  static final int STEP_BYTES = 256 << 10;

  private final Ledgers ledgers;
  private final long ledgerId;
  private final int start;
  private final EntryIndex index = new EntryIndex();
  private LedgerReader reader;
  private int notedTo;

  /** Bytes that belong to the segment and can be read from the ledger. */
  private volatile int length;

  /** Of what was written here, up to where it is surely there; null when another node wrote it. */
  private volatile EntryIndex.Place grownTo;

  /**
   * @param reader null to open the ledger when it is read
   */
  LedgerPart(Ledgers ledgers, SegmentList.Part part, LedgerReader reader) {
    this.ledgers = ledgers;
    this.ledgerId = part.ledgerId();
    this.start = part.start();
    this.length = Math.max(0, part.length());
    this.reader = reader;
  }

  /** Bytes of a segment in a ledger. */
  static int payload(LedgerReader reader) {
    return (int) (reader.bytes() - Block.HEAD_BYTES * (reader.lastEntry() + 1));
  }

  long ledgerId() {
    return ledgerId;
  }

  int start() {
    return start;
  }

  int end() {
    return start + length;
  }

  SegmentList.Part asListed(boolean open) {
    return new SegmentList.Part(ledgerId, start, open ? SegmentList.Part.OPEN : length);
  }

  /** An entry became readable; called in the order of the entries. */
  void grew(int position, int bytes, long entry) {
    if (position - start >= notedTo) {
      index.add(position - start, entry);
      notedTo = position - start + STEP_BYTES;
    }
    length = position - start + bytes;
    grownTo = new EntryIndex.Place(length, entry + 1);
  }

  /** The segment ends within this part now. */
  void cut(int newEnd) {
    length = newEnd - start;
  }

  private synchronized LedgerReader reader() throws IOException {
    if (reader == null) {
      reader = Stages.await(ledgers.recover(ledgerId), "Opening ledger " + ledgerId);
    }
    return reader;
  }

  /**
   * Where another node finds bytes of the segment that are in this ledger. Reads nothing.
   *
   * @param from not before {@link #start}
   * @param to not after {@link #end}
   */
  PlacedPart locate(int from, int to) {
    EntryIndex.Place higher = index.higher(to - start - 1);
    return new PlacedPart(
        ledgerId,
        from - start,
        to - from,
        index.floor(from - start),
        higher == null ? grownTo : higher);
  }

  /**
   * Reads the entry that holds a position of the segment, and some behind it.
   *
   * @param position before {@link #end}
   * @return blocks in order, of which the first holds the position; each to be added to the cache
   *     or released
   */
  List<Block> read(LedgerSegment segment, int position) throws IOException {
    LedgerReader from = reader();
    long entry = find(from, position - start).entry();
    List<Block> blocks = new ArrayList<>();
    while (blocks.isEmpty()) {
      List<ByteBuf> entries = entries(from, entry, STEP_BYTES);
      for (ByteBuf each : entries) {
        take(segment, each, position, blocks);
      }
      entry += entries.size();
      if (!blocks.isEmpty()) {
        index.add(blocks.get(blocks.size() - 1).position() - start, entry - 1);
      }
    }
    return blocks;
  }

  /** What lies behind the part's end was cut from the segment, or is not known to be durable. */
  private void take(LedgerSegment segment, ByteBuf entry, int position, List<Block> blocks) {
    int from = start + entry.getInt(entry.readerIndex());
    int bytes = Math.min(entry.readableBytes() - Block.HEAD_BYTES, end() - from);
    if (bytes <= 0 || from + bytes <= position) {
      entry.release();
    } else {
      entry.writerIndex(entry.readerIndex() + Block.HEAD_BYTES + bytes);
      blocks.add(Block.read(segment, from, entry));
    }
  }

  private List<ByteBuf> entries(LedgerReader from, long first, int maxBytes) throws IOException {
    if (first > from.lastEntry()) {
      throw new IOException(
          "Ledger "
              + ledgerId
              + " ends with entry "
              + from.lastEntry()
              + "; "
              + first
              + " was to be read");
    }
    List<ByteBuf> entries = Stages.await(from.read(first, maxBytes), "Reading ledger " + ledgerId);
    if (entries.isEmpty()) {
      throw new IOException("Ledger " + ledgerId + " gave no entry where " + first + " is");
    }
    return entries;
  }

  /** A place not far before a position of the part. */
  private EntryIndex.Place find(LedgerReader from, int position) throws IOException {
    for (int round = 0; ; round++) {
      EntryIndex.Place low = index.floor(position);
      EntryIndex.Place high = index.higher(position);
      if (high == null) {
        high = new EntryIndex.Place(payload(from), from.lastEntry() + 1);
      }
      long guess = EntryIndex.guess(low, high, position, round);
      if (guess < 0) {
        return low;
      }
      List<ByteBuf> found = entries(from, guess, 1);
      index.add(found.get(0).getInt(found.get(0).readerIndex()), guess);
      found.forEach(ByteBuf::release);
    }
  }
}

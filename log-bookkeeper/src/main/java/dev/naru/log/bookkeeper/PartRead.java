package dev.naru.log.bookkeeper;

import dev.naru.log.bookkeeper.EntryIndex.Place;
import dev.naru.log.bookkeeper.LedgerViews.LedgerView;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;

/**
 * Copies the bytes of one part into a buffer: finds the entry that holds the first one, then reads
 * entries, some at a time, until it has the last one. Nothing blocks.
 */
final class PartRead {
  /** Entries have up to a megabyte, and those to come may be larger than those before. */
  private static final int FIRST_ENTRIES = 16;

  private static final int GROWTH = 4;

  private final LedgerView ledger;
  private final EntryIndex index;
  private final PlacedPart part;
  private final ByteBuffer into;
  private final Executor readers;
  private final Place top;

  /** Position of the next byte that is wanted. */
  private int next;

  /** Entries that are read at a time, at most. */
  private int entriesMax = FIRST_ENTRIES;

  /**
   * @param index of the ledger; learns places that later reads may begin at
   * @param into takes the bytes at its position, and has room for them
   */
  PartRead(
      LedgerView ledger, EntryIndex index, PlacedPart part, ByteBuffer into, Executor readers) {
    this.ledger = ledger;
    this.index = index;
    this.part = part;
    this.into = into;
    this.readers = readers;
    this.next = part.position();
    this.top = part.top() != null ? part.top() : new Place(payload(ledger), ledger.lastEntry() + 1);
  }

  private static int payload(LedgerView ledger) {
    return (int) (ledger.bytes() - Block.HEAD_BYTES * (ledger.lastEntry() + 1));
  }

  CompletionStage<Void> run() {
    return find(0).thenComposeAsync(this::copyFrom, readers);
  }

  private CompletionStage<Place> find(int round) {
    Place known = index.floor(part.position());
    Place low = known.position() > part.low().position() ? known : part.low();
    Place higher = index.higher(part.position());
    long guess = EntryIndex.guess(low, higher == null ? top : higher, part.position(), round);
    if (guess < 0) {
      return CompletableFuture.completedFuture(low);
    }
    return ledger
        .read(guess, guess)
        .thenComposeAsync(
            entries -> {
              ByteBuf entry = entries.get(0);
              index.add(entry.getInt(entry.readerIndex()), guess);
              entries.forEach(ByteBuf::release);
              return find(round + 1);
            },
            readers);
  }

  /**
   * @param from an entry and where it begins, not after the next byte that is wanted
   */
  private CompletionStage<Void> copyFrom(Place from) {
    if (from.entry() >= top.entry()) {
      return CompletableFuture.failedFuture(
          new IOException(
              "Ledger " + part.ledgerId() + " ends before byte " + next + " of the segment"));
    }
    long average =
        Math.max(1, (top.position() - part.low().position()) / (top.entry() - part.low().entry()));
    long wanted = Math.min(LedgerPart.STEP_BYTES, part.end() - from.position());
    long count = Math.min(top.entry() - from.entry(), Math.min(entriesMax, 1 + wanted / average));
    entriesMax *= GROWTH;
    return ledger
        .read(from.entry(), from.entry() + count - 1)
        .thenComposeAsync(entries -> copy(entries, from), readers);
  }

  private CompletionStage<Void> copy(List<ByteBuf> entries, Place first) {
    int behind = first.position();
    try {
      for (ByteBuf entry : entries) {
        behind = copy(entry);
      }
    } catch (IOException e) {
      return CompletableFuture.failedFuture(e);
    } finally {
      entries.forEach(ByteBuf::release);
    }
    Place reached = new Place(behind, first.entry() + entries.size());
    if (next < part.end()) {
      return copyFrom(reached);
    }
    if (behind - index.floor(behind).position() >= LedgerPart.STEP_BYTES) {
      index.add(reached.position(), reached.entry());
    }
    return CompletableFuture.completedFuture(null);
  }

  /** Copies what is wanted of an entry; returns the position behind it. */
  private int copy(ByteBuf entry) throws IOException {
    int from = entry.getInt(entry.readerIndex());
    int end = from + entry.readableBytes() - Block.HEAD_BYTES;
    if (from > next && next < part.end()) {
      throw new IOException("Ledger " + part.ledgerId() + " has a gap before byte " + from);
    }
    int count = Math.min(end, part.end()) - next;
    if (count > 0) {
      ByteBuffer bytes =
          entry.nioBuffer(entry.readerIndex() + Block.HEAD_BYTES + next - from, count);
      into.put(bytes);
      next += count;
    }
    return end;
  }
}

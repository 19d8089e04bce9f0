package dev.naru.log.bookkeeper;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Queue;

/**
 * Writes one ledger. What is appended while entries are on their way is gathered into the next one;
 * what is appended before the ledger is there waits for it. All of it under the home's lock.
 */
final class PartWriter {
  /**
   * Below BookKeeper's limit of 5 MB for a frame, and large enough that a batch is rarely split.
   */
  private static final int MAX_ENTRY_BYTES = 1 << 20;

  private static final int GATHERED_BYTES = 64 << 10;

  private final LedgerHome home;
  private final LedgerSegment segment;
  private final DurableOrder order;
  private final int start;
  private final Queue<Sending> early = new ArrayDeque<>();
  private LedgerWriter writer;
  private LedgerPart part;
  private Block gathering;
  private long entries;
  private int underWay;
  private boolean finished;
  private boolean closing;

  private record Sending(Block block, DurableOrder.Step step, long entry) {}

  /**
   * @param start position in the segment of the first byte that is appended
   */
  PartWriter(LedgerHome home, LedgerSegment segment, DurableOrder order, int start) {
    this.home = home;
    this.segment = segment;
    this.order = order;
    this.start = start;
  }

  int start() {
    return start;
  }

  /** Null until the ledger is there. */
  LedgerPart part() {
    return part;
  }

  /** The ledger is there, and the list names it. */
  void opened(LedgerWriter ledger, LedgerPart ledgersPart) {
    writer = ledger;
    part = ledgersPart;
    for (Sending next = early.poll(); next != null; next = early.poll()) {
      post(next);
    }
    closeWhenDone();
  }

  /**
   * @param position end of the segment, where these bytes go
   */
  void append(ByteBuffer bytes, int position) {
    int at = position;
    ByteBuffer rest = bytes.duplicate();
    int end = rest.limit();
    while (rest.position() < end) {
      if (gathering != null && gathering.room() == 0) {
        flush();
      }
      int left = end - rest.position();
      if (gathering == null) {
        gathering = newBlock(at, left);
        segment.show(gathering);
      }
      int count = Math.min(left, gathering.room());
      gathering.add(rest.limit(rest.position() + count));
      at += count;
    }
    if (underWay == 0) {
      flush();
    }
  }

  private Block newBlock(int position, int bytes) {
    int room = underWay > 0 ? Math.max(bytes, GATHERED_BYTES) : bytes;
    int capacity = Block.HEAD_BYTES + Math.min(room, MAX_ENTRY_BYTES);
    ByteBuf entry = ByteBufAllocator.DEFAULT.directBuffer(capacity, capacity);
    entry.writeInt(position - start);
    return Block.written(segment, position, entry, home.unacknowledged());
  }

  /** Sends what was gathered. */
  void flush() {
    if (gathering == null) {
      return;
    }
    Sending next = new Sending(gathering, order.begin(), entries++);
    gathering = null;
    underWay++;
    if (writer == null) {
      early.add(next);
    } else {
      post(next);
    }
  }

  private void post(Sending next) {
    writer
        .append(next.block.toSend())
        .whenComplete((nothing, problem) -> home.ended(() -> ended(next, problem)));
  }

  /** An entry is durable, or it is not known whether it ever will be; with the home's lock. */
  private Runnable ended(Sending sent, Throwable problem) {
    underWay--;
    sent.block.settle();
    Throwable cause = problem == null ? null : Stages.cause(problem);
    if (cause == null) {
      part.grew(sent.block.position(), sent.block.length(), sent.entry);
      if (!home.isClosed()) {
        sent.block.keep(home.cache());
      }
      if (underWay == 0) {
        flush();
      }
    }
    closeWhenDone();
    return () -> order.end(sent.step, cause);
  }

  /** Nothing is appended any more; closes the ledger when all is done. */
  void finish() {
    flush();
    finished = true;
    closeWhenDone();
  }

  private void closeWhenDone() {
    if (finished && underWay == 0 && writer != null && !closing) {
      closing = true;
      home.close(segment, part, writer);
    }
  }
}

package dev.naru.log.bookkeeper;

import dev.naru.log.HomeSegment;
import dev.naru.log.LogSlice;
import dev.naru.log.SegmentBrokenException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * A segment as a chain of ledgers: one, as a rule, and another one after each time that the log was
 * opened or cut, since a ledger that was closed cannot be written again.
 */
final class LedgerSegment implements HomeSegment {
  private static final int DETACHED_BYTES = 4 << 20;

  private final LedgerHome home;
  private final long baseOffset;
  private final DurableOrder order;
  private final long madeMs;
  private final ConcurrentNavigableMap<Integer, Block> blocks = new ConcurrentSkipListMap<>();
  private volatile List<LedgerPart> parts;
  private volatile int size;

  /** Guarded by the home's lock; null while nothing is written. */
  private PartWriter writer;

  private boolean sealed;

  /** Of a detached segment, what was appended since it was waited for; the one writer's. */
  private int unforced;

  /**
   * @param order what the segment's bytes wait for
   * @param madeMs when this owner made, or found it
   */
  LedgerSegment(
      LedgerHome home, long baseOffset, List<LedgerPart> parts, DurableOrder order, long madeMs) {
    this.home = home;
    this.baseOffset = baseOffset;
    this.parts = parts;
    this.order = order;
    this.madeMs = madeMs;
    this.size = parts.isEmpty() ? 0 : parts.get(parts.size() - 1).end();
  }

  @Override
  public long baseOffset() {
    return baseOffset;
  }

  @Override
  public int size() {
    return size;
  }

  DurableOrder order() {
    return order;
  }

  long madeMs() {
    return madeMs;
  }

  List<LedgerPart> parts() {
    return parts;
  }

  /** With the home's lock. */
  void addPart(LedgerPart part) {
    List<LedgerPart> more = new ArrayList<>(parts);
    more.add(part);
    parts = List.copyOf(more);
  }

  /** How the list shows it; with the home's lock. */
  SegmentList.Segment asListed() {
    List<SegmentList.Part> listed = new ArrayList<>();
    for (LedgerPart part : parts) {
      listed.add(part.asListed(writer != null && writer.part() == part));
    }
    return new SegmentList.Segment(baseOffset, List.copyOf(listed));
  }

  @Override
  public void append(ByteBuffer bytes) throws IOException {
    int count = bytes.remaining();
    boolean attached = home.isOwn(order);
    synchronized (home) {
      home.requireWritable();
      if (attached) {
        home.unacknowledged().requireRoom(home.log());
      }
      if (sealed) {
        throw new IllegalStateException("Segment " + baseOffset + " is sealed");
      }
      if (writer == null) {
        open();
      }
      writer.append(bytes, size);
      size += count;
      bytes.position(bytes.limit());
    }
    if (!attached) {
      keepPace(count);
    }
  }

  /** Who writes a detached segment can wait, and must not fill the memory meanwhile. */
  private void keepPace(int count) throws IOException {
    unforced += count;
    if (unforced > DETACHED_BYTES) {
      unforced = 0;
      synchronized (home) {
        writer.flush();
      }
      home.await(order);
    }
  }

  /** Asks for a ledger; with the home's lock. */
  void open() {
    writer = new PartWriter(home, this, order, size);
    home.openPart(this, writer);
  }

  PartWriter writer() {
    return writer;
  }

  /** A block that readers may see from now on. */
  void show(Block block) {
    blocks.put(block.position(), block);
  }

  void forget(Block block) {
    blocks.remove(block.position(), block);
  }

  @Override
  public int read(ByteBuffer into, int position) throws IOException {
    int end = (int) Math.min(size, (long) position + into.remaining());
    int at = position;
    while (at < end) {
      Block block = block(at);
      try {
        int count = Math.min(end, block.end()) - at;
        into.put(block.view(at, count));
        at += count;
      } finally {
        block.release();
      }
    }
    return Math.max(0, at - position);
  }

  /** A retained block that holds a position, read when it is not in memory. */
  private Block block(int position) throws IOException {
    Block block = blockInMemory(position);
    return block != null ? block : load(position);
  }

  /** Retained; null when there is none. */
  private Block blockInMemory(int position) {
    Map.Entry<Integer, Block> found = blocks.floorEntry(position);
    if (found == null) {
      return null;
    }
    Block block = found.getValue();
    return position < block.end() && block.retain() ? block : null;
  }

  private Block load(int position) throws IOException {
    LedgerPart part = part(position);
    Block wanted = null;
    for (Block block : part.read(this, position)) {
      if (wanted == null) {
        block.retain();
        wanted = block;
      }
      if (blocks.putIfAbsent(block.position(), block) == null) {
        block.keep(home.cache());
      } else {
        block.release();
      }
    }
    return wanted;
  }

  private LedgerPart part(int position) throws IOException {
    for (LedgerPart part : parts) {
      if (position >= part.start() && position < part.end()) {
        return part;
      }
    }
    throw new SegmentBrokenException(
        "Segment " + baseOffset + " of " + home.log() + " has no byte " + position, null);
  }

  @Override
  public boolean isWarm(int position, int length) {
    int end = (int) Math.min(size, (long) position + length);
    int at = position;
    while (at < end) {
      Map.Entry<Integer, Block> found = blocks.floorEntry(at);
      if (found == null || found.getValue().end() <= at) {
        return false;
      }
      at = found.getValue().end();
    }
    return true;
  }

  @Override
  public void warm(int position, int length) throws IOException {
    int end = (int) Math.min(size, (long) position + length);
    int at = position;
    while (at < end) {
      Block block = block(at);
      at = block.end();
      block.release();
    }
  }

  @Override
  public LogSlice slice(int position, int length) throws IOException {
    if (length <= 0) {
      return LogSlice.of(ByteBuffer.allocate(0));
    }
    Block block = block(position);
    if (block.end() >= position + length) {
      return LogSlice.of(block.view(position, length), block::release);
    }
    block.release();
    ByteBuffer copy = ByteBuffer.allocate(length);
    if (read(copy, position) < length) {
      throw new SegmentBrokenException(
          "Segment "
              + baseOffset
              + " of "
              + home.log()
              + " ends before byte "
              + (position + length),
          null);
    }
    return LogSlice.of(copy.flip());
  }

  /** Returns at once: nothing that comes later is durable, or found, before this is. */
  @Override
  public void seal(boolean force) {
    synchronized (home) {
      if (!sealed) {
        sealed = true;
        if (writer != null) {
          writer.finish();
        }
      }
    }
  }

  @Override
  public void truncate(int newSize) throws IOException {
    home.cut(this, newSize);
  }

  /** Nobody reads here any more; with the home's lock. */
  void letGo() {
    for (Block block : blocks.values()) {
      forget(block);
      block.abandon();
    }
  }

  /** The ledger that was written is closed; with the home's lock. */
  void closed() {
    writer = null;
  }

  /** With the home's lock, when nothing is on its way. Returns the ledgers that go. */
  List<LedgerPart> cutTo(int newSize) {
    List<LedgerPart> kept = new ArrayList<>();
    List<LedgerPart> gone = new ArrayList<>();
    for (LedgerPart part : parts) {
      if (part.start() >= newSize) {
        gone.add(part);
        continue;
      }
      if (part.end() > newSize) {
        part.cut(newSize);
      }
      kept.add(part);
    }
    for (Block block : blocks.values()) {
      if (block.end() > newSize) {
        forget(block);
      }
    }
    parts = List.copyOf(kept);
    size = newSize;
    sealed = false;
    return gone;
  }
}

package dev.naru.log.bookkeeper;

import io.netty.buffer.ByteBuf;
import io.netty.util.IllegalReferenceCountException;
import java.nio.ByteBuffer;

/**
 * One entry in memory: the position of its bytes within the ledger's part of the segment, and the
 * bytes. It grows until it is sent; readers see whole prefixes.
 */
final class Block {
  /** Bytes of an entry before those of the segment: their position in the ledger's part. */
  static final int HEAD_BYTES = Integer.BYTES;

  private final LedgerSegment segment;
  private final int position;
  private final ByteBuf entry;
  private volatile int length;

  /** The cache lets go of it, or whoever read it. */
  private volatile boolean kept;

  /** Where it is counted until bookies have it; null when it is not. Under the home's lock. */
  private Unacknowledged unacknowledged;

  private Block(LedgerSegment segment, int position, ByteBuf entry, Unacknowledged unacknowledged) {
    this.kept = unacknowledged == null;
    this.segment = segment;
    this.position = position;
    this.entry = entry;
    this.length = entry.readableBytes() - HEAD_BYTES;
    this.unacknowledged = unacknowledged;
  }

  /**
   * One that was read.
   *
   * @param position in the segment
   * @param entry head and bytes; owned by the block
   */
  static Block read(LedgerSegment segment, int position, ByteBuf entry) {
    return new Block(segment, position, entry, null);
  }

  /** One that this owner writes, so that it must stay until it is durable; with the home's lock. */
  static Block written(
      LedgerSegment segment, int position, ByteBuf entry, Unacknowledged unacknowledged) {
    unacknowledged.add(entry.capacity());
    return new Block(segment, position, entry, unacknowledged);
  }

  int position() {
    return position;
  }

  int length() {
    return length;
  }

  int end() {
    return position + length;
  }

  int capacity() {
    return entry.capacity();
  }

  int room() {
    return entry.writableBytes();
  }

  /** Only the one writer calls this, before the block is sent. */
  void add(ByteBuffer bytes) {
    entry.writeBytes(bytes);
    length = entry.readableBytes() - HEAD_BYTES;
  }

  /** The entry as it is to be sent, with a reference of its own. */
  ByteBuf toSend() {
    return entry.retainedDuplicate();
  }

  /** Keeps the bytes readable until {@link #release}; false when they are gone already. */
  boolean retain() {
    try {
      entry.retain();
      return true;
    } catch (IllegalReferenceCountException e) {
      return false;
    }
  }

  void release() {
    entry.release();
  }

  /** A view of bytes at a position of the segment; the block must be retained. */
  ByteBuffer view(int at, int bytes) {
    return entry.nioBuffer(entry.readerIndex() + HEAD_BYTES + at - position, bytes);
  }

  /** Bookies have it, or it is given up; with the home's lock. */
  void settle() {
    if (unacknowledged != null) {
      unacknowledged.remove(entry.capacity());
      unacknowledged = null;
    }
  }

  /** Hands it to the cache. */
  void keep(BlockCache cache) {
    kept = true;
    cache.add(this);
  }

  /** Lets go of the bytes unless the cache will; with the home's lock. */
  void abandon() {
    settle();
    if (!kept) {
      entry.release();
    }
  }

  /** Takes it out of its segment and lets go of the bytes. */
  void drop() {
    segment.forget(this);
    entry.release();
  }
}

package dev.naru.log.bookkeeper;

import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What all logs of a node keep in memory of their segments, within one budget: the entries that
 * were written or read last. The oldest go first, whether they were looked at or not: tails are
 * read while they are young, and what is read from the start is read once. Any thread.
 */
public final class BlockCache {
  private final long maxBytes;
  private final AtomicLong bytes = new AtomicLong();
  private final ConcurrentLinkedQueue<Block> blocks = new ConcurrentLinkedQueue<>();

  /**
   * @param maxBytes memory outside of the heap
   */
  public BlockCache(long maxBytes) {
    this.maxBytes = maxBytes;
  }

  /** Bytes in memory now. */
  public long bytes() {
    return bytes.get();
  }

  /** Takes over a block that its segment shows already. */
  void add(Block block) {
    blocks.add(block);
    long now = bytes.addAndGet(block.capacity());
    while (now > maxBytes) {
      Block oldest = blocks.poll();
      if (oldest == null) {
        return;
      }
      now = bytes.addAndGet(-oldest.capacity());
      oldest.drop();
    }
  }
}

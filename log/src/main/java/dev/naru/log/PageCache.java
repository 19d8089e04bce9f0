package dev.naru.log;

import java.util.concurrent.atomic.AtomicLong;

/**
 * A guess at what the operating system has in memory of the logs' files: what was written or read
 * last, up to so many bytes. Time is counted in bytes that went through, since those are what push
 * others out. Thread-safe; never blocks.
 */
final class PageCache {
  private final long bytes;
  private final AtomicLong through = new AtomicLong();

  /**
   * @param bytes what the cache holds, cautiously
   */
  PageCache(long bytes) {
    this.bytes = bytes;
  }

  /** So many bytes come into the cache; returns the time. */
  long touch(long count) {
    return through.addAndGet(count);
  }

  /** Whether what came in at that time is likely still there. */
  boolean holds(long time) {
    return through.get() - time < bytes;
  }

  /** Whether half of what would push out what came in at that time has come since. */
  boolean isAging(long time) {
    return through.get() - time > bytes / 2;
  }
}

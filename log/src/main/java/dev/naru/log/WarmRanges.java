package dev.naru.log;

import java.util.Arrays;

/**
 * Which parts of one segment are likely in the page cache: its end, as far back as it was appended
 * lately, and the chunks that were read lately. One thread appends; any thread asks and reads.
 */
final class WarmRanges {
  static final int CHUNK_BYTES = 1 << 20;
  private static final long NEVER = -1;

  /** From this position on everything was appended at that time or later. */
  private record Run(int from, long since) {}

  private final PageCache cache;

  /** The one before {@link #newest}; together they reach back one half to one whole cache. */
  private volatile Run older;

  private volatile Run newest;

  /** When each chunk was read; null until the first one is. */
  private volatile long[] chunks;

  WarmRanges(PageCache cache) {
    this.cache = cache;
  }

  /** Bytes were appended at this position. */
  void appended(int position, int count) {
    long now = cache.touch(count);
    Run run = newest;
    if (run == null || cache.isAging(run.since)) {
      older = run;
      newest = new Run(position, now);
    }
  }

  /** Whether reading this range is likely not to wait for a disk. */
  boolean isWarm(int position, int count) {
    if (isAppendedLately(position)) {
      return true;
    }
    long end = (long) position + count;
    long[] read = chunks;
    for (long at = position; at < end; at = (at / CHUNK_BYTES + 1) * CHUNK_BYTES) {
      int chunk = (int) (at / CHUNK_BYTES);
      if (!isReadLately(read, chunk) && !isAppendedLately((int) at)) {
        return false;
      }
    }
    return true;
  }

  private boolean isReadLately(long[] read, int chunk) {
    return read != null && chunk < read.length && read[chunk] != NEVER && cache.holds(read[chunk]);
  }

  private boolean isAppendedLately(int position) {
    Run run = newest;
    if (run == null) {
      return false;
    }
    if (position >= run.from) {
      return cache.holds(run.since);
    }
    Run before = older;
    return before != null && position >= before.from && cache.holds(before.since);
  }

  /** A chunk was read, all of it. */
  synchronized void read(int chunk, int count) {
    long[] known = chunks;
    if (known == null || chunk >= known.length) {
      int had = known == null ? 0 : known.length;
      known = known == null ? new long[chunk + 1] : Arrays.copyOf(known, chunk + chunk / 2 + 1);
      Arrays.fill(known, had, known.length, NEVER);
    }
    known[chunk] = cache.touch(count);
    chunks = known;
  }
}

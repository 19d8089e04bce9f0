package dev.naru.log.bookkeeper.cluster;

import io.netty.util.internal.PlatformDependent;

/**
 * What a node uses of memory outside of the heap for entries, in bytes.
 *
 * @param cache entries that were written or read last
 * @param unacknowledged entries that wait for bookies
 * @param bookie what its bookie has not written yet, and the same once more for reads
 */
record MemoryShares(long cache, long unacknowledged, long bookie) {
  /** As the heap's limit decides. */
  static final long BY_HEAP = -1;

  private static final long MIB = 1 << 20;

  /** An entry has at most a megabyte, and one is not enough to be busy with. */
  private static final long LEAST_BYTES = 4 * MIB;

  /** Half of it is written while the other half fills. */
  private static final long LEAST_BOOKIE_BYTES = 8 * MIB;

  private static final long LARGEST_DEFAULT_BYTES = 256 * MIB;

  /** What remains is for requests, connections, and BookKeeper's and ZooKeeper's own buffers. */
  private static final double LARGEST_PART = 0.75;

  /** The shares of the memory that this process has, with those that were given. */
  static MemoryShares of(long cache, long unacknowledged, long bookie) {
    return of(
        cache,
        unacknowledged,
        bookie,
        Runtime.getRuntime().maxMemory(),
        PlatformDependent.maxDirectMemory());
  }

  /**
   * @param heapLimit what the heap may become
   * @param directLimit what there may be outside of it
   * @throws ClusterException they are too little, or too much, in one sentence
   */
  static MemoryShares of(
      long cache, long unacknowledged, long bookie, long heapLimit, long directLimit) {
    MemoryShares shares =
        new MemoryShares(
            given("entry.cache.bytes", cache, heapLimit / 8, LEAST_BYTES),
            given("entry.unacknowledged.bytes", unacknowledged, heapLimit / 8, LEAST_BYTES),
            given("bookie.cache.bytes", bookie, heapLimit / 16, LEAST_BOOKIE_BYTES));
    long most = (long) (directLimit * LARGEST_PART);
    if (shares.together() > most) {
      throw ClusterException.mistake(
          ("entry.cache.bytes, entry.unacknowledged.bytes and twice bookie.cache.bytes are %s MiB"
                  + " together, and %s MiB are the most with a limit of %s MiB outside of the heap;"
                  + " make them smaller, or that larger by NARU_JAVA_OPTS=-XX:MaxDirectMemorySize=…")
              .formatted(shares.together() / MIB, most / MIB, directLimit / MIB));
    }
    return shares;
  }

  private static long given(String name, long value, long byHeap, long least) {
    if (value == BY_HEAP) {
      return Math.max(least, Math.min(LARGEST_DEFAULT_BYTES, byHeap));
    }
    if (value < least) {
      throw ClusterException.mistake(
          "%s is %s; it needs at least %s, or -1 for what fits the heap"
              .formatted(name, value, least));
    }
    return value;
  }

  private long together() {
    return cache + unacknowledged + 2 * bookie;
  }

  /** Whole megabytes, as BookKeeper counts it. */
  int bookieMib() {
    return Math.toIntExact(bookie / MIB);
  }
}

package dev.naru.connect.crawler.frontier;

/** A map of longs, wherever it lives. Keys are expected to be hashes. Not thread-safe. */
public interface LongMap {
  /** What {@link #get} answers for a key that is not there; not a value that can be put. */
  long ABSENT = Long.MIN_VALUE;

  /** Takes an entry. */
  @FunctionalInterface
  interface Each {
    void entry(long key, long value);
  }

  long get(long key);

  void put(long key, long value);
}

package dev.naru.connect.crawler.frontier;

/** Where long queues put their middle parts. Not thread-safe. */
public interface ChunkStore {
  /** How many values a chunk has. */
  int CHUNK = 64;

  /**
   * Keeps a copy of {@link #CHUNK} values.
   *
   * @return by which name they can be taken, once
   */
  long put(long[] values);

  /** Gives the values of a chunk, which is then forgotten. */
  void take(long id, long[] into);
}

package dev.naru.connect.crawler.frontier;

import java.util.HashMap;
import java.util.Map;

/** Chunks in memory; knows how many were put and not taken. */
public final class MemoryChunks implements ChunkStore {
  final Map<Long, long[]> kept = new HashMap<>();
  private long next;

  @Override
  public long put(long[] values) {
    kept.put(next, values.clone());
    return next++;
  }

  @Override
  public void take(long id, long[] into) {
    System.arraycopy(kept.remove(id), 0, into, 0, CHUNK);
  }
}

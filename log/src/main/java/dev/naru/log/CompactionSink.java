package dev.naru.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * Where compaction writes. For each group of sources: {@link #begin} and {@link #append} (both more
 * than once when what was written outgrows a segment), then {@link #commit} or {@link #abandon}.
 */
interface CompactionSink {
  /** Begins a segment that is not in the list yet. */
  void begin(long baseOffset) throws IOException;

  /** Appends whole batches to the segment that was begun last. */
  void append(ByteBuffer batches) throws IOException;

  /**
   * Puts what was written where the sources stand, as one durable change.
   *
   * @param aborted the aborted transactions of which something is left, in order of their markers;
   *     they replace what the sources said
   */
  void commit(List<CompactionSource> sources, List<AbortedSpan> aborted) throws IOException;

  /** Throws away what was written since the first {@link #begin} of the group. */
  void abandon();
}

package dev.naru.log;

import java.io.IOException;
import java.nio.ByteBuffer;

/** A sealed segment, as compaction sees it. */
interface CompactionSource {
  long baseOffset();

  /** Offset after its last record. */
  long endOffset();

  int size();

  /** Largest timestamp of the first batch; -1 when unknown. */
  long firstTimestampMs();

  /** Largest timestamp; -1 when there is none. */
  long maxTimestampMs();

  /** Reads up to the end of the segment; returns the bytes read, 0 at the end. */
  int read(ByteBuffer into, int position) throws IOException;
}

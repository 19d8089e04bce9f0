package dev.naru.log;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** What is known from looking into a segment; kept beside a sealed one and loaded when needed. */
record SegmentDetail(SparseIndex index, List<AbortedSpan> aborted) {
  static SegmentDetail empty() {
    return new SegmentDetail(new SparseIndex(), new CopyOnWriteArrayList<>());
  }

  /** Together with the meta data: the segment's summary note. */
  ByteBuffer encode(SegmentMeta meta) {
    ByteBuffer bytes =
        ByteBuffer.allocate(meta.encodedBytes() + 4 + 32 * aborted.size() + index.encodedBytes());
    meta.encode(bytes);
    bytes.putInt(aborted.size());
    for (AbortedSpan span : aborted) {
      bytes.putLong(span.producerId()).putLong(span.firstOffset());
      bytes.putLong(span.lastOffset()).putLong(span.lastStableOffset());
    }
    index.encode(bytes);
    return bytes.flip();
  }

  /** Reads what follows the meta data. */
  static SegmentDetail decode(ByteBuffer from) {
    List<AbortedSpan> aborted = new CopyOnWriteArrayList<>();
    for (int n = from.getInt(); n > 0; n--) {
      aborted.add(new AbortedSpan(from.getLong(), from.getLong(), from.getLong(), from.getLong()));
    }
    return new SegmentDetail(SparseIndex.decode(from), aborted);
  }
}

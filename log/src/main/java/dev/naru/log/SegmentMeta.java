package dev.naru.log;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * What is known of a segment without looking into it.
 *
 * @param size bytes of records
 * @param endOffset offset after the last record
 * @param maxTimestampMs largest timestamp, -1 when there is none
 * @param maxTimestampBatch base offset of the batch that has it
 * @param firstTimestampMs largest timestamp of the first batch, for rolling by time
 * @param firstAppendMs when the first batch was appended
 * @param lastAppendMs when the last batch was appended; ages segments without timestamps
 * @param aborted number of aborted transactions whose markers stand here
 * @param epochs leader epochs that begin here
 */
record SegmentMeta(
    long baseOffset,
    int size,
    long endOffset,
    long maxTimestampMs,
    long maxTimestampBatch,
    long firstTimestampMs,
    long firstAppendMs,
    long lastAppendMs,
    int aborted,
    List<EpochStart> epochs) {

  int encodedBytes() {
    return 68 + 4 + 12 * epochs.size();
  }

  void encode(ByteBuffer into) {
    into.putLong(baseOffset).putInt(size).putLong(endOffset);
    into.putLong(maxTimestampMs).putLong(maxTimestampBatch).putLong(firstTimestampMs);
    into.putLong(firstAppendMs).putLong(lastAppendMs).putInt(aborted).putInt(epochs.size());
    for (EpochStart start : epochs) {
      into.putInt(start.epoch()).putLong(start.startOffset());
    }
  }

  static SegmentMeta decode(ByteBuffer from) {
    long baseOffset = from.getLong();
    int size = from.getInt();
    long endOffset = from.getLong();
    long maxTimestampMs = from.getLong();
    long maxTimestampBatch = from.getLong();
    long firstTimestampMs = from.getLong();
    long firstAppendMs = from.getLong();
    long lastAppendMs = from.getLong();
    int aborted = from.getInt();
    List<EpochStart> epochs = new ArrayList<>();
    for (int n = from.getInt(); n > 0; n--) {
      epochs.add(new EpochStart(from.getInt(), from.getLong()));
    }
    return new SegmentMeta(
        baseOffset,
        size,
        endOffset,
        maxTimestampMs,
        maxTimestampBatch,
        firstTimestampMs,
        firstAppendMs,
        lastAppendMs,
        aborted,
        List.copyOf(epochs));
  }
}

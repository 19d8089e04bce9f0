package dev.naru.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.apache.kafka.common.errors.CorruptRecordException;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.RecordBatch;

/**
 * Walks over the batches of a segment by their headers; loads a whole batch only when asked. Blocks
 * on I/O. For one thread.
 */
final class BatchCursor {
  static final int HEADER_BYTES = 61;
  static final int LENGTH_AT = 8;
  static final int MAGIC_AT = 16;
  static final int CRC_AT = 17;
  static final int ATTRIBUTES_AT = 21;

  /** What a length field does not count: the base offset and itself. */
  static final int LOG_OVERHEAD_BYTES = 12;

  private static final int SCAN_BYTES = 256 << 10;
  private static final int SPARSE_BYTES = 16 << 10;
  private static final int HEADER_READ_BYTES = 4 << 10;
  private static final int EPOCH_AT = 12;
  private static final int CONTROL_FLAG = 0x20;
  private static final int LAST_DELTA_AT = 23;
  private static final int MAX_TIMESTAMP_AT = 35;
  private static final int PRODUCER_ID_AT = 43;

  private static final ThreadLocal<ByteBuffer> SMALL =
      ThreadLocal.withInitial(() -> ByteBuffer.allocateDirect(8 << 10));

  private final HomeSegment segment;
  private final ByteBuffer window;
  private final int end;
  private int windowStart;
  private int windowBytes;
  private int position;
  private int next;
  private int header;
  private int lastSize;
  private ByteBuffer whole = ByteBuffer.allocate(0);

  private BatchCursor(HomeSegment segment, int from, int end, ByteBuffer window) {
    this.segment = segment;
    this.window = window;
    this.end = end;
    this.next = from;
    this.position = from;
  }

  /** For a look-up nearby. Uses a buffer of the thread: one such cursor at a time. */
  static BatchCursor near(HomeSegment segment, int from, int end) {
    return new BatchCursor(segment, from, end, SMALL.get());
  }

  /** For walking over a whole segment. */
  static BatchCursor scan(HomeSegment segment, int from, int end) {
    int bytes = Math.max(HEADER_BYTES, Math.min(SCAN_BYTES, end - from));
    return new BatchCursor(segment, from, end, ByteBuffer.allocate(bytes));
  }

  /**
   * Goes to the next batch; false at the end.
   *
   * @throws CorruptRecordException no batch can stand here, or it reaches beyond the end; {@link
   *     #position} tells where
   */
  boolean next() throws IOException {
    position = next;
    if (position >= end) {
      return false;
    }
    if (end - position < HEADER_BYTES || !load(HEADER_BYTES)) {
      throw new CorruptRecordException("an incomplete batch header");
    }
    header = position - windowStart;
    if (window.get(header + MAGIC_AT) != RecordBatch.MAGIC_VALUE_V2) {
      throw new CorruptRecordException(
          "a batch with magic " + window.get(header + MAGIC_AT) + " where 2 is expected");
    }
    int length = window.getInt(header + LENGTH_AT);
    if (length < HEADER_BYTES - LOG_OVERHEAD_BYTES
        || length > end - position - LOG_OVERHEAD_BYTES) {
      throw new CorruptRecordException("a batch that says it is " + length + " bytes long");
    }
    next = position + LOG_OVERHEAD_BYTES + length;
    lastSize = next - position;
    return true;
  }

  private boolean load(int bytes) throws IOException {
    if (position >= windowStart && position + bytes <= windowStart + windowBytes) {
      return true;
    }
    // Between large batches only the headers are wanted, as a rule.
    int most = lastSize > SPARSE_BYTES ? HEADER_READ_BYTES : window.capacity();
    window.clear().limit(Math.min(Math.min(most, window.capacity()), end - position));
    windowStart = position;
    windowBytes = segment.read(window, position);
    return windowBytes >= bytes;
  }

  int position() {
    return position;
  }

  int sizeInBytes() {
    return next - position;
  }

  long baseOffset() {
    return window.getLong(header);
  }

  long lastOffset() {
    return baseOffset() + window.getInt(header + LAST_DELTA_AT);
  }

  int leaderEpoch() {
    return window.getInt(header + EPOCH_AT);
  }

  long maxTimestampMs() {
    return window.getLong(header + MAX_TIMESTAMP_AT);
  }

  boolean hasProducerId() {
    return window.getLong(header + PRODUCER_ID_AT) > RecordBatch.NO_PRODUCER_ID;
  }

  /** A control batch says what it means in its record, not in its header. */
  boolean isControlBatch() {
    return (window.getShort(header + ATTRIBUTES_AT) & CONTROL_FLAG) != 0;
  }

  /** The batch without its records. */
  RecordBatch headerOnly() {
    ByteBuffer bytes = ByteBuffer.allocate(HEADER_BYTES);
    bytes.put(0, window, header, HEADER_BYTES);
    bytes.putInt(LENGTH_AT, HEADER_BYTES - LOG_OVERHEAD_BYTES);
    return MemoryRecords.readableRecords(bytes).batches().iterator().next();
  }

  /** The whole batch; valid until the next call on this cursor. */
  MutableRecordBatch batch() throws IOException {
    int size = sizeInBytes();
    ByteBuffer bytes;
    if (header + size <= windowBytes) {
      bytes = window.duplicate();
      bytes.limit(header + size).position(header);
      bytes = bytes.slice();
    } else {
      if (whole.capacity() < size) {
        whole = ByteBuffer.allocate(size);
      }
      whole.clear().limit(size);
      if (segment.read(whole, position) < size) {
        throw new CorruptRecordException("an incomplete batch");
      }
      bytes = whole.flip().slice();
    }
    return MemoryRecords.readableRecords(bytes).batches().iterator().next();
  }
}

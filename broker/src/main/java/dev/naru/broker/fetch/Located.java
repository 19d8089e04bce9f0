package dev.naru.broker.fetch;

import dev.naru.log.LocatedRecords;
import java.nio.ByteBuffer;
import org.apache.kafka.common.errors.CorruptRecordException;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.record.internal.BaseRecords;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.RecordBatch;

/**
 * Where records are, as one node tells another: it stands in a fetch's answer where the records
 * would. Empty when there are none.
 *
 * @param baseOffset of the first batch
 * @param sizeInBytes of the records
 * @param place for {@link dev.naru.log.LocatedReads}
 */
record Located(long baseOffset, int sizeInBytes, ByteBuffer place) {
  private static final int HEAD_BYTES = Long.BYTES + Integer.BYTES;

  static MemoryRecords encode(LocatedRecords located) {
    if (located.sizeInBytes() == 0) {
      return MemoryRecords.EMPTY;
    }
    ByteBuffer bytes = ByteBuffer.allocate(HEAD_BYTES + located.place().remaining());
    bytes.putLong(located.baseOffset()).putInt(located.sizeInBytes());
    bytes.put(located.place().duplicate());
    return MemoryRecords.readableRecords(bytes.flip());
  }

  /** Whether an answer has a place, or no records. */
  static boolean isSane(PartitionData answer) {
    int bytes = answer.records() == null ? 0 : answer.records().sizeInBytes();
    return bytes == 0 || bytes > HEAD_BYTES;
  }

  /**
   * Of an answer that is sane.
   *
   * @return null when there are no records
   */
  static Located decode(BaseRecords records) {
    if (records == null || records.sizeInBytes() == 0) {
      return null;
    }
    ByteBuffer bytes = ((MemoryRecords) records).buffer().duplicate();
    return new Located(bytes.getLong(), bytes.getInt(), bytes.slice());
  }

  /**
   * Whether bytes that were read there are what was asked for: whole batches, the first of them the
   * one that the owner named, and one that holds the offset or follows it.
   */
  boolean isWhatWasAskedFor(MemoryRecords read, long fetchOffset) {
    if (read.sizeInBytes() != sizeInBytes || baseOffset < 0) {
      return false;
    }
    long last = -1;
    int bytes = 0;
    try {
      for (RecordBatch batch : read.batches()) {
        boolean first = bytes == 0;
        if (batch.magic() != RecordBatch.MAGIC_VALUE_V2
            || (first && (batch.baseOffset() != baseOffset || batch.lastOffset() < fetchOffset))
            || batch.baseOffset() <= last) {
          return false;
        }
        last = batch.lastOffset();
        bytes += batch.sizeInBytes();
      }
    } catch (CorruptRecordException e) {
      return false;
    }
    return bytes == sizeInBytes;
  }
}

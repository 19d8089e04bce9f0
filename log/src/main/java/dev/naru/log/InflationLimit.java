package dev.naru.log;

import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.record.internal.DefaultRecordBatch;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.utils.internals.BufferSupplier;
import org.apache.kafka.common.utils.internals.CloseableIterator;

/**
 * How much may come out of a compressed batch: a megabyte can claim to be forty gigabytes. Whoever
 * looks inside a batch reads it through here, one record at a time. Immutable.
 *
 * @param recordBytes {@code max.decompressed.message.bytes}: largest record
 * @param batchBytes {@code max.decompressed.batch.bytes}: most bytes of all records of a batch
 */
public record InflationLimit(int recordBytes, long batchBytes) {

  /** A record that is read whole takes that much of the heap, on several threads at a time. */
  private static final long WHOLE_RECORD_BYTES = Runtime.getRuntime().maxMemory() / 16;

  /** Kafka's largest record, and as much in a batch as the largest request could bring as it is. */
  public static final InflationLimit DEFAULT = new InflationLimit(Integer.MAX_VALUE - 8, 100 << 20);

  /**
   * The records of a batch, whole; none may be larger than a sixteenth of the heap.
   *
   * <p>The iterator throws {@link InvalidRecordException} where it meets the limit.
   */
  public CloseableIterator<Record> records(RecordBatch batch, BufferSupplier buffers) {
    return batch.isCompressed()
        ? new Counted(batch.streamingIterator(buffers, recordBytesMax()))
        : batch.streamingIterator(buffers);
  }

  /** The records of a batch without their keys and values: only their sizes are known. */
  public CloseableIterator<Record> outlines(DefaultRecordBatch batch, BufferSupplier buffers) {
    return batch.isCompressed()
        ? new Counted(batch.skipKeyValueIterator(buffers, (int) Math.min(recordBytes, batchBytes)))
        : batch.skipKeyValueIterator(buffers);
  }

  /** Largest record that is read whole. */
  int recordBytesMax() {
    return (int) Math.min(recordBytes, Math.min(batchBytes, WHOLE_RECORD_BYTES));
  }

  private final class Counted implements CloseableIterator<Record> {
    private final CloseableIterator<Record> records;
    private long bytes;

    Counted(CloseableIterator<Record> records) {
      this.records = records;
    }

    @Override
    public boolean hasNext() {
      return records.hasNext();
    }

    @Override
    public Record next() {
      Record record = records.next();
      bytes += record.sizeInBytes();
      if (bytes > batchBytes) {
        throw new InvalidRecordException(
            "The records of a compressed batch are larger than "
                + batchBytes
                + " bytes together (max.decompressed.batch.bytes)");
      }
      return record;
    }

    @Override
    public void close() {
      records.close();
    }
  }
}

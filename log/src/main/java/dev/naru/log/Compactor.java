package dev.naru.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.errors.CorruptRecordException;
import org.apache.kafka.common.record.internal.DefaultRecordBatch;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MemoryRecords.RecordFilter.BatchRetention;
import org.apache.kafka.common.record.internal.MemoryRecords.RecordFilter.BatchRetentionResult;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.utils.internals.BufferSupplier;
import org.apache.kafka.common.utils.internals.CloseableIterator;

/**
 * Log compaction with Apache Kafka's meaning: of each key the latest record stays, with its offset.
 * Tombstones and transaction markers stay for {@code delete.retention.ms} after the first
 * compaction that could have removed them (KIP-534), so that a reader who began before sees them.
 * Records of aborted transactions go. The batch that tells a live producer's last sequence stays,
 * empty if need be, and so does the last batch of each segment: a segment always ends where the
 * next one begins, so that recovery can tell what compaction removed from what a crash took.
 *
 * <p>Memory is bounded: when the keys do not fit, a pass ends early and says how far it came.
 * Blocks on I/O through its ports; does not read a clock. One thread at a time.
 */
final class Compactor {
  private static final int READ_BYTES = 1 << 20;

  private final long maxKeyBytes;
  private final BooleanSupplier cancelled;

  /**
   * @param maxKeyBytes memory for the table of keys ({@code log.cleaner.dedupe.buffer.size})
   * @param cancelled is asked now and then; a pass that is cancelled ends with a {@link
   *     CancellationException} and leaves the log as it is
   */
  Compactor(long maxKeyBytes, BooleanSupplier cancelled) {
    this.maxKeyBytes = maxKeyBytes;
    this.cancelled = cancelled;
  }

  /**
   * What a pass needs to know of the log.
   *
   * @param aborted aborted transactions, also those whose markers stand after the plan's end
   * @param producers the live producers' last batches
   */
  record Input(
      CompactionPlan plan,
      List<AbortedSpan> aborted,
      Map<Long, ProducerStates.LastBatch> producers,
      LogConfig config,
      long nowMs) {}

  /**
   * Makes one pass.
   *
   * @return where the log is dirty from now on; the plan's end unless the keys did not fit
   * @throws CorruptRecordException a batch is damaged; nothing of its group was changed
   * @throws InvalidRecordException a batch inflates too far; likewise
   */
  long pass(Input input, CompactionSink sink) throws IOException {
    Run run = new Run(input, sink);
    try {
      long end = run.mapKeys();
      for (List<CompactionSource> group : input.plan().groups(end, input.config().segmentBytes())) {
        run.rewrite(group);
      }
      return end;
    } finally {
      run.buffers.close();
    }
  }

  private final class Run {
    final Input input;
    final CompactionSink sink;
    final BufferSupplier buffers = BufferSupplier.create();
    final KeyOffsets keys = new KeyOffsets(maxKeyBytes);
    final CompactionTransactions copied;
    ByteBuffer readBuffer = ByteBuffer.allocate(READ_BYTES);
    ByteBuffer writeBuffer = ByteBuffer.allocate(READ_BYTES);

    /** The table of keys knows everything from the first dirty offset up to here. */
    long mappedTo;

    long written;
    long writtenTo;
    long groupEnd;

    Run(Input input, CompactionSink sink) {
      this.input = input;
      this.sink = sink;
      this.copied = new CompactionTransactions(input.aborted());
      this.mappedTo = input.plan().firstDirtyOffset();
    }

    long mapKeys() throws IOException {
      CompactionTransactions seen = new CompactionTransactions(input.aborted());
      for (CompactionSource source : input.plan().sources()) {
        if (source.endOffset() <= input.plan().firstDirtyOffset()) {
          continue;
        }
        int position = 0;
        while (position < source.size()) {
          MemoryRecords chunk = read(source, position);
          for (MutableRecordBatch batch : chunk.batches()) {
            batch.ensureValid();
            boolean abortedOrMarker = seen.mayGo(batch) || batch.isControlBatch();
            if (batch.lastOffset() < input.plan().firstDirtyOffset()) {
              continue;
            }
            if (keys.full()) {
              return mappedTo;
            }
            if (!abortedOrMarker) {
              mapKeys(batch);
            }
            mappedTo = batch.nextOffset();
          }
          position += chunk.validBytes();
        }
        mappedTo = source.endOffset();
      }
      return mappedTo;
    }

    private void mapKeys(MutableRecordBatch batch) {
      try (CloseableIterator<Record> records = input.config().inflation().records(batch, buffers)) {
        while (records.hasNext()) {
          Record record = records.next();
          if (record.hasKey() && record.offset() >= input.plan().firstDirtyOffset()) {
            keys.put(record.key(), record.offset());
          }
        }
      }
    }

    void rewrite(List<CompactionSource> group) throws IOException {
      boolean committed = false;
      try {
        groupEnd = group.get(group.size() - 1).endOffset();
        begin(group.get(0).baseOffset());
        for (CompactionSource source : group) {
          copy(source);
        }
        sink.commit(group, copied.drainKept());
        committed = true;
      } finally {
        if (!committed) {
          sink.abandon();
        }
      }
    }

    private void begin(long baseOffset) throws IOException {
      sink.begin(baseOffset);
      written = 0;
      writtenTo = baseOffset;
    }

    private void copy(CompactionSource source) throws IOException {
      Filter filter = new Filter();
      int position = 0;
      while (position < source.size()) {
        MemoryRecords chunk = read(source, position);
        chunk.batches().forEach(RecordBatch::ensureValid);
        writeBuffer.clear();
        MemoryRecords.FilterResult result =
            chunk.filterTo(
                filter, writeBuffer, buffers, input.config().inflation().recordBytesMax());
        position += result.bytesRead();
        ByteBuffer output = result.outputBuffer().flip();
        if (output.hasRemaining()) {
          if (written + output.remaining() > Integer.MAX_VALUE) {
            begin(writtenTo);
          }
          written += output.remaining();
          for (RecordBatch batch : MemoryRecords.readableRecords(output.slice()).batches()) {
            writtenTo = batch.nextOffset();
          }
          sink.append(output);
        }
      }
    }

    /** Whole batches from a position on, at least one. */
    private MemoryRecords read(CompactionSource source, int position) throws IOException {
      if (cancelled.getAsBoolean()) {
        throw new CancellationException("Compaction was cancelled");
      }
      while (true) {
        readBuffer.clear();
        int count = source.read(readBuffer, position);
        readBuffer.flip();
        MemoryRecords chunk = MemoryRecords.readableRecords(readBuffer);
        if (chunk.validBytes() > 0) {
          return chunk;
        }
        Integer next =
            count < DefaultRecordBatch.RECORD_BATCH_OVERHEAD ? null : chunk.firstBatchSize();
        if (next == null || next <= count || next > source.size() - position) {
          throw new CorruptRecordException(
              "Segment "
                  + source.baseOffset()
                  + " has no whole batch at byte "
                  + position
                  + "; it is not compacted.");
        }
        readBuffer = ByteBuffer.allocate(next);
        writeBuffer = ByteBuffer.allocate(next);
      }
    }

    /** Decides for each batch, and then for each record of it. */
    private final class Filter extends MemoryRecords.RecordFilter {
      private boolean dropRecords;

      Filter() {
        super(input.nowMs(), input.config().deleteRetentionMs());
      }

      @Override
      protected BatchRetentionResult checkBatchRetention(RecordBatch batch) {
        boolean mayGo = copied.mayGo(batch);
        boolean control = batch.isControlBatch();
        dropRecords = mayGo && (!control || horizonReached(batch));
        BatchRetention retention;
        if (tellsProducer(batch) || batch.nextOffset() == groupEnd) {
          retention = BatchRetention.RETAIN_EMPTY;
        } else {
          retention = dropRecords ? BatchRetention.DELETE : BatchRetention.DELETE_EMPTY;
        }
        return new BatchRetentionResult(retention, mayGo && control);
      }

      @Override
      protected boolean shouldRetainRecord(RecordBatch batch, Record record) {
        if (dropRecords) {
          return false;
        }
        if (batch.isControlBatch() || record.offset() >= mappedTo) {
          return true;
        }
        if (!record.hasKey()) {
          // Nothing could ever replace it; a compacted topic has keys.
          return false;
        }
        return record.offset() >= keys.get(record.key())
            && (record.hasValue() || !horizonReached(batch));
      }

      private boolean horizonReached(RecordBatch batch) {
        return batch.deleteHorizonMs().isPresent()
            && batch.deleteHorizonMs().getAsLong() <= currentTime;
      }

      private boolean tellsProducer(RecordBatch batch) {
        ProducerStates.LastBatch last =
            batch.hasProducerId() ? input.producers().get(batch.producerId()) : null;
        if (last == null) {
          return false;
        }
        return last.lastDataOffset() >= 0
            ? batch.lastOffset() == last.lastDataOffset()
            : batch.isControlBatch() && batch.producerEpoch() == last.producerEpoch();
      }
    }
  }
}

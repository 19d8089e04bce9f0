package dev.naru.broker.txn;

import dev.naru.broker.partition.Partition;
import dev.naru.log.AppendSpec;
import dev.naru.log.DurableCallback;
import dev.naru.log.LogSlice;
import dev.naru.log.PartitionLog;
import dev.naru.log.ReadLimit;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.Record;

/** The state log over a partition of this node. */
final class PartitionStateLog implements TransactionStateLog {
  private final Partition partition;
  private final int leaderEpoch;

  /**
   * @param leaderEpoch the epoch that this node coordinates in; the partition's own may have moved
   */
  PartitionStateLog(Partition partition, int leaderEpoch) {
    this.partition = partition;
    this.leaderEpoch = leaderEpoch;
  }

  @Override
  public long append(List<TransactionRecord> records, long nowMs) {
    MemoryRecords batch = TransactionRecords.encode(records, nowMs);
    AppendSpec spec = AppendSpec.coordinator(leaderEpoch, nowMs);
    return partition.log().append(batch.buffer(), spec).lastOffset() + 1;
  }

  @Override
  public void whenDurable(long endOffset, DurableCallback callback) {
    partition.log().whenDurable(endOffset, callback);
  }

  @Override
  public Optional<Throwable> failure() {
    return partition.log().failure();
  }

  /**
   * Replays all that is there into a machine. Blocks on I/O.
   *
   * @return the offset that must be durable before anything that was read may be relied on
   */
  long load(TransactionStateMachine machine, int bufferBytes) {
    PartitionLog log = partition.log();
    long endOffset = log.logEndOffset();
    long offset = log.logStartOffset();
    while (offset < endOffset) {
      long next = replayFrom(log, offset, bufferBytes, machine);
      if (next <= offset) {
        break; // Compaction may leave nothing up to the end.
      }
      offset = next;
    }
    return endOffset;
  }

  private static long replayFrom(
      PartitionLog log, long offset, int bufferBytes, TransactionStateMachine machine) {
    long next = offset;
    try (LogSlice slice =
        log.read(offset, bufferBytes, true, ReadLimit.LOG_END)
            .toCompletableFuture()
            .join()
            .records()) {
      for (MutableRecordBatch batch : slice.toMemoryRecords().batches()) {
        batch.ensureValid();
        if (!batch.isControlBatch()) {
          for (Record record : batch) {
            TransactionRecords.decode(record).ifPresent(machine::replay);
          }
        }
        next = batch.nextOffset();
      }
    }
    return next;
  }
}

package dev.naru.broker.group;

import dev.naru.broker.partition.Partition;
import dev.naru.log.AppendOrigin;
import dev.naru.log.AppendSpec;
import dev.naru.log.LogListener;
import dev.naru.log.LogSlice;
import dev.naru.log.ReadLimit;
import dev.naru.log.ReadResult;
import dev.naru.log.VerificationGuard;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.record.internal.RecordBatch;

/** A partition that this node owns, as the coordinator's glue uses it. */
record PartitionOffsetsLog(Partition partition) implements OffsetsLog {

  @Override
  public int leaderEpoch() {
    return partition.leaderEpoch();
  }

  @Override
  public int maxMessageBytes() {
    return partition.settings().maxMessageBytes();
  }

  @Override
  public long startOffset() {
    return partition.log().logStartOffset();
  }

  @Override
  public long endOffset() {
    return partition.log().logEndOffset();
  }

  @Override
  public long highWatermark() {
    return partition.log().highWatermark();
  }

  @Override
  public long append(
      ByteBuffer batches, VerificationGuard guard, long nowMs, short transactionVersion) {
    AppendSpec spec =
        new AppendSpec(
            AppendOrigin.COORDINATOR, partition.leaderEpoch(), nowMs, guard, transactionVersion);
    return partition.log().append(batches, spec).lastOffset() + 1;
  }

  @Override
  public CompletionStage<LogSlice> read(long offset, int maxBytes) {
    return partition
        .log()
        .read(offset, maxBytes, true, ReadLimit.LOG_END)
        .thenApply(ReadResult::records);
  }

  @Override
  public void truncateTo(long offset) {
    partition.log().truncateTo(offset);
  }

  @Override
  public void deleteRecords(long beforeOffset) {
    partition.log().deleteRecords(beforeOffset);
  }

  @Override
  public VerificationGuard startVerification(
      long producerId, short producerEpoch, boolean supportsEpochBump) {
    return partition
        .log()
        .startVerification(producerId, producerEpoch, RecordBatch.NO_SEQUENCE, supportsEpochBump);
  }

  @Override
  public Optional<Throwable> failure() {
    return partition.log().failure();
  }

  @Override
  public void addListener(LogListener listener) {
    partition.log().addListener(listener);
  }

  @Override
  public void removeListener(LogListener listener) {
    partition.log().removeListener(listener);
  }
}

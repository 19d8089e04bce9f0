package dev.naru.broker.txn;

import dev.naru.broker.Timers;
import dev.naru.broker.group.OffsetsTransactions;
import dev.naru.broker.partition.Partition;
import dev.naru.broker.partition.PartitionLookup;
import dev.naru.log.AppendSpec;
import dev.naru.log.PartitionLog;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.NotLeaderOrFollowerException;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.EndTransactionMarker;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.requests.TransactionResult;

/**
 * Writes markers into the partitions of this node; committed offsets by way of the groups. What is
 * at another node is NOT_LEADER_OR_FOLLOWER.
 */
final class PartitionMarkerWriter implements MarkerWriter {
  private final PartitionLookup partitions;
  private final OffsetsTransactions offsets;
  private final Timers timers;
  private final Executor afterDurable;

  PartitionMarkerWriter(
      PartitionLookup partitions,
      OffsetsTransactions offsets,
      Timers timers,
      Executor afterDurable) {
    this.partitions = partitions;
    this.offsets = offsets;
    this.timers = timers;
    this.afterDurable = afterDurable;
  }

  @Override
  public CompletionStage<Void> write(TopicPartition topicPartition, Marker marker) {
    try {
      Partition partition = partitions.find(topicPartition);
      if (partition == null) {
        throw partitions
            .absence(topicPartition)
            .exception("The marker cannot be written: " + topicPartition + " is not on this node");
      }
      return topicPartition.topic().equals(Topic.GROUP_METADATA_TOPIC_NAME)
          ? offsets.completeTransaction(
              topicPartition,
              marker.producerId(),
              marker.producerEpoch(),
              marker.coordinatorEpoch(),
              marker.result(),
              marker.transactionVersion())
          : append(partition, marker);
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(told(topicPartition, e));
    }
  }

  private CompletionStage<Void> append(Partition partition, Marker marker) {
    long nowMs = timers.nowMs();
    ControlRecordType type =
        marker.result() == TransactionResult.COMMIT
            ? ControlRecordType.COMMIT
            : ControlRecordType.ABORT;
    MemoryRecords batch =
        MemoryRecords.withEndTransactionMarker(
            0,
            nowMs,
            partition.leaderEpoch(),
            marker.producerId(),
            marker.producerEpoch(),
            new EndTransactionMarker(type, marker.coordinatorEpoch()));
    PartitionLog log = partition.log();
    AppendSpec spec =
        AppendSpec.marker(partition.leaderEpoch(), nowMs, marker.transactionVersion());
    long end = log.append(batch.buffer(), spec).lastOffset() + 1;
    CompletableFuture<Void> written = new CompletableFuture<>();
    log.whenDurable(
        end,
        failure ->
            afterDurable.execute(() -> settle(written, partition.topicPartition(), failure)));
    return written;
  }

  private void settle(CompletableFuture<Void> written, TopicPartition name, Throwable failure) {
    if (failure == null) {
      written.complete(null);
    } else {
      written.completeExceptionally(told(name, failure));
    }
  }

  /** The failure of a log that another node may have by now sends the coordinator there. */
  private Throwable told(TopicPartition name, Throwable failure) {
    return partitions.errorOf(name, failure) == Errors.NOT_LEADER_OR_FOLLOWER
        ? new NotLeaderOrFollowerException(failure.getMessage(), failure)
        : failure;
  }
}

package dev.naru.broker.fetch;

import dev.naru.broker.net.SliceRecords;
import dev.naru.broker.partition.Partition;
import dev.naru.broker.partition.PartitionLookup;
import dev.naru.log.AbortedTransaction;
import dev.naru.log.EpochEndOffset;
import dev.naru.log.PartitionLog;
import dev.naru.log.ReadLimit;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.errors.KafkaStorageException;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads one partition for a fetch, and puts what was found into the answer's form. */
final class PartitionFetch {
  private static final Logger log = LoggerFactory.getLogger(PartitionFetch.class);

  private PartitionFetch() {}

  /** Never fails: errors become part of the answer. */
  static CompletableFuture<PartitionData> read(
      PartitionLookup partitions,
      Partition partition,
      FetchPlan plan,
      int maxBytes,
      boolean atLeastOneBatch,
      ReadLimit limit) {
    return answer(
        partitions,
        partition,
        plan,
        (source, data) ->
            source
                .read(plan.fetchOffset, maxBytes, atLeastOneBatch, limit)
                .thenApply(
                    result ->
                        withAborted(data, result.abortedTransactions(), limit)
                            .setRecords(new SliceRecords(result.records()))));
  }

  /** As above, but with the records' place where they would be, see {@link Located}. */
  static CompletableFuture<PartitionData> locate(
      PartitionLookup partitions,
      Partition partition,
      FetchPlan plan,
      int maxBytes,
      boolean atLeastOneBatch,
      ReadLimit limit) {
    return answer(
        partitions,
        partition,
        plan,
        (source, data) ->
            source
                .locate(plan.fetchOffset, maxBytes, atLeastOneBatch, limit)
                .thenApply(
                    result ->
                        withAborted(data, result.abortedTransactions(), limit)
                            .setRecords(Located.encode(result))));
  }

  /**
   * The answer to a consumer that is to fetch from another node (KIP-392); null when there is
   * something to say that only the owner can.
   */
  static PartitionData elsewhere(Partition partition, FetchPlan plan, int nodeId) {
    PartitionLog source = partition.log();
    PartitionData data = empty(plan.partition);
    try {
      source.requireServing();
      if (LeaderEpochCheck.check(partition, plan.currentLeaderEpoch) != Errors.NONE
          || plan.fetchOffset < source.logStartOffset()
          || plan.fetchOffset > source.logEndOffset()
          || diverges(source, plan, data)) {
        return null;
      }
    } catch (KafkaStorageException offline) {
      return null;
    }
    return withOffsets(data, source).setPreferredReadReplica(nodeId);
  }

  private interface Way {
    CompletionStage<PartitionData> go(PartitionLog source, PartitionData data);
  }

  private static CompletableFuture<PartitionData> answer(
      PartitionLookup partitions, Partition partition, FetchPlan plan, Way way) {
    Errors epochError = LeaderEpochCheck.check(partition, plan.currentLeaderEpoch);
    if (epochError != Errors.NONE) {
      return CompletableFuture.completedFuture(error(plan.partition, epochError));
    }
    PartitionData data = empty(plan.partition);
    try {
      PartitionLog source = partition.log();
      if (diverges(source, plan, data)) {
        return CompletableFuture.completedFuture(withOffsets(data, source));
      }
      // Offsets before bytes: what the answer holds never lies behind what it says.
      withOffsets(data, source);
      CompletableFuture<PartitionData> reading = way.go(source, data).toCompletableFuture();
      if (reading.isDone() && !reading.isCompletedExceptionally()) {
        return reading;
      }
      return reading
          .handle(
              (result, failure) ->
                  failure == null
                      // What was read later may end beyond what was the high watermark before.
                      ? CompletableFuture.completedFuture(withOffsets(result, source))
                      : failure(partitions, plan, partition, failure))
          .thenCompose(found -> found);
    } catch (RuntimeException e) {
      return failure(partitions, plan, partition, e);
    }
  }

  private static CompletableFuture<PartitionData> failure(
      PartitionLookup partitions, FetchPlan plan, Partition partition, Throwable cause) {
    return PartitionLookup.needsOwner(cause)
        ? PartitionLookup.judged(partition, cause)
            .thenApply(judged -> failed(partitions, plan, partition, judged))
            .toCompletableFuture()
        : CompletableFuture.completedFuture(failed(partitions, plan, partition, cause));
  }

  private static boolean diverges(PartitionLog source, FetchPlan plan, PartitionData data) {
    if (plan.lastFetchedEpoch < 0) {
      return false;
    }
    EpochEndOffset end = source.endOffsetForEpoch(plan.lastFetchedEpoch);
    if (end.leaderEpoch() < plan.lastFetchedEpoch || end.endOffset() < plan.fetchOffset) {
      data.setDivergingEpoch(
          new FetchResponseData.EpochEndOffset()
              .setEpoch(end.leaderEpoch())
              .setEndOffset(end.endOffset()));
      return true;
    }
    return false;
  }

  private static PartitionData withOffsets(PartitionData data, PartitionLog source) {
    return data.setHighWatermark(source.highWatermark())
        .setLastStableOffset(source.lastStableOffset())
        .setLogStartOffset(source.logStartOffset());
  }

  private static PartitionData withAborted(
      PartitionData data, List<AbortedTransaction> transactions, ReadLimit limit) {
    if (limit == ReadLimit.LAST_STABLE_OFFSET) {
      List<FetchResponseData.AbortedTransaction> aborted =
          transactions.stream()
              .map(
                  txn ->
                      new FetchResponseData.AbortedTransaction()
                          .setProducerId(txn.producerId())
                          .setFirstOffset(txn.firstOffset()))
              .toList();
      data.setAbortedTransactions(aborted);
    }
    return data;
  }

  private static PartitionData failed(
      PartitionLookup partitions, FetchPlan plan, Partition partition, Throwable cause) {
    Errors error = partitions.errorOf(partition.topicPartition(), cause);
    if (error == Errors.UNKNOWN_SERVER_ERROR) {
      log.error("Fetch from {} failed", partition.topicPartition(), cause);
    }
    return error(plan.partition, error);
  }

  static PartitionData error(int partition, Errors error) {
    return empty(partition).setErrorCode(error.code());
  }

  static PartitionData empty(int partition) {
    return new PartitionData()
        .setPartitionIndex(partition)
        .setHighWatermark(-1)
        .setLastStableOffset(-1)
        .setLogStartOffset(-1)
        .setAbortedTransactions(null)
        .setRecords(MemoryRecords.EMPTY);
  }
}

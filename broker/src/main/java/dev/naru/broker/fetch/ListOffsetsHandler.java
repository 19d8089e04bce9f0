package dev.naru.broker.fetch;

import dev.naru.broker.api.ApiHandler;
import dev.naru.broker.api.Request;
import dev.naru.broker.partition.Partition;
import dev.naru.broker.partition.PartitionLookup;
import dev.naru.log.OffsetAndTimestamp;
import dev.naru.log.PartitionLog;
import dev.naru.log.ReadLimit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.KafkaStorageException;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.apache.kafka.common.message.ListOffsetsRequestData;
import org.apache.kafka.common.message.ListOffsetsRequestData.ListOffsetsPartition;
import org.apache.kafka.common.message.ListOffsetsRequestData.ListOffsetsTopic;
import org.apache.kafka.common.message.ListOffsetsResponseData;
import org.apache.kafka.common.message.ListOffsetsResponseData.ListOffsetsPartitionResponse;
import org.apache.kafka.common.message.ListOffsetsResponseData.ListOffsetsTopicResponse;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ListOffsetsRequest;

/** ListOffsets: earliest, latest, by time, of the largest timestamp, and the tiered specials. */
public final class ListOffsetsHandler implements ApiHandler {
  private final PartitionLookup partitions;
  private final Executor lookups;

  /**
   * @param lookups runs look-ups by time, which read from disk
   */
  public ListOffsetsHandler(PartitionLookup partitions, Executor lookups) {
    this.partitions = partitions;
    this.lookups = lookups;
  }

  @Override
  public ApiKeys api() {
    return ApiKeys.LIST_OFFSETS;
  }

  @Override
  public void handle(Request request) {
    ListOffsetsRequestData data = request.data(ListOffsetsRequestData.class);
    ReadLimit limit =
        data.isolationLevel() == 1 ? ReadLimit.LAST_STABLE_OFFSET : ReadLimit.HIGH_WATERMARK;
    Map<TopicPartition, Integer> mentions = mentions(data);
    List<ListOffsetsTopicResponse> topics = new ArrayList<>();
    List<CompletableFuture<?>> pending = new ArrayList<>();
    for (ListOffsetsTopic topic : data.topics()) {
      ListOffsetsTopicResponse answer = new ListOffsetsTopicResponse().setName(topic.name());
      topics.add(answer);
      for (ListOffsetsPartition wanted : topic.partitions()) {
        TopicPartition name = new TopicPartition(topic.name(), wanted.partitionIndex());
        ListOffsetsPartitionResponse response = unknown(wanted.partitionIndex());
        answer.partitions().add(response);
        if (mentions.get(name) > 1) {
          response.setErrorCode(Errors.INVALID_REQUEST.code());
        } else {
          pending.add(lookUp(name, wanted, request.version(), limit, response));
        }
      }
    }
    CompletableFuture.allOf(pending.toArray(new CompletableFuture<?>[0]))
        .thenRun(() -> request.respond(new ListOffsetsResponseData().setTopics(topics)));
  }

  private static Map<TopicPartition, Integer> mentions(ListOffsetsRequestData data) {
    Map<TopicPartition, Integer> mentions = new HashMap<>();
    for (ListOffsetsTopic topic : data.topics()) {
      for (ListOffsetsPartition wanted : topic.partitions()) {
        mentions.merge(new TopicPartition(topic.name(), wanted.partitionIndex()), 1, Integer::sum);
      }
    }
    return mentions;
  }

  private static ListOffsetsPartitionResponse unknown(int partition) {
    return new ListOffsetsPartitionResponse()
        .setPartitionIndex(partition)
        .setTimestamp(-1)
        .setOffset(-1)
        .setLeaderEpoch(-1);
  }

  /** Fills the response; never fails. */
  private CompletableFuture<?> lookUp(
      TopicPartition name,
      ListOffsetsPartition wanted,
      short version,
      ReadLimit limit,
      ListOffsetsPartitionResponse response) {
    Partition partition = partitions.find(name);
    Errors error =
        partition == null
            ? partitions.absence(name)
            : LeaderEpochCheck.check(partition, wanted.currentLeaderEpoch());
    if (error != Errors.NONE) {
      response.setErrorCode(error.code());
      return CompletableFuture.completedFuture(null);
    }
    return find(partition, wanted.timestamp(), version, limit)
        .toCompletableFuture()
        .handle(
            (found, failure) -> {
              if (failure != null) {
                response.setErrorCode(partitions.errorOf(name, failure).code());
              } else if (found.isPresent()) {
                response.setOffset(found.get().offset()).setTimestamp(found.get().timestampMs());
                if (version >= 4) {
                  response.setLeaderEpoch(found.get().leaderEpoch());
                }
              }
              return null;
            });
  }

  private CompletionStage<Optional<OffsetAndTimestamp>> find(
      Partition partition, long timestamp, short version, ReadLimit limit) {
    if (unsupported(timestamp, version)) {
      return CompletableFuture.failedFuture(
          new UnsupportedVersionException(
              "ListOffsets version " + version + " does not know the timestamp " + timestamp));
    }
    PartitionLog log = partition.log();
    try {
      log.requireServing();
    } catch (KafkaStorageException e) {
      return CompletableFuture.failedFuture(e);
    }
    if (timestamp == ListOffsetsRequest.LATEST_TIMESTAMP) {
      long end =
          limit == ReadLimit.LAST_STABLE_OFFSET ? log.lastStableOffset() : log.highWatermark();
      return known(new OffsetAndTimestamp(end, -1, partition.leaderEpoch()));
    }
    if (timestamp == ListOffsetsRequest.EARLIEST_TIMESTAMP
        || timestamp == ListOffsetsRequest.EARLIEST_LOCAL_TIMESTAMP) {
      long start = log.logStartOffset();
      return known(new OffsetAndTimestamp(start, -1, log.epochForOffset(start)));
    }
    if (timestamp == ListOffsetsRequest.LATEST_TIERED_TIMESTAMP
        || timestamp == ListOffsetsRequest.EARLIEST_PENDING_UPLOAD_TIMESTAMP) {
      // Nothing is tiered here.
      return CompletableFuture.completedFuture(Optional.empty());
    }
    return CompletableFuture.supplyAsync(
            () ->
                timestamp == ListOffsetsRequest.MAX_TIMESTAMP
                    ? log.offsetOfMaxTimestamp()
                    : log.offsetForTimestamp(timestamp, limit),
            lookups)
        .thenCompose(stage -> stage);
  }

  private static CompletionStage<Optional<OffsetAndTimestamp>> known(OffsetAndTimestamp found) {
    return CompletableFuture.completedFuture(Optional.of(found));
  }

  private static boolean unsupported(long timestamp, short version) {
    if (timestamp >= ListOffsetsRequest.EARLIEST_TIMESTAMP) {
      return false;
    }
    if (timestamp == ListOffsetsRequest.MAX_TIMESTAMP) {
      return version < 7;
    }
    if (timestamp == ListOffsetsRequest.EARLIEST_LOCAL_TIMESTAMP) {
      return version < 8;
    }
    if (timestamp == ListOffsetsRequest.LATEST_TIERED_TIMESTAMP) {
      return version < 9;
    }
    return timestamp != ListOffsetsRequest.EARLIEST_PENDING_UPLOAD_TIMESTAMP || version < 11;
  }
}

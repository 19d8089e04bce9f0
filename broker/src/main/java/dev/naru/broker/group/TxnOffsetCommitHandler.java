package dev.naru.broker.group;

import dev.naru.broker.api.Request;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.message.TxnOffsetCommitRequestData;
import org.apache.kafka.common.message.TxnOffsetCommitRequestData.TxnOffsetCommitRequestPartition;
import org.apache.kafka.common.message.TxnOffsetCommitRequestData.TxnOffsetCommitRequestTopic;
import org.apache.kafka.common.message.TxnOffsetCommitResponseData;
import org.apache.kafka.common.message.TxnOffsetCommitResponseData.TxnOffsetCommitResponsePartition;
import org.apache.kafka.common.message.TxnOffsetCommitResponseData.TxnOffsetCommitResponseTopic;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.TxnOffsetCommitResponse;
import org.apache.kafka.common.utils.internals.BufferSupplier;
import org.apache.kafka.image.TopicImage;

/** Commits offsets as part of a transaction; they count when its marker comes. */
final class TxnOffsetCommitHandler extends GroupHandler<TxnOffsetCommitRequestData> {
  private static final short FIRST_VERSION_THAT_KNOWS_LOADING = 2;

  TxnOffsetCommitHandler(GroupService groups) {
    super(ApiKeys.TXN_OFFSET_COMMIT, TxnOffsetCommitRequestData.class, groups);
  }

  @Override
  CompletionStage<TxnOffsetCommitResponseData> answer(
      Request request, TxnOffsetCommitRequestData data) {
    boolean byId = TxnOffsetCommitResponse.useTopicIds(request.version());
    TxnOffsetCommitResponse.Builder response = TxnOffsetCommitResponse.newBuilder(byId);
    List<TxnOffsetCommitRequestTopic> known = new ArrayList<>();
    for (TxnOffsetCommitRequestTopic topic : data.topics()) {
      TopicImage image =
          byId
              ? groups().metadata().topic(topic.topicId())
              : groups().metadata().topic(topic.name());
      if (image == null) {
        response.addPartitions(
            topic.topicId(),
            topic.name(),
            topic.partitions(),
            TxnOffsetCommitRequestPartition::partitionIndex,
            byId ? Errors.UNKNOWN_TOPIC_ID : Errors.UNKNOWN_TOPIC_OR_PARTITION);
        continue;
      }
      TxnOffsetCommitRequestTopic there =
          new TxnOffsetCommitRequestTopic().setTopicId(image.id()).setName(image.name());
      for (TxnOffsetCommitRequestPartition partition : topic.partitions()) {
        if (image.partitions().containsKey(partition.partitionIndex())) {
          there.partitions().add(partition);
        } else {
          response.addPartition(
              image.id(),
              image.name(),
              partition.partitionIndex(),
              Errors.UNKNOWN_TOPIC_OR_PARTITION);
        }
      }
      if (!there.partitions().isEmpty()) {
        known.add(there);
      }
    }
    if (known.isEmpty()) {
      return CompletableFuture.completedFuture(response.build().data());
    }
    TxnOffsetCommitRequestData commit =
        new TxnOffsetCommitRequestData()
            .setGroupId(data.groupId())
            .setMemberId(data.memberId())
            .setGenerationIdOrMemberEpoch(data.generationIdOrMemberEpoch())
            .setGroupInstanceId(data.groupInstanceId())
            .setProducerEpoch(data.producerEpoch())
            .setProducerId(data.producerId())
            .setTransactionalId(data.transactionalId())
            .setTopics(known);
    return groups()
        .forGroup(data.groupId())
        .thenCompose(
            coordinator ->
                coordinator.commitTransactionalOffsets(
                    request.context(), commit, BufferSupplier.NO_CACHING))
        .thenApply(
            committed ->
                forOldClients(response.merge(committed).build().data(), request.version()));
  }

  /** Producers before Kafka 2.0 die of {@code COORDINATOR_LOAD_IN_PROGRESS} (KAFKA-7296). */
  private static TxnOffsetCommitResponseData forOldClients(
      TxnOffsetCommitResponseData response, short version) {
    if (version < FIRST_VERSION_THAT_KNOWS_LOADING) {
      for (TxnOffsetCommitResponseTopic topic : response.topics()) {
        for (TxnOffsetCommitResponsePartition partition : topic.partitions()) {
          if (partition.errorCode() == Errors.COORDINATOR_LOAD_IN_PROGRESS.code()) {
            partition.setErrorCode(Errors.COORDINATOR_NOT_AVAILABLE.code());
          }
        }
      }
    }
    return response;
  }
}

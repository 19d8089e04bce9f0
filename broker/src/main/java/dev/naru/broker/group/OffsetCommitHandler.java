package dev.naru.broker.group;

import dev.naru.broker.api.Request;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestPartition;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestTopic;
import org.apache.kafka.common.message.OffsetCommitResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.OffsetCommitResponse;
import org.apache.kafka.common.utils.internals.BufferSupplier;
import org.apache.kafka.image.TopicImage;

/** Commits offsets, by topic name or, since version 10, by topic id. */
final class OffsetCommitHandler extends GroupHandler<OffsetCommitRequestData> {
  OffsetCommitHandler(GroupService groups) {
    super(ApiKeys.OFFSET_COMMIT, OffsetCommitRequestData.class, groups);
  }

  @Override
  CompletionStage<OffsetCommitResponseData> answer(Request request, OffsetCommitRequestData data) {
    boolean byId = OffsetCommitResponse.useTopicIds(request.version());
    OffsetCommitResponse.Builder response = OffsetCommitResponse.newBuilder(byId);
    List<OffsetCommitRequestTopic> known = new ArrayList<>();
    for (OffsetCommitRequestTopic topic : data.topics()) {
      TopicImage image =
          byId
              ? groups().metadata().topic(topic.topicId())
              : groups().metadata().topic(topic.name());
      if (image == null) {
        response.addPartitions(
            topic.topicId(),
            topic.name(),
            topic.partitions(),
            OffsetCommitRequestPartition::partitionIndex,
            byId ? Errors.UNKNOWN_TOPIC_ID : Errors.UNKNOWN_TOPIC_OR_PARTITION);
        continue;
      }
      OffsetCommitRequestTopic there =
          new OffsetCommitRequestTopic().setTopicId(image.id()).setName(image.name());
      for (OffsetCommitRequestPartition partition : topic.partitions()) {
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
    OffsetCommitRequestData commit =
        new OffsetCommitRequestData()
            .setGroupId(data.groupId())
            .setMemberId(data.memberId())
            .setGenerationIdOrMemberEpoch(data.generationIdOrMemberEpoch())
            .setRetentionTimeMs(data.retentionTimeMs())
            .setGroupInstanceId(data.groupInstanceId())
            .setTopics(known);
    return groups()
        .forGroup(data.groupId())
        .thenCompose(
            coordinator ->
                coordinator.commitOffsets(request.context(), commit, BufferSupplier.NO_CACHING))
        .thenApply(committed -> response.merge(committed).build().data());
  }
}

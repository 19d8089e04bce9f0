package dev.naru.broker.group;

import dev.naru.broker.api.Request;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.message.OffsetDeleteRequestData;
import org.apache.kafka.common.message.OffsetDeleteRequestData.OffsetDeleteRequestPartition;
import org.apache.kafka.common.message.OffsetDeleteRequestData.OffsetDeleteRequestTopic;
import org.apache.kafka.common.message.OffsetDeleteRequestData.OffsetDeleteRequestTopicCollection;
import org.apache.kafka.common.message.OffsetDeleteResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.OffsetDeleteResponse;
import org.apache.kafka.common.utils.internals.BufferSupplier;
import org.apache.kafka.image.TopicImage;

/** Deletes committed offsets of partitions that nobody in the group subscribes to. */
final class OffsetDeleteHandler extends GroupHandler<OffsetDeleteRequestData> {
  OffsetDeleteHandler(GroupService groups) {
    super(ApiKeys.OFFSET_DELETE, OffsetDeleteRequestData.class, groups);
  }

  @Override
  CompletionStage<OffsetDeleteResponseData> answer(Request request, OffsetDeleteRequestData data) {
    OffsetDeleteResponse.Builder response = new OffsetDeleteResponse.Builder();
    OffsetDeleteRequestTopicCollection known = new OffsetDeleteRequestTopicCollection();
    for (OffsetDeleteRequestTopic topic : data.topics()) {
      TopicImage image = groups().metadata().topic(topic.name());
      OffsetDeleteRequestTopic there = new OffsetDeleteRequestTopic().setName(topic.name());
      for (OffsetDeleteRequestPartition partition : topic.partitions()) {
        if (image != null && image.partitions().containsKey(partition.partitionIndex())) {
          there.partitions().add(partition);
        } else {
          response.addPartition(
              topic.name(), partition.partitionIndex(), Errors.UNKNOWN_TOPIC_OR_PARTITION);
        }
      }
      if (!there.partitions().isEmpty()) {
        known.add(there);
      }
    }
    OffsetDeleteRequestData delete =
        new OffsetDeleteRequestData().setGroupId(data.groupId()).setTopics(known);
    return groups()
        .forGroup(data.groupId())
        .thenCompose(
            coordinator ->
                coordinator.deleteOffsets(request.context(), delete, BufferSupplier.NO_CACHING))
        .thenApply(deleted -> response.merge(deleted).build().data());
  }
}

package dev.naru.broker.group;

import dev.naru.broker.api.Request;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.OffsetFetchRequestData;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestGroup;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestTopics;
import org.apache.kafka.common.message.OffsetFetchResponseData;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseGroup;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponsePartitions;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseTopics;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.OffsetFetchRequest;
import org.apache.kafka.common.requests.OffsetFetchResponse;
import org.apache.kafka.image.TopicImage;

/** Fetches committed offsets: of one group, of several since version 8, by topic id since 10. */
final class OffsetFetchHandler extends GroupHandler<OffsetFetchRequestData> {
  OffsetFetchHandler(GroupService groups) {
    super(ApiKeys.OFFSET_FETCH, OffsetFetchRequestData.class, groups);
  }

  @Override
  CompletionStage<OffsetFetchResponseData> answer(Request request, OffsetFetchRequestData data) {
    List<CompletableFuture<OffsetFetchResponseGroup>> answers = new ArrayList<>();
    for (OffsetFetchRequestGroup group : groupsOf(data, request.version())) {
      answers.add(answer(request, group, data.requireStable()).toCompletableFuture());
    }
    return CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new))
        .thenApply(
            done ->
                new OffsetFetchResponse.Builder(
                        answers.stream().map(CompletableFuture::join).toList())
                    .build(request.version())
                    .data());
  }

  private static List<OffsetFetchRequestGroup> groupsOf(
      OffsetFetchRequestData data, short version) {
    if (version >= OffsetFetchRequest.BATCH_MIN_VERSION) {
      return data.groups();
    }
    OffsetFetchRequestGroup group = new OffsetFetchRequestGroup().setGroupId(data.groupId());
    if (data.topics() == null) {
      return List.of(group.setTopics(null));
    }
    return List.of(
        group.setTopics(
            data.topics().stream()
                .map(
                    topic ->
                        new OffsetFetchRequestTopics()
                            .setName(topic.name())
                            .setPartitionIndexes(topic.partitionIndexes()))
                .toList()));
  }

  private CompletionStage<OffsetFetchResponseGroup> answer(
      Request request, OffsetFetchRequestGroup group, boolean requireStable) {
    boolean byId = OffsetFetchRequest.useTopicIds(request.version());
    List<OffsetFetchResponseTopics> unknown = new ArrayList<>();
    OffsetFetchRequestGroup fetch =
        OffsetFetchRequest.requestAllOffsets(group) ? group : withNames(group, byId, unknown);
    return groups()
        .forGroup(group.groupId())
        .thenCompose(
            coordinator -> coordinator.fetchOffsets(request.context(), fetch, requireStable))
        .thenApply(
            fetched -> {
              if (fetched.errorCode() != Errors.NONE.code()) {
                return fetched;
              }
              List<OffsetFetchResponseTopics> topics = new ArrayList<>(fetched.topics());
              if (byId) {
                topics.removeIf(topic -> !hasId(topic));
              }
              topics.addAll(unknown);
              return fetched.setTopics(topics);
            })
        .exceptionally(
            failure ->
                OffsetFetchResponse.groupError(
                    group, Errors.forException(failure), request.version()));
  }

  private OffsetFetchRequestGroup withNames(
      OffsetFetchRequestGroup group, boolean byId, List<OffsetFetchResponseTopics> unknown) {
    List<OffsetFetchRequestTopics> known = new ArrayList<>();
    for (OffsetFetchRequestTopics topic : group.topics()) {
      if (byId) {
        TopicImage image = groups().metadata().topic(topic.topicId());
        if (image == null) {
          unknown.add(unknownId(topic));
          continue;
        }
        topic.setName(image.name());
      }
      known.add(topic);
    }
    return new OffsetFetchRequestGroup()
        .setGroupId(group.groupId())
        .setMemberId(group.memberId())
        .setMemberEpoch(group.memberEpoch())
        .setTopics(known);
  }

  private static OffsetFetchResponseTopics unknownId(OffsetFetchRequestTopics topic) {
    return new OffsetFetchResponseTopics()
        .setTopicId(topic.topicId())
        .setPartitions(
            topic.partitionIndexes().stream()
                .map(
                    index ->
                        new OffsetFetchResponsePartitions()
                            .setPartitionIndex(index)
                            .setCommittedOffset(OffsetFetchResponse.INVALID_OFFSET)
                            .setErrorCode(Errors.UNKNOWN_TOPIC_ID.code()))
                .toList());
  }

  /** Offsets of a topic that is gone cannot be told by id. */
  private boolean hasId(OffsetFetchResponseTopics topic) {
    if (topic.topicId().equals(Uuid.ZERO_UUID)) {
      TopicImage image = groups().metadata().topic(topic.name());
      if (image != null) {
        topic.setTopicId(image.id());
      }
    }
    return !topic.topicId().equals(Uuid.ZERO_UUID);
  }
}

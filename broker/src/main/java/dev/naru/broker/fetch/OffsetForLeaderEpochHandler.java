package dev.naru.broker.fetch;

import dev.naru.broker.api.ApiHandler;
import dev.naru.broker.api.Request;
import dev.naru.broker.partition.Partition;
import dev.naru.broker.partition.PartitionLookup;
import java.util.ArrayList;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.KafkaStorageException;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData.OffsetForLeaderPartition;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData.OffsetForLeaderTopic;
import org.apache.kafka.common.message.OffsetForLeaderEpochResponseData;
import org.apache.kafka.common.message.OffsetForLeaderEpochResponseData.EpochEndOffset;
import org.apache.kafka.common.message.OffsetForLeaderEpochResponseData.OffsetForLeaderTopicResult;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/**
 * OffsetForLeaderEpoch (KIP-101): where a leader epoch ends, for truncation checks of consumers.
 */
public final class OffsetForLeaderEpochHandler implements ApiHandler {
  private final PartitionLookup partitions;

  public OffsetForLeaderEpochHandler(PartitionLookup partitions) {
    this.partitions = partitions;
  }

  @Override
  public ApiKeys api() {
    return ApiKeys.OFFSET_FOR_LEADER_EPOCH;
  }

  @Override
  public void handle(Request request) {
    OffsetForLeaderEpochResponseData response = new OffsetForLeaderEpochResponseData();
    for (OffsetForLeaderTopic topic :
        request.data(OffsetForLeaderEpochRequestData.class).topics()) {
      OffsetForLeaderTopicResult result =
          new OffsetForLeaderTopicResult()
              .setTopic(topic.topic())
              .setPartitions(new ArrayList<>(topic.partitions().size()));
      for (OffsetForLeaderPartition wanted : topic.partitions()) {
        result.partitions().add(find(topic.topic(), wanted));
      }
      response.topics().add(result);
    }
    request.respond(response);
  }

  private EpochEndOffset find(String topic, OffsetForLeaderPartition wanted) {
    TopicPartition name = new TopicPartition(topic, wanted.partition());
    Partition partition = partitions.find(name);
    EpochEndOffset result = new EpochEndOffset().setPartition(wanted.partition());
    Errors error =
        partition == null
            ? partitions.absence(name)
            : LeaderEpochCheck.check(partition, wanted.currentLeaderEpoch());
    if (error != Errors.NONE) {
      return result.setErrorCode(error.code());
    }
    try {
      dev.naru.log.EpochEndOffset end = partition.log().endOffsetForEpoch(wanted.leaderEpoch());
      return result.setLeaderEpoch(end.leaderEpoch()).setEndOffset(end.endOffset());
    } catch (KafkaStorageException e) {
      return result.setErrorCode(partitions.errorOf(name, e).code());
    }
  }
}

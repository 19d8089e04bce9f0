package dev.naru.broker.topic;

import dev.naru.broker.api.ApiHandler;
import dev.naru.broker.api.Request;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.message.ElectLeadersRequestData;
import org.apache.kafka.common.message.ElectLeadersRequestData.TopicPartitions;
import org.apache.kafka.common.message.ElectLeadersResponseData;
import org.apache.kafka.common.message.ElectLeadersResponseData.PartitionResult;
import org.apache.kafka.common.message.ElectLeadersResponseData.ReplicaElectionResult;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ApiError;
import org.apache.kafka.image.TopicImage;

/** ElectLeaders: with one copy, the leader is the preferred one already. */
final class ElectLeadersHandler implements ApiHandler {
  private final TopicServices services;

  ElectLeadersHandler(TopicServices services) {
    this.services = services;
  }

  @Override
  public ApiKeys api() {
    return ApiKeys.ELECT_LEADERS;
  }

  @Override
  public void handle(Request request) {
    ElectLeadersRequestData data = request.data(ElectLeadersRequestData.class);
    checkType(data.electionType());
    ElectLeadersResponseData response = new ElectLeadersResponseData();
    if (data.topicPartitions() == null) {
      // "All" leaves out the partitions that need no election, and none does.
      for (String topic : services.view().image().topics().topicsByName().keySet()) {
        response.replicaElectionResults().add(new ReplicaElectionResult().setTopic(topic));
      }
    } else {
      for (TopicPartitions topic : data.topicPartitions()) {
        ReplicaElectionResult result = new ReplicaElectionResult().setTopic(topic.topic());
        topic.partitions().forEach(p -> result.partitionResult().add(elect(topic.topic(), p)));
        response.replicaElectionResults().add(result);
      }
    }
    request.respond(response);
  }

  private static void checkType(byte type) {
    try {
      ElectionType.valueOf(type);
    } catch (IllegalArgumentException e) {
      throw new InvalidRequestException("Unknown election type " + type, e);
    }
  }

  private PartitionResult elect(String topic, int partition) {
    TopicImage found = services.view().topic(topic);
    ApiError error = new ApiError(Errors.ELECTION_NOT_NEEDED);
    if (found == null) {
      error = new ApiError(Errors.UNKNOWN_TOPIC_OR_PARTITION, "No such topic as " + topic);
    } else if (!found.partitions().containsKey(partition)) {
      error =
          new ApiError(
              Errors.UNKNOWN_TOPIC_OR_PARTITION, "No such partition as " + topic + "-" + partition);
    }
    return new PartitionResult()
        .setPartitionId(partition)
        .setErrorCode(error.error().code())
        .setErrorMessage(error.message());
  }
}

package dev.naru.broker.topic;

import dev.naru.broker.api.ApiHandler;
import dev.naru.broker.api.Request;
import java.util.List;
import org.apache.kafka.common.message.AlterPartitionReassignmentsRequestData;
import org.apache.kafka.common.message.AlterPartitionReassignmentsRequestData.ReassignablePartition;
import org.apache.kafka.common.message.AlterPartitionReassignmentsRequestData.ReassignableTopic;
import org.apache.kafka.common.message.AlterPartitionReassignmentsResponseData;
import org.apache.kafka.common.message.AlterPartitionReassignmentsResponseData.ReassignablePartitionResponse;
import org.apache.kafka.common.message.AlterPartitionReassignmentsResponseData.ReassignableTopicResponse;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ApiError;
import org.apache.kafka.image.TopicImage;

/**
 * AlterPartitionReassignments: the one node has every partition, so only that assignment is right
 * and nothing is ever in progress.
 */
final class AlterPartitionReassignmentsHandler implements ApiHandler {
  private final TopicServices services;

  AlterPartitionReassignmentsHandler(TopicServices services) {
    this.services = services;
  }

  @Override
  public ApiKeys api() {
    return ApiKeys.ALTER_PARTITION_REASSIGNMENTS;
  }

  @Override
  public void handle(Request request) {
    AlterPartitionReassignmentsRequestData data =
        request.data(AlterPartitionReassignmentsRequestData.class);
    AlterPartitionReassignmentsResponseData response =
        new AlterPartitionReassignmentsResponseData()
            .setAllowReplicationFactorChange(data.allowReplicationFactorChange());
    for (ReassignableTopic topic : data.topics()) {
      ReassignableTopicResponse answer = new ReassignableTopicResponse().setName(topic.name());
      for (ReassignablePartition partition : topic.partitions()) {
        ApiError error = check(topic.name(), partition);
        answer
            .partitions()
            .add(
                new ReassignablePartitionResponse()
                    .setPartitionIndex(partition.partitionIndex())
                    .setErrorCode(error.error().code())
                    .setErrorMessage(error.message()));
      }
      response.responses().add(answer);
    }
    request.respond(response);
  }

  private ApiError check(String topic, ReassignablePartition partition) {
    TopicImage found = services.view().topic(topic);
    if (found == null) {
      return new ApiError(
          Errors.UNKNOWN_TOPIC_OR_PARTITION, "Unable to find a topic named " + topic + ".");
    }
    if (!found.partitions().containsKey(partition.partitionIndex())) {
      return new ApiError(
          Errors.UNKNOWN_TOPIC_OR_PARTITION,
          "Unable to find partition " + topic + ":" + partition.partitionIndex() + ".");
    }
    List<Integer> replicas = partition.replicas();
    if (replicas == null) {
      return new ApiError(Errors.NO_REASSIGNMENT_IN_PROGRESS);
    }
    int nodeId = services.view().nodeId();
    if (replicas.equals(List.of(nodeId))) {
      return ApiError.NONE;
    }
    return new ApiError(
        Errors.INVALID_REPLICA_ASSIGNMENT,
        "Broker " + nodeId + " is the only one; the replicas cannot be " + replicas + ".");
  }
}

package dev.naru.broker.topic;

import dev.naru.broker.api.ApiHandler;
import dev.naru.broker.api.Request;
import dev.naru.broker.partition.Partition;
import dev.naru.log.ProducerView;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.DescribeProducersRequestData;
import org.apache.kafka.common.message.DescribeProducersRequestData.TopicRequest;
import org.apache.kafka.common.message.DescribeProducersResponseData;
import org.apache.kafka.common.message.DescribeProducersResponseData.PartitionResponse;
import org.apache.kafka.common.message.DescribeProducersResponseData.ProducerState;
import org.apache.kafka.common.message.DescribeProducersResponseData.TopicResponse;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ApiError;

/** DescribeProducers: the idempotent and transactional producers that logs remember. */
final class DescribeProducersHandler implements ApiHandler {
  private final TopicServices services;

  DescribeProducersHandler(TopicServices services) {
    this.services = services;
  }

  @Override
  public ApiKeys api() {
    return ApiKeys.DESCRIBE_PRODUCERS;
  }

  @Override
  public void handle(Request request) {
    DescribeProducersResponseData response = new DescribeProducersResponseData();
    for (TopicRequest topic : request.data(DescribeProducersRequestData.class).topics()) {
      TopicResponse answer = new TopicResponse().setName(topic.name());
      ApiError error = check(topic.name());
      for (int index : topic.partitionIndexes()) {
        answer.partitions().add(describe(new TopicPartition(topic.name(), index), error));
      }
      response.topics().add(answer);
    }
    request.respond(response);
  }

  private ApiError check(String topic) {
    try {
      Topic.validate(topic);
    } catch (InvalidTopicException e) {
      return ApiError.fromThrowable(e);
    }
    return services.view().topic(topic) == null
        ? new ApiError(Errors.UNKNOWN_TOPIC_OR_PARTITION)
        : ApiError.NONE;
  }

  private PartitionResponse describe(TopicPartition name, ApiError topicError) {
    PartitionResponse response = new PartitionResponse().setPartitionIndex(name.partition());
    Partition partition = services.partitions().find(name);
    if (topicError.isFailure() || partition == null) {
      ApiError error =
          topicError.isFailure() ? topicError : new ApiError(services.partitions().absence(name));
      return response.setErrorCode(error.error().code()).setErrorMessage(error.message());
    }
    for (ProducerView producer : partition.log().producers()) {
      response
          .activeProducers()
          .add(
              new ProducerState()
                  .setProducerId(producer.producerId())
                  .setProducerEpoch(producer.producerEpoch())
                  .setLastSequence(producer.lastSequence())
                  .setLastTimestamp(producer.lastTimestampMs())
                  .setCoordinatorEpoch(producer.coordinatorEpoch())
                  .setCurrentTxnStartOffset(producer.currentTransactionFirstOffset().orElse(-1)));
    }
    return response;
  }
}

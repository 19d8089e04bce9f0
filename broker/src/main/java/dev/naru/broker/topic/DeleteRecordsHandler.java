package dev.naru.broker.topic;

import dev.naru.broker.api.ApiHandler;
import dev.naru.broker.api.Request;
import dev.naru.broker.partition.Partition;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.PolicyViolationException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.DeleteRecordsRequestData;
import org.apache.kafka.common.message.DeleteRecordsRequestData.DeleteRecordsPartition;
import org.apache.kafka.common.message.DeleteRecordsRequestData.DeleteRecordsTopic;
import org.apache.kafka.common.message.DeleteRecordsResponseData;
import org.apache.kafka.common.message.DeleteRecordsResponseData.DeleteRecordsPartitionResult;
import org.apache.kafka.common.message.DeleteRecordsResponseData.DeleteRecordsTopicResult;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.requests.DeleteRecordsResponse;
import org.apache.kafka.image.TopicImage;

/** DeleteRecords: moves the start of logs forward. */
final class DeleteRecordsHandler implements ApiHandler {
  private final TopicServices services;

  DeleteRecordsHandler(TopicServices services) {
    this.services = services;
  }

  @Override
  public ApiKeys api() {
    return ApiKeys.DELETE_RECORDS;
  }

  @Override
  public void handle(Request request) {
    DeleteRecordsRequestData data = request.data(DeleteRecordsRequestData.class);
    services.answerLater(request, () -> delete(data));
  }

  private DeleteRecordsResponseData delete(DeleteRecordsRequestData data) {
    DeleteRecordsResponseData response = new DeleteRecordsResponseData();
    for (DeleteRecordsTopic topic : data.topics()) {
      DeleteRecordsTopicResult result = new DeleteRecordsTopicResult().setName(topic.name());
      for (DeleteRecordsPartition partition : topic.partitions()) {
        result.partitions().add(delete(topic.name(), partition));
      }
      response.topics().add(result);
    }
    return response;
  }

  private DeleteRecordsPartitionResult delete(String topic, DeleteRecordsPartition asked) {
    DeleteRecordsPartitionResult result =
        new DeleteRecordsPartitionResult().setPartitionIndex(asked.partitionIndex());
    TopicPartition name = new TopicPartition(topic, asked.partitionIndex());
    try {
      Partition partition = find(name);
      return result.setLowWatermark(partition.log().deleteRecords(asked.offset()));
    } catch (ApiException e) {
      return result
          .setLowWatermark(DeleteRecordsResponse.INVALID_LOW_WATERMARK)
          .setErrorCode(services.partitions().errorOf(name, e).code());
    }
  }

  private Partition find(TopicPartition name) {
    TopicImage topic = services.view().topic(name.topic());
    if (topic == null || !topic.partitions().containsKey(name.partition())) {
      throw new UnknownTopicOrPartitionException();
    }
    if (Topic.isInternal(name.topic())) {
      throw new InvalidTopicException("Cannot delete records of internal topic " + name.topic());
    }
    Partition partition = services.partitions().find(name);
    if (partition == null) {
      throw services.partitions().absence(name).exception();
    }
    if (partition.settings().log().compact() && !partition.settings().log().delete()) {
      throw new PolicyViolationException(
          "Records of partition " + name + " can not be deleted due to the configured policy");
    }
    return partition;
  }
}

package dev.naru.broker.topic;

import dev.naru.broker.api.ApiHandler;
import dev.naru.broker.api.Request;
import java.util.SortedSet;
import java.util.TreeSet;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.DescribeTopicPartitionsRequestData;
import org.apache.kafka.common.message.DescribeTopicPartitionsResponseData;
import org.apache.kafka.common.message.DescribeTopicPartitionsResponseData.Cursor;
import org.apache.kafka.common.message.DescribeTopicPartitionsResponseData.DescribeTopicPartitionsResponsePartition;
import org.apache.kafka.common.message.DescribeTopicPartitionsResponseData.DescribeTopicPartitionsResponseTopic;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.image.TopicImage;
import org.apache.kafka.metadata.PartitionRegistration;
import org.apache.kafka.metadata.Replicas;

/** DescribeTopicPartitions (KIP-966): topics in order of their names, page by page. */
final class DescribeTopicPartitionsHandler implements ApiHandler {
  private final TopicServices services;

  DescribeTopicPartitionsHandler(TopicServices services) {
    this.services = services;
  }

  @Override
  public ApiKeys api() {
    return ApiKeys.DESCRIBE_TOPIC_PARTITIONS;
  }

  @Override
  public void handle(Request request) {
    DescribeTopicPartitionsRequestData data =
        request.data(DescribeTopicPartitionsRequestData.class);
    MetadataImage image = services.view().image();
    boolean all = data.topics().isEmpty();
    String firstTopic = data.cursor() == null ? "" : data.cursor().topicName();
    int firstPartition = data.cursor() == null ? 0 : data.cursor().partitionIndex();
    SortedSet<String> names = new TreeSet<>();
    if (all) {
      names.addAll(image.topics().topicsByName().keySet());
    } else {
      data.topics().forEach(topic -> names.add(topic.name()));
      if (data.cursor() != null && !names.contains(firstTopic)) {
        throw new InvalidRequestException(
            "DescribeTopicPartitionsRequest topic list should contain the cursor topic: "
                + firstTopic);
      }
    }
    if (firstPartition < 0) {
      throw new InvalidRequestException(
          "DescribeTopicPartitionsRequest cursor partition must be valid: " + firstPartition);
    }
    int most = services.brokerConfig().getInt("max.request.partition.size.limit");
    Page page = new Page(image, Math.max(1, Math.min(most, data.responsePartitionLimit())));
    for (String name : names.tailSet(firstTopic)) {
      if (!page.add(name, name.equals(firstTopic) ? firstPartition : 0, all)) {
        break;
      }
    }
    request.respond(page.response);
  }

  /** An answer that is being filled up to its limit. */
  private static final class Page {
    final DescribeTopicPartitionsResponseData response = new DescribeTopicPartitionsResponseData();
    private final MetadataImage image;
    private int room;

    Page(MetadataImage image, int room) {
      this.image = image;
      this.room = room;
    }

    /** Adds a topic from a partition on; false when the page is full. */
    boolean add(String name, int from, boolean all) {
      TopicImage found = image.topics().getTopic(name);
      if (found == null) {
        if (!all) {
          response.topics().add(unknown(name));
        }
        return true;
      }
      if (room == 0) {
        next(name, from);
        return false;
      }
      DescribeTopicPartitionsResponseTopic topic =
          new DescribeTopicPartitionsResponseTopic()
              .setName(name)
              .setTopicId(found.id())
              .setIsInternal(Topic.isInternal(name))
              .setTopicAuthorizedOperations(AuthorizedOperations.TOPIC);
      response.topics().add(topic);
      int partition = from;
      for (; partition < found.partitions().size() && room > 0; partition++, room--) {
        topic.partitions().add(partition(partition, found.partitions().get(partition)));
      }
      if (partition < found.partitions().size()) {
        next(name, partition);
        return false;
      }
      return true;
    }

    private void next(String topic, int partition) {
      response.setNextCursor(new Cursor().setTopicName(topic).setPartitionIndex(partition));
    }

    private static DescribeTopicPartitionsResponseTopic unknown(String name) {
      Errors error =
          Topic.isValid(name) ? Errors.UNKNOWN_TOPIC_OR_PARTITION : Errors.INVALID_TOPIC_EXCEPTION;
      return new DescribeTopicPartitionsResponseTopic()
          .setName(name)
          .setErrorCode(error.code())
          .setIsInternal(Topic.isInternal(name))
          .setTopicAuthorizedOperations(AuthorizedOperations.TOPIC);
    }

    private static DescribeTopicPartitionsResponsePartition partition(
        int index, PartitionRegistration partition) {
      return new DescribeTopicPartitionsResponsePartition()
          .setPartitionIndex(index)
          .setLeaderId(partition.leader)
          .setLeaderEpoch(partition.leaderEpoch)
          .setReplicaNodes(Replicas.toList(partition.replicas))
          .setIsrNodes(Replicas.toList(partition.isr))
          .setEligibleLeaderReplicas(Replicas.toList(partition.elr))
          .setLastKnownElr(Replicas.toList(partition.lastKnownElr));
    }
  }
}

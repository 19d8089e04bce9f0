package dev.naru.cli.demo;

import dev.naru.cli.CliException;
import dev.naru.cli.Failures;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TopicExistsException;

/** A topic and one group that reads it, seen from a client. */
final class TopicView implements AutoCloseable {
  private final Admin admin;
  private final String topic;
  private final String group;
  private Set<TopicPartition> partitions = Set.of();

  TopicView(String bootstrap, String topic, String group) {
    this.admin =
        Admin.create(
            Map.of(
                "bootstrap.servers",
                bootstrap,
                "client.id",
                "naru-demo",
                "enable.metrics.push",
                "false"));
    this.topic = topic;
    this.group = group;
  }

  /** Creates the topic unless it is there. */
  void create() throws InterruptedException {
    try {
      admin
          .createTopics(List.of(new NewTopic(topic, Optional.empty(), Optional.empty())))
          .all()
          .get();
    } catch (ExecutionException e) {
      if (!(e.getCause() instanceof TopicExistsException)) {
        throw failed(e);
      }
    }
    TopicDescription found = get(admin.describeTopics(List.of(topic)).allTopicNames()).get(topic);
    partitions =
        found.partitions().stream()
            .map(partition -> new TopicPartition(topic, partition.partition()))
            .collect(Collectors.toSet());
  }

  /** The number of records, markers of transactions included. */
  long records() throws InterruptedException {
    return sum(offsets(OffsetSpec.latest())) - sum(offsets(OffsetSpec.earliest()));
  }

  /** How many records the group has yet to commit. */
  long lag() throws InterruptedException {
    Map<TopicPartition, Long> done = offsets(OffsetSpec.earliest());
    Map<TopicPartition, OffsetAndMetadata> committed =
        get(admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata());
    committed.forEach(
        (partition, offset) -> {
          if (offset != null && done.containsKey(partition)) {
            done.merge(partition, offset.offset(), Math::max);
          }
        });
    return sum(offsets(OffsetSpec.latest())) - sum(done);
  }

  private Map<TopicPartition, Long> offsets(OffsetSpec which) throws InterruptedException {
    Map<TopicPartition, OffsetSpec> wanted =
        partitions.stream().collect(Collectors.toMap(partition -> partition, partition -> which));
    Map<TopicPartition, Long> offsets = new HashMap<>();
    for (Map.Entry<TopicPartition, ListOffsetsResultInfo> found :
        get(admin.listOffsets(wanted).all()).entrySet()) {
      offsets.put(found.getKey(), found.getValue().offset());
    }
    return offsets;
  }

  private static long sum(Map<TopicPartition, Long> offsets) {
    return offsets.values().stream().mapToLong(Long::longValue).sum();
  }

  private <T> T get(KafkaFuture<T> answer) throws InterruptedException {
    try {
      return answer.get();
    } catch (ExecutionException e) {
      throw failed(e);
    }
  }

  private CliException failed(ExecutionException e) {
    return CliException.failure(
        "the node refused to tell of topic " + topic + ": " + Failures.sentence(e.getCause()), e);
  }

  @Override
  public void close() {
    admin.close();
  }
}

package dev.naru.proving.clients;

import static dev.naru.proving.Clients.get;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.naru.proving.Clients;
import dev.naru.proving.SharedNode;
import dev.naru.proving.node.TestNode;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a node keeps over a stop and a start, clean or not. */
class RestartIT {
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void everythingIsThereAfterARestart(boolean clean) {
    try (TestNode node =
        TestNode.create(TestNode.Kind.chosen(), SharedNode.newDirectory("restart"), Map.of())) {
      node.start();
      new Run(node).over(clean);
    }
  }

  /** One life of a node, and what is asked of the next. */
  private static final class Run {
    private final TestNode node;
    private final String bootstrap;
    private String topic;
    private Uuid topicId;

    Run(TestNode node) {
      this.node = node;
      bootstrap = node.bootstrap();
    }

    void over(boolean clean) {
      try (Admin admin = Clients.admin(bootstrap)) {
        topic = Clients.createTopic(admin, "kept", 2, "retention.ms", "7200000");
        topicId = describe(admin).topicId();
      }
      fillAndCommit();
      String open = Clients.unique("open");
      String clusterId = clusterId();
      Producer<String, String> producer = Clients.producer(bootstrap, "transactional.id", open);
      try (Producer<String, String> closing = producer) {
        producer.initTransactions();
        producer.beginTransaction();
        get(producer.send(new ProducerRecord<>(topic, 1, null, "in the open transaction")));
        restart(clean);
        producer.commitTransaction();
      }
      assertEquals(clusterId, clusterId());
      assertKept(open);
    }

    private void restart(boolean clean) {
      if (clean) {
        node.stop();
      } else {
        node.kill();
      }
      node.start();
    }

    private String clusterId() {
      try (Admin admin = Clients.admin(bootstrap)) {
        return get(admin.describeCluster().clusterId());
      }
    }

    private TopicDescription describe(Admin admin) {
      return get(admin.describeTopics(List.of(topic)).allTopicNames()).get(topic);
    }

    private void fillAndCommit() {
      try (Producer<String, String> producer = Clients.producer(bootstrap)) {
        IntStream.range(0, 1_000)
            .forEach(i -> producer.send(new ProducerRecord<>(topic, 0, null, "v" + i)));
      }
      try (Consumer<String, String> consumer = Clients.consumer(bootstrap, "group.id", "kept")) {
        consumer.subscribe(List.of(topic));
        Clients.poll(consumer, 1_000);
        consumer.commitSync();
      }
    }

    private void assertKept(String open) {
      try (Admin admin = Clients.admin(bootstrap);
          Consumer<String, String> consumer = Clients.consumer(bootstrap, "group.id", "kept")) {
        assertEquals(topicId, describe(admin).topicId());
        assertEquals(2, describe(admin).partitions().size());
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
        assertEquals(
            "7200000",
            get(admin.describeConfigs(List.of(resource)).all())
                .get(resource)
                .get("retention.ms")
                .value());
        assertEquals(
            IntStream.range(0, 1_000).mapToObj(i -> "v" + i).toList(),
            Clients.readValues(bootstrap, topic));
        TopicPartition first = new TopicPartition(topic, 0);
        assertEquals(1_000, consumer.committed(Set.of(first)).get(first).offset());
        Clients.await(
            "the transaction that outlived the restart",
            () ->
                get(admin.describeTransactions(List.of(open)).description(open)).state()
                    == TransactionState.COMPLETE_COMMIT);
        assertEquals(
            "in the open transaction",
            Clients.readAll(bootstrap, "read_committed", new TopicPartition(topic, 1))
                .get(0)
                .value());
      }
    }
  }
}

package dev.naru.proving.cluster;

import static dev.naru.proving.Clients.get;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.proving.Clients;
import dev.naru.proving.node.NodeSite;
import dev.naru.proving.node.TestCluster;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * A consumer with {@code client.rack} reads from the node of its rack, which owns nothing of what
 * it reads (KIP-392). Where bytes come from is what the consumer itself counts by connection.
 */
@EnabledIfSystemProperty(named = "soak", matches = "true")
class NearestIT {
  private static final int NODES = 3;
  private static final int PARTITIONS = 6;

  /** The only node in the consumer's rack. */
  private static final int NEAR = 2;

  private static final String RACK = "b";

  /** What a consumer's requests are answered besides records. */
  private static final int TALK_BYTES = 150_000;

  @RegisterExtension
  static final OnCluster CLUSTER =
      OnCluster.of(NODES)
          .with(
              "replica.selector.class", "org.apache.kafka.common.replica.RackAwareReplicaSelector")
          .at(id -> NodeSite.LOOPBACK.with("broker.rack", id == NEAR ? RACK : "a"));

  private final TestCluster cluster = CLUSTER.cluster();
  private final ClusterView view = CLUSTER.view();
  private final Random random = new Random(3);
  private String topic;
  private TopicPartition partition;
  private final List<String> expected = new ArrayList<>();

  /** A partition of a new topic that the near node does not own. */
  @BeforeEach
  void createTopic() {
    topic = view.createTopic("near", PARTITIONS);
    for (int i = PARTITIONS - 1; i >= 0; i--) {
      if (view.leader(topic, i) != NEAR) {
        partition = new TopicPartition(topic, i);
      }
    }
  }

  private Consumer<String, String> consumer(String isolation) {
    Consumer<String, String> consumer =
        Clients.consumer(
            cluster.bootstrap(),
            "client.rack",
            RACK,
            "isolation.level",
            isolation,
            "auto.offset.reset",
            "none",
            "metadata.max.age.ms",
            "1000000");
    consumer.assign(List.of(partition));
    consumer.seekToBeginning(List.of(partition));
    return consumer;
  }

  private void produce(Producer<String, String> producer, int records, int bytes) {
    for (int i = 0; i < records; i++) {
      char[] value = new char[bytes];
      for (int at = 0; at < bytes; at++) {
        value[at] = (char) ('a' + random.nextInt(26));
      }
      String text = new String(value);
      producer.send(new ProducerRecord<>(topic, partition.partition(), null, text));
      expected.add(text);
    }
    producer.flush();
  }

  /** Reads on until everything that was produced is there, as it was produced. */
  private void readAll(Consumer<String, String> consumer, List<String> read) {
    Clients.poll(consumer, expected.size() - read.size()).stream()
        .map(ConsumerRecord::value)
        .forEach(read::add);
    assertEquals(expected, read);
  }

  /** Bytes that came from a node. */
  private static double received(Consumer<?, ?> consumer, int node) {
    return consumer.metrics().entrySet().stream()
        .filter(metric -> metric.getKey().name().equals("incoming-byte-total"))
        .filter(metric -> ("node-" + node).equals(metric.getKey().tags().get("node-id")))
        .mapToDouble(metric -> (Double) metric.getValue().metricValue())
        .sum();
  }

  private Map<Integer, Double> received(Consumer<?, ?> consumer) {
    Map<Integer, Double> bytes = new HashMap<>();
    for (int node = 1; node <= NODES; node++) {
      bytes.put(node, received(consumer, node));
    }
    return bytes;
  }

  private void assertFromNear(Consumer<?, ?> consumer, int bytes) {
    Map<Integer, Double> received = received(consumer);
    assertTrue(received.get(NEAR) > bytes, "from the near node: " + received);
    assertTrue(received.get(1) + received.get(3) < TALK_BYTES, "from others: " + received);
  }

  @Test
  void recordsComeFromTheNodeOfTheConsumersRack() {
    try (Producer<String, String> producer =
            Clients.producer(cluster.bootstrap(), "batch.size", 20_000, "linger.ms", 20);
        Consumer<String, String> consumer = consumer("read_uncommitted")) {
      List<String> read = new ArrayList<>();
      produce(producer, 3_000, 1_000);
      readAll(consumer, read);
      assertFromNear(consumer, 3_000_000);
      for (int i = 0; i < 30; i++) {
        produce(producer, 1, 20_000);
        readAll(consumer, read);
      }
      assertFromNear(consumer, 3_600_000);
    }
  }

  @Test
  void transactionsThatWereAbortedAreNotSeenThereEither() {
    try (Producer<String, String> producer =
            Clients.producer(
                cluster.bootstrap(), "transactional.id", Clients.unique("transactional"));
        Consumer<String, String> consumer = consumer("read_committed")) {
      producer.initTransactions();
      List<String> read = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        List<String> before = List.copyOf(expected);
        producer.beginTransaction();
        produce(producer, 50, 2_000);
        if (i % 2 == 0) {
          producer.abortTransaction();
          expected.clear();
          expected.addAll(before);
        } else {
          producer.commitTransaction();
        }
        readAll(consumer, read);
      }
      assertFromNear(consumer, 300_000);
    }
  }

  @Test
  void aConsumerGoesOnWhereverTheOwnerIs() {
    try (Producer<String, String> producer = Clients.producer(cluster.bootstrap());
        Consumer<String, String> consumer = consumer("read_uncommitted")) {
      List<String> read = new ArrayList<>();
      produce(producer, 100, 1_000);
      readAll(consumer, read);
      int owner = view.leader(topic, partition.partition());
      drain(owner, "true");
      Clients.await("another owner", () -> view.leader(topic, partition.partition()) != owner);
      produce(producer, 100, 1_000);
      readAll(consumer, read);
      drain(owner, "false");
      produce(producer, 100, 1_000);
      readAll(consumer, read);
    }
  }

  private void drain(int node, String drained) {
    ConfigResource resource =
        new ConfigResource(ConfigResource.Type.BROKER, Integer.toString(node));
    AlterConfigOp set =
        new AlterConfigOp(new ConfigEntry("node.drain", drained), AlterConfigOp.OpType.SET);
    get(view.admin().incrementalAlterConfigs(Map.of(resource, List.of(set))).all());
  }

  @Test
  void aConsumerGoesOnWhenTheNearNodeDies() {
    try (Producer<String, String> producer = Clients.producer(cluster.bootstrap());
        Consumer<String, String> consumer = consumer("read_uncommitted")) {
      List<String> read = new ArrayList<>();
      produce(producer, 300, 1_000);
      readAll(consumer, read);
      assertFromNear(consumer, 300_000);
      cluster.node(NEAR).kill();
      produce(producer, 300, 1_000);
      readAll(consumer, read);
      Map<Integer, Double> received = received(consumer);
      assertTrue(received.get(1) + received.get(3) > 300_000, "from the owner: " + received);
    }
  }
}

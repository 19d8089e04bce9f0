package dev.naru.proving.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.naru.proving.Clients;
import dev.naru.proving.bench.load.IdleConnections;
import dev.naru.proving.cluster.ClusterView;
import dev.naru.proving.cluster.OnCluster;
import dev.naru.proving.node.ClusterNode;
import dev.naru.proving.node.NodeSite;
import dev.naru.proving.node.TestCluster;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Many partitions and many clients: how long a takeover and a restart take then. */
@EnabledIfSystemProperty(named = "soak", matches = "true")
class SizeFaultsIT {
  private static final int NODES = 3;
  private static final int PARTITIONS = Integer.getInteger("fault.partitions", 5_000);
  private static final int PER_TOPIC = 100;
  private static final int CLIENTS = Integer.getInteger("fault.clients", 2_000);

  @RegisterExtension
  static final OnCluster CLUSTER =
      OnCluster.of(NODES).at(id -> NodeSite.LOOPBACK.withJvmOptions("-Xmx1g"));

  private final TestCluster cluster = CLUSTER.cluster();
  private final ClusterView view = CLUSTER.view();
  private final List<String> topics = new ArrayList<>();

  /** How often each partition was acknowledged a record. */
  private final Map<TopicPartition, Integer> acknowledged = new HashMap<>();

  @Test
  @Tag("fault-19")
  void manyPartitionsAndManyClients() throws Exception {
    Fault fault = new Fault(19, 0);
    for (int i = 0; i < PARTITIONS / PER_TOPIC; i++) {
      NewTopic topic = new NewTopic(Clients.unique("many"), PER_TOPIC, (short) NODES);
      Clients.get(view.admin().createTopics(List.of(topic)).all());
      topics.add(topic.name());
    }
    List<TopicPartition> all =
        topics.stream()
            .flatMap(
                topic -> IntStream.range(0, PER_TOPIC).mapToObj(p -> new TopicPartition(topic, p)))
            .toList();
    double first = secondsToWrite(all);
    ClusterNode owner = view.owner();
    int other = owner.id() % NODES + 1;
    try (IdleConnections clients = new IdleConnections(cluster.node(other).port())) {
      clients.open(CLIENTS);
      List<TopicPartition> owned = ledBy(owner.id());
      owner.kill();
      double takeover = secondsToWrite(owned);
      clients.check();
      CLUSTER.heal();

      cluster.kill();
      long startNs = System.nanoTime();
      cluster.start();
      double ready = (System.nanoTime() - startNs) / 1e9;
      double written = ready + secondsToWrite(all);
      int there = readAll(all);
      assertEquals(acknowledged.values().stream().mapToInt(each -> each).sum(), there);
      fault.held(
          "%d partitions, %d idle clients: first written in %.1f s; %d partitions of a killed owner"
              + " written again after %.1f s; everything killed: ready after %.1f s, all written"
              + " after %.1f s",
          all.size(), CLIENTS, first, owned.size(), takeover, ready, written);
    }
  }

  private List<TopicPartition> ledBy(int id) {
    List<TopicPartition> led = new ArrayList<>();
    for (String topic : topics) {
      for (TopicPartitionInfo partition : view.describe(topic).partitions()) {
        if (partition.leader() != null && partition.leader().id() == id) {
          led.add(new TopicPartition(topic, partition.partition()));
        }
      }
    }
    return led;
  }

  /** From now until each of these partitions has had a record acknowledged. */
  private double secondsToWrite(List<TopicPartition> partitions)
      throws InterruptedException, ExecutionException {
    long fromNs = System.nanoTime();
    try (Producer<String, String> producer =
        Clients.producer(cluster.bootstrap(), "acks", "all", "max.block.ms", 120_000)) {
      List<Future<RecordMetadata>> sent = new ArrayList<>();
      for (TopicPartition partition : partitions) {
        sent.add(
            producer.send(
                new ProducerRecord<>(partition.topic(), partition.partition(), null, "one")));
      }
      for (Future<RecordMetadata> each : sent) {
        each.get();
      }
    }
    partitions.forEach(partition -> acknowledged.merge(partition, 1, Integer::sum));
    return (System.nanoTime() - fromNs) / 1e9;
  }

  private int readAll(List<TopicPartition> all) {
    return Clients.readAll(
            cluster.bootstrap(), "read_committed", all.toArray(TopicPartition[]::new))
        .size();
  }
}

package dev.naru.proving.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.naru.proving.Clients;
import dev.naru.proving.kill.CheckedLoad;
import dev.naru.proving.node.ClusterNode;
import dev.naru.proving.node.TestCluster;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A cluster of three processes, as its clients see it: healthy, and while nodes leave and come. */
@EnabledIfSystemProperty(named = "soak", matches = "true")
class ClusterIT {
  private static final int NODES = 3;
  private static final int PARTITIONS = OnCluster.PARTITIONS;
  @RegisterExtension static final OnCluster CLUSTER = OnCluster.of(NODES);

  private final TestCluster cluster = CLUSTER.cluster();
  private final ClusterView view = CLUSTER.view();

  private final long seed = Long.getLong("seed", System.nanoTime());

  @Test
  void aTopicIsSpreadOverAllNodesAndEachOfThemSaysSo() {
    String topic = view.createTopic("spread", PARTITIONS);
    for (ClusterNode node : cluster.nodes()) {
      try (Admin admin = Clients.admin(node.bootstrap())) {
        Clients.await(
            "two partitions for each at node " + node.id(),
            () ->
                ClusterView.shares(ClusterView.describe(admin, topic))
                    .equals(Map.of(1, 2L, 2, 2L, 3, 2L)));
        ClusterView.describe(admin, topic)
            .partitions()
            .forEach(
                partition -> {
                  assertEquals(NODES, partition.replicas().size(), partition::toString);
                  assertEquals(NODES, partition.isr().size(), partition::toString);
                });
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"classic", "consumer"})
  void clientsReachEverythingByWayOfAnyNode(String protocol) {
    String topic = view.createTopic("any", PARTITIONS);
    String copy = view.createTopic("copy", PARTITIONS);
    Set<String> sent = new HashSet<>();
    for (ClusterNode node : cluster.nodes()) {
      fill(node.bootstrap(), topic, "by-" + node.id(), sent);
      String group = Clients.unique("any");
      try (Consumer<String, String> consumer = member(node.bootstrap(), protocol, group)) {
        consumer.subscribe(List.of(topic));
        List<ConsumerRecord<String, String>> records = Clients.poll(consumer, sent.size());
        assertEquals(sent, values(records));
        copy(node.bootstrap(), consumer, records, copy);
      }
      try (Consumer<String, String> next = member(cluster.bootstrap(), protocol, group)) {
        Set<TopicPartition> partitions = partitions(topic);
        assertEquals(
            sent.size(),
            next.committed(partitions).values().stream().mapToLong(o -> o.offset()).sum());
      }
    }
    TopicPartition[] copies = partitions(copy).toArray(TopicPartition[]::new);
    assertEquals(
        PARTITIONS * (1 + 2 + 3),
        Clients.readAll(cluster.bootstrap(), "read_committed", copies).size());
  }

  private static void fill(String bootstrap, String topic, String prefix, Set<String> sent) {
    try (Producer<String, String> producer = Clients.producer(bootstrap, "acks", "all")) {
      IntStream.range(0, PARTITIONS)
          .mapToObj(p -> producer.send(new ProducerRecord<>(topic, p, null, prefix + ":" + p)))
          .toList()
          .forEach(Clients::get);
    }
    IntStream.range(0, PARTITIONS).forEach(p -> sent.add(prefix + ":" + p));
  }

  /** Consume, transform, produce: the copies and the offsets in one transaction. */
  private static void copy(
      String bootstrap,
      Consumer<String, String> consumer,
      List<ConsumerRecord<String, String>> records,
      String target) {
    try (Producer<String, String> producer =
        Clients.producer(bootstrap, "transactional.id", Clients.unique("copy"))) {
      producer.initTransactions();
      producer.beginTransaction();
      records.forEach(
          record ->
              producer.send(
                  new ProducerRecord<>(target, record.partition(), null, record.value())));
      Map<TopicPartition, OffsetAndMetadata> next = new HashMap<>();
      consumer.assignment().forEach(p -> next.put(p, new OffsetAndMetadata(consumer.position(p))));
      producer.sendOffsetsToTransaction(next, consumer.groupMetadata());
      producer.commitTransaction();
    }
  }

  private static Consumer<String, String> member(String bootstrap, String protocol, String group) {
    return Clients.consumer(
        bootstrap,
        "group.id",
        group,
        "group.protocol",
        protocol,
        "isolation.level",
        "read_committed");
  }

  private static Set<TopicPartition> partitions(String topic) {
    Set<TopicPartition> partitions = new HashSet<>();
    IntStream.range(0, PARTITIONS).forEach(p -> partitions.add(new TopicPartition(topic, p)));
    return partitions;
  }

  private static Set<String> values(List<ConsumerRecord<String, String>> records) {
    Set<String> values = new HashSet<>();
    records.forEach(record -> values.add(record.value()));
    return values;
  }

  @Test
  void killingTheNodeThatOwnsMostLosesNothing() {
    System.out.println("cluster kill: seed " + seed);
    try (CheckedLoad load = new CheckedLoad(cluster.bootstrap(), PARTITIONS, new Random(seed))) {
      load.start();
      load.awaitProgress(10);
      ClusterNode owner = view.owner();
      long killedNs = System.nanoTime();
      owner.kill();
      load.awaitProgress(10);
      long servedNs = System.nanoTime();
      CLUSTER.heal();
      load.awaitProgress(10);
      load.judge();
      System.out.println(
          "cluster kill: " + load.failures() + " failures, " + load.silences(killedNs, servedNs));
    }
  }

  @Test
  void stoppingANodeIsNothingThatClientsFail() {
    try (CheckedLoad load = new CheckedLoad(cluster.bootstrap(), PARTITIONS, new Random(seed))) {
      load.start();
      load.awaitProgress(10);
      ClusterNode owner = view.owner();
      long stoppedNs = System.nanoTime();
      assertEquals(0, owner.stop());
      load.awaitProgress(10);
      long servedNs = System.nanoTime();
      CLUSTER.heal();
      load.awaitProgress(10);
      load.judge();
      System.out.println("cluster drain: " + load.silences(stoppedNs, servedNs));
      assertEquals(0, load.failures());
    }
  }

  /** What a group has committed is the same at the next coordinator. */
  @Test
  void committedOffsetsOutliveTheirCoordinator() {
    String topic = view.createTopic("kept", PARTITIONS);
    fill(cluster.bootstrap(), topic, "kept", new HashSet<>());
    String group = Clients.unique("kept");
    try (Consumer<String, String> consumer = member(cluster.bootstrap(), "classic", group)) {
      consumer.subscribe(List.of(topic));
      Clients.poll(consumer, PARTITIONS);
      consumer.commitSync();
    }
    ClusterNode coordinator = view.coordinator(group);
    coordinator.kill();
    try (Consumer<String, String> next = member(cluster.bootstrap(), "classic", group)) {
      assertEquals(
          PARTITIONS,
          next.committed(partitions(topic), ClusterView.HEAL_DEADLINE).values().stream()
              .mapToLong(OffsetAndMetadata::offset)
              .sum());
    }
    Clients.await(
        "another coordinator",
        ClusterView.HEAL_DEADLINE,
        () -> view.coordinator(group).id() != coordinator.id());
  }

  /** Half of a transaction is never seen, whichever node coordinates it when it ends. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aTransactionEndsAlthoughItsCoordinatorDied(boolean commit) {
    String topic = view.createTopic("open", PARTITIONS);
    String id = Clients.unique("open");
    TopicPartition[] everything = partitions(topic).toArray(TopicPartition[]::new);
    try (Producer<String, String> producer =
        Clients.producer(cluster.bootstrap(), "transactional.id", id)) {
      producer.initTransactions();
      producer.beginTransaction();
      for (int p = 0; p < PARTITIONS; p++) {
        Clients.get(producer.send(new ProducerRecord<>(topic, p, null, "open:" + p)));
      }
      view.transactionCoordinator(id).kill();
      assertEquals(List.of(), Clients.readAll(cluster.bootstrap(), "read_committed", everything));
      if (commit) {
        producer.commitTransaction();
      } else {
        producer.abortTransaction();
      }
    }
    int expected = commit ? PARTITIONS : 0;
    Clients.await(
        "the end of the transaction in all partitions",
        ClusterView.HEAL_DEADLINE,
        () -> lastStable(everything).equals(ends(everything)));
    assertEquals(
        expected, Clients.readAll(cluster.bootstrap(), "read_committed", everything).size());
    assertEquals(
        PARTITIONS, Clients.readAll(cluster.bootstrap(), "read_uncommitted", everything).size());
  }

  private Map<TopicPartition, Long> lastStable(TopicPartition... partitions) {
    return ends("read_committed", partitions);
  }

  private Map<TopicPartition, Long> ends(TopicPartition... partitions) {
    return ends("read_uncommitted", partitions);
  }

  private Map<TopicPartition, Long> ends(String isolation, TopicPartition... partitions) {
    try (Consumer<String, String> consumer =
        Clients.consumer(cluster.bootstrap(), "isolation.level", isolation)) {
      return consumer.endOffsets(List.of(partitions), ClusterView.HEAL_DEADLINE);
    }
  }

  /** A producer that died in a transaction holds its readers up for its timeout, not longer. */
  @Test
  void aTransactionWhoseProducerAndCoordinatorDiedIsAborted() {
    String topic = view.createTopic("left", PARTITIONS);
    String id = Clients.unique("left");
    TopicPartition[] everything = partitions(topic).toArray(TopicPartition[]::new);
    Producer<String, String> producer =
        Clients.producer(
            cluster.bootstrap(), "transactional.id", id, "transaction.timeout.ms", 5_000);
    producer.initTransactions();
    producer.beginTransaction();
    for (int p = 0; p < PARTITIONS; p++) {
      Clients.get(producer.send(new ProducerRecord<>(topic, p, null, "left:" + p)));
    }
    view.transactionCoordinator(id).kill();
    producer.close(Duration.ZERO);
    Clients.await(
        "the abort in all partitions",
        ClusterView.HEAL_DEADLINE,
        () -> lastStable(everything).equals(ends(everything)));
    assertEquals(List.of(), Clients.readAll(cluster.bootstrap(), "read_committed", everything));
  }
}

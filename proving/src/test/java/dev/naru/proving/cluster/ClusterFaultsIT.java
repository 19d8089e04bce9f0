package dev.naru.proving.cluster;

import static dev.naru.proving.Clients.get;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.naru.proving.Clients;
import dev.naru.proving.SharedNode;
import dev.naru.proving.checker.Silences;
import dev.naru.proving.kill.CheckedLoad;
import dev.naru.proving.node.ClusterNode;
import dev.naru.proving.node.TestCluster;
import dev.naru.proving.node.TestNode;
import dev.naru.proving.wire.WireClient;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.requests.ProduceRequest;
import org.apache.kafka.common.requests.ProduceResponse;
import org.apache.kafka.common.requests.RequestHeader;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * What befalls a cluster of three: an owner that stands still and wakes again, all nodes killed at
 * once, the controller killed at work. {@code -Dcluster.faults=20} repeats each of them so often.
 */
@EnabledIfSystemProperty(named = "soak", matches = "true")
class ClusterFaultsIT {
  private static final int NODES = 3;
  private static final int PARTITIONS = 6;
  private static final int TOPICS = 20;
  private static final int PAUSE_S = 10;
  private static final int ANSWER_MS = 60_000;

  private static TestCluster cluster;
  private static ClusterView view;
  private static String probe;

  private final int times = Integer.getInteger("cluster.faults", 1);
  private final long seed = Long.getLong("seed", System.nanoTime());
  private final Random random = new Random(seed);

  @BeforeAll
  static void startCluster() {
    Assumptions.assumeTrue(TestNode.Kind.chosen() == TestNode.Kind.NARU);
    cluster =
        new TestCluster(
            SharedNode.newDirectory("faults"),
            NODES,
            Map.of("group.initial.rebalance.delay.ms", "0"));
    cluster.start();
    view = new ClusterView(cluster);
    probe = view.createTopic("probe", PARTITIONS);
  }

  @AfterAll
  static void endCluster() {
    if (view != null) {
      view.close();
    }
    if (cluster != null) {
      cluster.close();
    }
  }

  @BeforeEach
  void heal() {
    System.out.println("cluster faults: " + times + " times, seed " + seed);
    cluster.start();
    view.awaitHealed(probe);
  }

  @Test
  void anOwnerThatStoodStillAcknowledgesNothingThatOthersOwnByThen() throws Exception {
    try (CheckedLoad load = new CheckedLoad(cluster.bootstrap(), PARTITIONS, random)) {
      load.start();
      List<Long> pausedNs = new ArrayList<>();
      List<Long> servedNs = new ArrayList<>();
      for (int i = 0; i < times; i++) {
        load.awaitProgress(10);
        pausedNs.add(System.nanoTime());
        pauseTheOwner();
        load.awaitProgress(10);
        servedNs.add(System.nanoTime());
        view.awaitHealed(probe);
      }
      load.judge();
      Silences silences = load.silences(pausedNs.get(0), servedNs.get(0));
      for (int i = 1; i < times; i++) {
        silences = silences.and(load.silences(pausedNs.get(i), servedNs.get(i)));
      }
      System.out.println("cluster zombie: " + load.failures() + " failures, " + silences);
    }
  }

  /** A record that reached the owner while it stood still is refused once others own its log. */
  private void pauseTheOwner() throws Exception {
    ClusterNode owner = view.owner();
    TopicDescription description = view.describe(probe);
    int partition =
        description.partitions().stream()
            .filter(p -> p.leader() != null && p.leader().id() == owner.id())
            .findFirst()
            .orElseThrow()
            .partition();
    String late = Clients.unique("late");
    try (WireClient wire = new WireClient(owner.port(), ANSWER_MS)) {
      ProduceRequest request = produce(description.topicId(), partition, late);
      assertEquals(Errors.NONE, answer(wire.call(request, ProduceResponse.class)));
      owner.pause();
      RequestHeader pending;
      long wakeNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(PAUSE_S);
      try {
        pending = wire.send(produce(description.topicId(), partition, late + " again"));
        awaitNextOwner(cluster.node(owner.id() % NODES + 1), partition);
        Clients.await(
            "the end of the pause",
            ClusterView.HEAL_DEADLINE,
            () -> System.nanoTime() - wakeNs >= 0);
      } finally {
        owner.resume();
      }
      long wokenNs = System.nanoTime();
      Errors said = answer(wire.receive(pending, ProduceResponse.class));
      System.out.printf(
          "cluster zombie: %s after %.1f s%n", said, (System.nanoTime() - wokenNs) / 1e9);
      assertNotEquals(Errors.NONE, said);
      awaitNotLeader(owner, description.topicId(), partition);
    }
    List<String> values = valuesOf(partition);
    assertEquals(1, values.stream().filter(late::equals).count());
    assertEquals(0, values.stream().filter((late + " again")::equals).count());
  }

  /** Others own what the sleeper owned as soon as one of them acknowledges a record. */
  private static void awaitNextOwner(ClusterNode other, int partition) {
    try (Producer<String, String> producer = Clients.producer(other.bootstrap())) {
      Future<?> sent = producer.send(new ProducerRecord<>(probe, partition, null, "next"));
      Clients.await("the next owner", ClusterView.HEAL_DEADLINE, sent::isDone);
      Clients.get(sent);
    }
  }

  private static List<String> valuesOf(int partition) {
    return Clients.readAll(
            cluster.bootstrap(), "read_committed", new TopicPartition(probe, partition))
        .stream()
        .map(ConsumerRecord::value)
        .toList();
  }

  /** What the sleeper says when it is asked anew, as long as it has not got its share back. */
  private static void awaitNotLeader(ClusterNode owner, Uuid topic, int partition)
      throws IOException {
    try (WireClient wire = new WireClient(owner.port(), ANSWER_MS)) {
      Clients.await(
          "NOT_LEADER_OR_FOLLOWER, or the partition back at its owner",
          () -> {
            Errors said =
                answer(wire.call(produce(topic, partition, "probe"), ProduceResponse.class));
            return said == Errors.NOT_LEADER_OR_FOLLOWER
                || (said == Errors.NONE && view.leader(probe, partition) == owner.id());
          });
    }
  }

  private static ProduceRequest produce(Uuid topic, int partition, String value) {
    ProduceRequestData data = new ProduceRequestData().setAcks((short) -1).setTimeoutMs(30_000);
    MemoryRecords records =
        MemoryRecords.withRecords(
            Compression.NONE,
            new SimpleRecord(System.currentTimeMillis(), value.getBytes(StandardCharsets.UTF_8)));
    data.topicData()
        .add(
            new ProduceRequestData.TopicProduceData()
                .setTopicId(topic)
                .setPartitionData(
                    List.of(
                        new ProduceRequestData.PartitionProduceData()
                            .setIndex(partition)
                            .setRecords(records))));
    return new ProduceRequest(data, ApiKeys.PRODUCE.latestVersion());
  }

  private static Errors answer(ProduceResponse response) {
    return Errors.forCode(
        response.data().responses().iterator().next().partitionResponses().get(0).errorCode());
  }

  @Test
  void nothingIsLostWhenAllNodesAreKilledAtOnce() {
    try (CheckedLoad load = new CheckedLoad(cluster.bootstrap(), PARTITIONS, random)) {
      load.start();
      for (int i = 0; i < times; i++) {
        load.awaitProgress(2 + random.nextInt(10));
        cluster.kill();
        long startNs = System.nanoTime();
        cluster.start();
        System.out.printf(
            "cluster restart: all nodes ready after %.1f s%n", (System.nanoTime() - startNs) / 1e9);
        view.awaitHealed(probe);
      }
      load.awaitProgress(10);
      load.judge();
      System.out.println("cluster restart: " + load.failures() + " failures");
    }
  }

  @Test
  void topicsThatWereAcknowledgedOutliveTheControllerThatMadeThem() {
    for (int i = 0; i < times; i++) {
      String prefix = Clients.unique("made-" + i);
      ClusterNode controller = view.controller();
      Map<String, KafkaFuture<Void>> made = new TreeMap<>();
      for (int t = 0; t < TOPICS; t++) {
        String name = prefix + "-" + t;
        made.put(name, create(name));
        if (t == TOPICS / 2) {
          get(made.get(prefix + "-0"));
          controller.kill();
        }
      }
      made.forEach((name, future) -> awaitMade(name, future));
      int partitions =
          get(view.admin().describeTopics(made.keySet()).allTopicNames()).values().stream()
              .mapToInt(topic -> topic.partitions().size())
              .sum();
      assertEquals(TOPICS * PARTITIONS, partitions);
      assertNotEquals(controller.id(), view.controller().id());
      controller.start();
      view.awaitHealed(probe);
      Set<String> names = get(view.admin().listTopics().names());
      made.keySet().forEach(name -> assertEquals(true, names.contains(name), name));
    }
  }

  private static KafkaFuture<Void> create(String name) {
    return view.admin().createTopics(List.of(new NewTopic(name, PARTITIONS, (short) 1))).all();
  }

  /** A client that was told nothing asks again, and may then hear that it had been done. */
  private static void awaitMade(String name, KafkaFuture<Void> first) {
    Clients.await(
        "topic " + name,
        ClusterView.HEAL_DEADLINE,
        new Clients.Condition() {
          private KafkaFuture<Void> future = first;

          @Override
          public boolean holds() {
            if (!future.isDone()) {
              return false;
            }
            if (!future.isCompletedExceptionally()
                || Clients.errorOf(future) instanceof TopicExistsException) {
              return true;
            }
            System.out.println("topic " + name + ": " + Clients.errorOf(future));
            future = create(name);
            return false;
          }
        });
  }
}

package dev.naru.proving.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.proving.Clients;
import dev.naru.proving.SharedNode;
import dev.naru.proving.node.ClusterNode;
import dev.naru.proving.node.TestCluster;
import dev.naru.proving.node.TestNode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** Disks of 64 MB that are written until nothing more goes onto them, and then a bit longer. */
@EnabledIfSystemProperty(named = "soak", matches = "true")
@Tag("fault-8")
class FullDiskIT {
  private static final int SIZE_MB = 64;
  private static final int BALLAST_MB = 12;
  private static final int REFUSALS = 3;
  private static final int RECORDS_MAX = 5_000;
  private static final String PADDING = "x".repeat(50_000);
  private static final Duration ROOM_DEADLINE = Duration.ofMinutes(2);
  private static final Map<String, String> SETTINGS =
      Map.of("group.initial.rebalance.delay.ms", "0");

  private final List<SmallDisk> disks = new ArrayList<>();
  private final List<String> acknowledged = new ArrayList<>();
  private String refusal;

  private static String value(int i) {
    return i + ":" + PADDING;
  }

  @Test
  void theDiskOfALoneNodeIsFull() throws Exception {
    Fault fault = new Fault(8, 0);
    Path directory = SharedNode.newDirectory("full");
    try (TestNode node = TestNode.create(TestNode.Kind.NARU, directory, SETTINGS)) {
      disks.add(new SmallDisk(node.dataDirectory(), SIZE_MB, BALLAST_MB));
      node.start();
      judge(fault, "a lone node", node.bootstrap(), 1, List.of(node));
    } finally {
      disks.forEach(SmallDisk::close);
    }
  }

  @Test
  void theDisksOfAClusterAreFull() throws Exception {
    Fault fault = new Fault(8, 0);
    try (TestCluster cluster = new TestCluster(SharedNode.newDirectory("full"), 3, SETTINGS)) {
      for (ClusterNode node : cluster.nodes()) {
        disks.add(new SmallDisk(node.dataDirectory(), SIZE_MB, BALLAST_MB));
      }
      cluster.start();
      judge(fault, "three nodes", cluster.bootstrap(), 3, cluster.nodes());
    } finally {
      disks.forEach(SmallDisk::close);
    }
  }

  private void judge(
      Fault fault, String what, String bootstrap, int replicas, List<? extends TestNode> nodes)
      throws Exception {
    try (Admin admin = Clients.admin(bootstrap)) {
      String topic = create(admin, "filled", replicas);
      String spare = create(admin, "spare", replicas);
      fill(bootstrap, topic);
      int before = acknowledged.size();
      assertReadable(bootstrap, topic);
      Clients.get(admin.deleteTopics(List.of(spare)).all());

      for (SmallDisk disk : disks) {
        disk.giveRoom();
      }
      long roomNs = System.nanoTime();
      long died = nodes.stream().filter(node -> !node.isAlive()).count();
      goOn(bootstrap, topic);
      double seconds = (System.nanoTime() - roomNs) / 1e9;
      assertReadable(bootstrap, topic);
      nodes.forEach(TestNode::kill);
      nodes.forEach(TestNode::launch);
      nodes.forEach(TestNode::awaitReady);
      assertReadable(bootstrap, topic);
      fault.held(
          "%s: %d records of 50 kB acknowledged until the disk was full (%s), all of them readable"
              + " then, a topic deleted; %d processes ended; written again %.1f s after there was"
              + " room; all there after a restart",
          what, before, refusal, died, seconds);
    }
  }

  private static String create(Admin admin, String name, int replicas) {
    return Clients.createTopic(admin, new NewTopic(Clients.unique(name), 1, (short) replicas));
  }

  private static Producer<String, String> producer(String bootstrap) {
    return Clients.producer(
        bootstrap,
        "acks",
        "all",
        "request.timeout.ms",
        3_000,
        "delivery.timeout.ms",
        8_000,
        "linger.ms",
        0);
  }

  /** One record after the other, until several in a row were not acknowledged. */
  private void fill(String bootstrap, String topic) throws InterruptedException {
    int refusals = 0;
    try (Producer<String, String> producer = producer(bootstrap)) {
      for (int i = 0; refusals < REFUSALS; i++) {
        assertTrue(i < RECORDS_MAX, "the disk does not get full");
        refusals = send(producer, topic, value(i)) ? 0 : refusals + 1;
      }
    }
    assertFalse(acknowledged.isEmpty());
  }

  private boolean send(Producer<String, String> producer, String topic, String value)
      throws InterruptedException {
    try {
      producer.send(new ProducerRecord<>(topic, 0, null, value)).get();
      acknowledged.add(value);
      return true;
    } catch (ExecutionException e) {
      refusal = e.getCause().toString();
      return false;
    }
  }

  private void goOn(String bootstrap, String topic) {
    int[] tries = {0};
    try (Producer<String, String> producer = producer(bootstrap)) {
      Clients.await(
          "a record that is acknowledged",
          ROOM_DEADLINE,
          () -> send(producer, topic, "again:" + tries[0]++));
    }
  }

  /** What was acknowledged is there once and in order; what was refused may be there or not. */
  private void assertReadable(String bootstrap, String topic) {
    Set<String> wanted = Set.copyOf(acknowledged);
    List<String> values =
        Clients.readAll(bootstrap, "read_committed", new TopicPartition(topic, 0)).stream()
            .map(ConsumerRecord::value)
            .filter(wanted::contains)
            .toList();
    assertEquals(heads(acknowledged), heads(values));
  }

  private static List<String> heads(List<String> values) {
    return values.stream().map(value -> value.replace(PADDING, "")).toList();
  }
}

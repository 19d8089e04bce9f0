package dev.naru.proving.size;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.proving.Clients;
import dev.naru.proving.SharedNode;
import dev.naru.proving.node.NodeProbe;
import dev.naru.proving.node.TestNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/**
 * Thousands of partitions on one node: no thread for any of them, and all of them are served again
 * after a restart. How long that takes is printed; {@code -Dpartitions} says how many.
 */
class ManyPartitionsIT {
  private static final int TOPICS = 5;

  private final int partitions = Integer.getInteger("partitions", 5000);

  @Test
  void comeBackWithoutThreadsOfTheirOwn() throws Exception {
    Assumptions.assumeTrue(TestNode.Kind.chosen() == TestNode.Kind.NARU);
    Map<String, String> settings = Map.of("group.initial.rebalance.delay.ms", "0");
    try (TestNode node =
        TestNode.create(TestNode.Kind.NARU, SharedNode.newDirectory("many"), settings)) {
      node.start();
      List<TopicPartition> all = new ArrayList<>();
      SortedMap<String, Integer> few;
      try (Admin admin = Clients.admin(node.bootstrap())) {
        String first = Clients.createTopic(admin, "few", 1);
        produce(node, List.of(new TopicPartition(first, 0)));
        few = threads(node);
        for (int t = 0; t < TOPICS; t++) {
          String topic = Clients.createTopic(admin, "many", partitions / TOPICS);
          for (int p = 0; p < partitions / TOPICS; p++) {
            all.add(new TopicPartition(topic, p));
          }
        }
      }
      produce(node, all);
      assertEquals(few, threads(node), "threads with " + all.size() + " partitions");
      assertServed(node, all, 1);

      assertEquals(0, node.stop());
      restart(node, "a clean stop");
      assertServed(node, all, 1);
      produce(node, all);
      node.kill();
      restart(node, "kill -9");
      assertServed(node, all, 2);
      assertEquals(few, threads(node), "threads after the restarts");
    }
  }

  private void restart(TestNode node, String after) throws Exception {
    long beganNs = System.nanoTime();
    node.start();
    System.out.printf(
        "%d partitions: ready %.2f s after the process began (%.2f s of CPU), after %s;"
            + " resident %d MB%n",
        partitions,
        (System.nanoTime() - beganNs) / 1e9,
        node.process().info().totalCpuDuration().orElse(Duration.ZERO).toMillis() / 1e3,
        after,
        new NodeProbe(node).residentBytes() >> 20);
  }

  /** What is there for good. Those that end when idle come and go, and are never many. */
  private static SortedMap<String, Integer> threads(TestNode node) throws Exception {
    SortedMap<String, Integer> threads = new NodeProbe(node).threads();
    threads.keySet().removeIf(name -> !name.startsWith("naru-"));
    threads.forEach((name, count) -> assertTrue(count <= 4, () -> threads.toString()));
    threads
        .keySet()
        .removeAll(
            List.of(
                "naru-worker",
                "naru-group-loader",
                "naru-transaction-loader",
                "naru-log-reader-N",
                "naru-commit-helper"));
    return threads;
  }

  private static void produce(TestNode node, List<TopicPartition> partitions) {
    try (Producer<String, String> producer =
        Clients.producer(node.bootstrap(), "acks", "all", "delivery.timeout.ms", 120_000)) {
      List<java.util.concurrent.Future<?>> sent = new ArrayList<>();
      for (TopicPartition partition : partitions) {
        sent.add(
            producer.send(
                new ProducerRecord<>(partition.topic(), partition.partition(), null, "x")));
      }
      sent.forEach(Clients::get);
    }
  }

  private static void assertServed(TestNode node, List<TopicPartition> partitions, long end) {
    try (Admin admin = Clients.admin(node.bootstrap())) {
      Map<TopicPartition, OffsetSpec> ends = new HashMap<>();
      partitions.forEach(partition -> ends.put(partition, OffsetSpec.latest()));
      Clients.get(admin.listOffsets(ends).all())
          .forEach((partition, info) -> assertEquals(end, info.offset(), partition.toString()));
    }
  }
}

package dev.naru.proving.kill;

import static dev.naru.proving.Clients.get;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.proving.Clients;
import dev.naru.proving.SharedNode;
import dev.naru.proving.checker.Checker;
import dev.naru.proving.checker.Copies;
import dev.naru.proving.checker.History;
import dev.naru.proving.checker.PartitionId;
import dev.naru.proving.checker.Verdict;
import dev.naru.proving.checker.Violation;
import dev.naru.proving.load.CopyLoad;
import dev.naru.proving.load.FollowLoad;
import dev.naru.proving.load.IdempotentLoad;
import dev.naru.proving.load.Load;
import dev.naru.proving.load.TransactionalLoad;
import dev.naru.proving.node.TestNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/**
 * {@code kill -9} in the middle of idempotent and transactional load, again and again; in the end
 * nothing is lost, doubled, reordered or torn. {@code -Dkills=50} is the long form.
 */
class KillIT {
  private static final int PARTITIONS = 3;
  private static final Duration CATCH_UP_DEADLINE = Duration.ofMinutes(2);
  private static final String COPIER = "copier";

  private final int kills = Integer.getInteger("kills", 8);
  private final long seed = Long.getLong("seed", System.nanoTime());
  private final Random random = new Random(seed);
  private final History history = new History();
  private String plain;
  private String input;
  private String output;

  @Test
  void nothingIsLostDoubledReorderedOrTorn() throws Exception {
    System.out.println("kill test: " + kills + " kills, seed " + seed);
    Map<String, String> settings = Map.of("group.initial.rebalance.delay.ms", "0");
    try (TestNode node =
        TestNode.create(TestNode.Kind.chosen(), SharedNode.newDirectory("kill"), settings)) {
      node.start();
      try (Admin admin = Clients.admin(node.bootstrap())) {
        plain = Clients.createTopic(admin, "plain", PARTITIONS);
        input = Clients.createTopic(admin, "input", PARTITIONS);
        output = Clients.createTopic(admin, "output", PARTITIONS);
        loadAndKill(node, admin);
      }
      judge(node.bootstrap());
    }
  }

  private List<TopicPartition> partitions() {
    return Stream.of(plain, input, output)
        .flatMap(
            topic -> IntStream.range(0, PARTITIONS).mapToObj(p -> new TopicPartition(topic, p)))
        .toList();
  }

  private void loadAndKill(TestNode node, Admin admin) throws InterruptedException {
    String bootstrap = node.bootstrap();
    List<Load> writers =
        List.of(
            new IdempotentLoad("idempotent-1", bootstrap, history, plain, PARTITIONS),
            new IdempotentLoad("idempotent-2", bootstrap, history, plain, PARTITIONS),
            new TransactionalLoad("tx-1", bootstrap, history, input, PARTITIONS, random.nextLong()),
            new TransactionalLoad(
                "tx-2", bootstrap, history, input, PARTITIONS, random.nextLong()));
    CopyLoad copier = new CopyLoad(COPIER, bootstrap, history, COPIER, input, output);
    FollowLoad follower = new FollowLoad("follower", bootstrap, history, partitions());
    try (copier;
        follower) {
      copier.start();
      follower.start();
      try {
        writers.forEach(Load::start);
        for (int i = 0; i < kills; i++) {
          killOnce(node, writers);
        }
        awaitProgress(writers, 20);
      } finally {
        writers.forEach(Load::stop);
        writers.forEach(Load::close);
      }
      awaitCopies(bootstrap, admin);
    }
    Stream.concat(writers.stream(), Stream.of(copier, follower))
        .forEach(load -> assertEquals(List.of(), load.errors()));
  }

  private void killOnce(TestNode node, List<Load> loads) throws InterruptedException {
    awaitProgress(loads, 2 + random.nextInt(10));
    TimeUnit.MICROSECONDS.sleep(random.nextInt(200_000));
    node.kill();
    node.start();
  }

  /** Waits until every load has had so many records or transactions acknowledged. */
  private static void awaitProgress(List<Load> loads, long count) {
    for (Load load : loads) {
      long goal = load.done() + count;
      Clients.await(
          count + " acknowledgements for " + load.name(),
          CATCH_UP_DEADLINE,
          () -> load.done() >= goal);
    }
  }

  private void awaitCopies(String bootstrap, Admin admin) {
    Map<TopicPartition, Long> goals = new HashMap<>();
    TopicPartition[] inputs =
        IntStream.range(0, PARTITIONS)
            .mapToObj(p -> new TopicPartition(input, p))
            .toArray(TopicPartition[]::new);
    Clients.readAll(bootstrap, "read_committed", inputs)
        .forEach(
            r ->
                goals.merge(
                    new TopicPartition(r.topic(), r.partition()), r.offset() + 1, Math::max));
    Clients.await(
        "the copier to be through",
        CATCH_UP_DEADLINE,
        () -> {
          Map<TopicPartition, OffsetAndMetadata> committed =
              get(admin.listConsumerGroupOffsets(COPIER).partitionsToOffsetAndMetadata());
          return goals.entrySet().stream()
              .allMatch(
                  g ->
                      committed.get(g.getKey()) != null
                          && committed.get(g.getKey()).offset() >= g.getValue());
        });
  }

  private void judge(String bootstrap) {
    Map<PartitionId, List<History.Entry>> java = FinalReads.withJava(bootstrap, partitions());
    Map<PartitionId, List<History.Entry>> python =
        FinalReads.withPython(bootstrap, List.of(plain, input, output));
    java.forEach((partition, entries) -> history.finalRead("kafka-clients", partition, entries));
    python.forEach(
        (partition, entries) -> history.finalRead("confluent-kafka", partition, entries));
    Verdict verdict = Checker.check(history);
    System.out.println("kill test: " + verdict);
    List<Violation> copies = new ArrayList<>();
    for (int p = 0; p < PARTITIONS; p++) {
      PartitionId out = new PartitionId(output, p);
      copies.addAll(Copies.check(out, java.get(new PartitionId(input, p)), java.get(out)));
    }
    assertTrue(verdict.passed(), verdict::toString);
    assertEquals(List.of(), copies);
  }
}

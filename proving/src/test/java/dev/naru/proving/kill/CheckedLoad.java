package dev.naru.proving.kill;

import static dev.naru.proving.Clients.get;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.proving.Clients;
import dev.naru.proving.checker.Checker;
import dev.naru.proving.checker.Copies;
import dev.naru.proving.checker.History;
import dev.naru.proving.checker.PartitionId;
import dev.naru.proving.checker.Silences;
import dev.naru.proving.checker.Verdict;
import dev.naru.proving.checker.Violation;
import dev.naru.proving.load.CopyLoad;
import dev.naru.proving.load.FollowLoad;
import dev.naru.proving.load.IdempotentLoad;
import dev.naru.proving.load.Load;
import dev.naru.proving.load.TransactionalLoad;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/**
 * Idempotent and transactional producers, an exactly-once copier and a follower, all of them
 * written down; at the end the checker says whether anything was lost, doubled, reordered or torn.
 */
public final class CheckedLoad implements AutoCloseable {
  private static final Duration CATCH_UP_DEADLINE = Duration.ofMinutes(2);

  private final String bootstrap;
  private final int partitions;
  private final History history = new History();
  private final Admin admin;
  private final String plain;
  private final String input;
  private final String output;
  private final List<Load> writers;
  private final CopyLoad copier;
  private final FollowLoad follower;

  /** Makes the topics; nothing runs yet. */
  public CheckedLoad(String bootstrap, int partitions, Random random) {
    this.bootstrap = bootstrap;
    this.partitions = partitions;
    admin = Clients.admin(bootstrap);
    plain = Clients.createTopic(admin, "plain", partitions);
    input = Clients.createTopic(admin, "input", partitions);
    output = Clients.createTopic(admin, "output", partitions);
    writers =
        List.of(
            new IdempotentLoad("idempotent-1", bootstrap, history, plain, partitions),
            new IdempotentLoad("idempotent-2", bootstrap, history, plain, partitions),
            transactional("tx-1", random),
            transactional("tx-2", random));
    String name = Clients.unique("copier");
    copier = new CopyLoad(name, bootstrap, history, name, input, output);
    follower =
        new FollowLoad(
            "follower",
            bootstrap,
            history,
            Stream.of(plain, input, output).flatMap(this::partitionsOf).toList());
  }

  private Load transactional(String name, Random random) {
    return new TransactionalLoad(
        Clients.unique(name), bootstrap, history, input, partitions, random.nextLong());
  }

  private Stream<TopicPartition> partitionsOf(String topic) {
    return IntStream.range(0, partitions).mapToObj(p -> new TopicPartition(topic, p));
  }

  public void start() {
    copier.start();
    follower.start();
    writers.forEach(Load::start);
  }

  /** Waits until every writer has had so many records or transactions acknowledged. */
  public void awaitProgress(long count) {
    for (Load load : writers) {
      long goal = load.done() + count;
      Clients.await(
          count + " acknowledgements for " + load.name() + ", " + load.failures() + " failures",
          CATCH_UP_DEADLINE,
          () -> load.done() >= goal);
    }
  }

  /** How often a client had to start again after an error. */
  public long failures() {
    return all().mapToLong(Load::failures).sum();
  }

  /**
   * How long the partitions of the plain topic went without an acknowledgement; for when the load
   * is stopped.
   */
  public Silences silences(long fromNs, long toNs) {
    return Silences.of(history, plain, fromNs, toNs);
  }

  private Stream<Load> all() {
    return Stream.concat(writers.stream(), Stream.of(copier, follower));
  }

  /** Lets everything come to its end and fails on whatever the checker has to say. */
  public Verdict judge() {
    stopWriters();
    awaitCopies();
    close();
    all().forEach(load -> assertEquals(List.of(), load.errors()));
    return verdict();
  }

  private void stopWriters() {
    writers.forEach(Load::stop);
    writers.forEach(Load::close);
  }

  private void awaitCopies() {
    Map<TopicPartition, Long> goals = new HashMap<>();
    TopicPartition[] inputs = partitionsOf(input).toArray(TopicPartition[]::new);
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
              get(admin.listConsumerGroupOffsets(copier.name()).partitionsToOffsetAndMetadata());
          return goals.entrySet().stream()
              .allMatch(
                  g ->
                      committed.get(g.getKey()) != null
                          && committed.get(g.getKey()).offset() >= g.getValue());
        });
  }

  private Verdict verdict() {
    List<TopicPartition> everything =
        Stream.of(plain, input, output).flatMap(this::partitionsOf).toList();
    Map<PartitionId, List<History.Entry>> java = FinalReads.withJava(bootstrap, everything);
    Map<PartitionId, List<History.Entry>> python =
        FinalReads.withPython(bootstrap, List.of(plain, input, output));
    java.forEach((partition, entries) -> history.finalRead("kafka-clients", partition, entries));
    python.forEach(
        (partition, entries) -> history.finalRead("confluent-kafka", partition, entries));
    Verdict verdict = Checker.check(history);
    System.out.println("checked load: " + verdict);
    List<Violation> copies = new ArrayList<>();
    for (int p = 0; p < partitions; p++) {
      PartitionId out = new PartitionId(output, p);
      copies.addAll(Copies.check(out, java.get(new PartitionId(input, p)), java.get(out)));
    }
    assertTrue(verdict.passed(), verdict::toString);
    assertEquals(List.of(), copies);
    return verdict;
  }

  /** Stops all clients and waits for their ends. */
  @Override
  public void close() {
    all().forEach(Load::stop);
    all().forEach(Load::close);
    admin.close(Duration.ZERO);
  }
}

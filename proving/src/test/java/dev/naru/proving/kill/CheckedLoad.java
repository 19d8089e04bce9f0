package dev.naru.proving.kill;

import static dev.naru.proving.Clients.get;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.proving.Clients;
import dev.naru.proving.checker.Acknowledged;
import dev.naru.proving.checker.Checker;
import dev.naru.proving.checker.Copies;
import dev.naru.proving.checker.History;
import dev.naru.proving.checker.PartitionId;
import dev.naru.proving.checker.Silences;
import dev.naru.proving.checker.Verdict;
import dev.naru.proving.checker.Violation;
import dev.naru.proving.load.CommitWatch;
import dev.naru.proving.load.CopyLoad;
import dev.naru.proving.load.FollowLoad;
import dev.naru.proving.load.IdempotentLoad;
import dev.naru.proving.load.Load;
import dev.naru.proving.load.MemberLoad;
import dev.naru.proving.load.TransactionalLoad;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/**
 * Idempotent and transactional producers, an exactly-once copier, a follower and a group, all of
 * them written down; at the end the checker says whether anything was lost, doubled, reordered or
 * torn.
 */
public final class CheckedLoad implements AutoCloseable {
  private static final Duration CATCH_UP_DEADLINE = Duration.ofMinutes(2);

  /** Records of a transaction, on the average. */
  private static final int TRANSACTION_RECORDS = 15;

  private static final Map<String, Object> MEMBER =
      Map.of("session.timeout.ms", 10_000, "heartbeat.interval.ms", 500);

  /**
   * How much of it there is.
   *
   * @param partitions of each topic
   * @param perSecond records a second of each producer at most; 0 for as fast as it goes
   * @param members of the group that reads what is produced; 0 for no group
   * @param configs of the topics, names and values in turn
   * @param producers their settings, beside those that they need
   */
  public record Shape(
      int partitions,
      int perSecond,
      int members,
      List<String> configs,
      Map<String, Object> producers) {
    /** As fast as it goes, without a group. */
    public static Shape of(int partitions) {
      return new Shape(partitions, 0, 0, List.of(), Map.of());
    }

    public Shape pace(int recordsPerSecond) {
      return new Shape(partitions, recordsPerSecond, members, configs, producers);
    }

    public Shape withGroupOf(int count) {
      return new Shape(partitions, perSecond, count, configs, producers);
    }

    /** Configs of the topics, names and values in turn. */
    public Shape with(String... topicConfigs) {
      return new Shape(partitions, perSecond, members, List.of(topicConfigs), producers);
    }

    /** Producers that ask anew when there is no answer for so long. */
    public Shape impatient(int requestTimeoutMs) {
      Map<String, Object> settings = Map.of("request.timeout.ms", requestTimeoutMs);
      return new Shape(partitions, perSecond, members, configs, settings);
    }
  }

  private final String bootstrap;
  private final Shape shape;
  private final History history = new History();
  private final Admin admin;
  private final String plain;
  private final String input;
  private final String output;
  private final List<Load> writers;
  private final CopyLoad copier;
  private final List<Load> readers = new ArrayList<>();

  /** Makes the topics; nothing runs yet. */
  public CheckedLoad(String bootstrap, int partitions, Random random) {
    this(bootstrap, Shape.of(partitions), random);
  }

  /** As above, of another shape. */
  public CheckedLoad(String bootstrap, Shape shape, Random random) {
    this.bootstrap = bootstrap;
    this.shape = shape;
    admin = Clients.admin(bootstrap);
    plain = createTopic("plain");
    input = createTopic("input");
    output = createTopic("output");
    writers =
        List.of(
            idempotent("idempotent-1"),
            idempotent("idempotent-2"),
            transactional("tx-1", random),
            transactional("tx-2", random));
    String name = Clients.unique("copier");
    copier = new CopyLoad(name, bootstrap, history, name, input, output);
    Stream.concat(writers.stream(), Stream.of(copier)).forEach(each -> each.with(shape.producers));
    readers.add(
        new FollowLoad(
            "follower",
            bootstrap,
            history,
            Stream.of(plain, input, output).flatMap(this::partitionsOf).toList()));
    addGroup();
  }

  private String createTopic(String name) {
    return Clients.createTopic(admin, name, shape.partitions, shape.configs.toArray(String[]::new));
  }

  private Load idempotent(String name) {
    int perSecond = shape.perSecond == 0 ? IdempotentLoad.PER_SECOND : shape.perSecond;
    return new IdempotentLoad(name, bootstrap, history, plain, shape.partitions, perSecond);
  }

  private Load transactional(String name, Random random) {
    int pauseMs = shape.perSecond == 0 ? 0 : 1_000 * TRANSACTION_RECORDS / shape.perSecond;
    return new TransactionalLoad(
        Clients.unique(name),
        bootstrap,
        history,
        input,
        shape.partitions,
        random.nextLong(),
        pauseMs);
  }

  private void addGroup() {
    if (shape.members == 0) {
      return;
    }
    String group = Clients.unique("group");
    for (int i = 1; i <= shape.members; i++) {
      readers.add(
          new MemberLoad("member-" + i, bootstrap, history, group, MEMBER, List.of(plain, input)));
    }
    readers.add(new CommitWatch("commits", bootstrap, history, group));
  }

  private Stream<TopicPartition> partitionsOf(String topic) {
    return IntStream.range(0, shape.partitions).mapToObj(p -> new TopicPartition(topic, p));
  }

  public void start() {
    copier.start();
    readers.forEach(Load::start);
    writers.forEach(Load::start);
  }

  /** Waits until every writer has had so many records or transactions acknowledged. */
  public void awaitProgress(long count) {
    for (Load load : writers) {
      long goal = load.done() + count;
      try {
        Clients.await(
            count + " acknowledgements for " + load.name(),
            CATCH_UP_DEADLINE,
            () -> load.done() >= goal);
      } catch (AssertionError e) {
        throw new AssertionError(
            e.getMessage() + "; it failed " + load.failures() + " times: " + load.said(), e);
      }
    }
  }

  /** What the first errors of each client said. */
  public List<String> said() {
    return all().flatMap(load -> load.said().stream()).toList();
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

  /** What was acknowledged of the plain topic; for when the load is stopped. */
  public Acknowledged acknowledged(long fromNs, long toNs) {
    Predicate<PartitionId> ofPlain = partition -> partition.topic().equals(plain);
    return Acknowledged.of(history, ofPlain, fromNs, toNs);
  }

  private Stream<Load> all() {
    return Stream.of(writers.stream(), Stream.of(copier), readers.stream()).flatMap(loads -> loads);
  }

  /** Lets everything come to its end and fails on whatever the checker has to say. */
  public Verdict judge() {
    stopWriters();
    awaitCopies();
    close();
    all().forEach(load -> assertEquals(List.of(), load.errors()));
    readers.forEach(load -> assertTrue(load.done() > 0, load.name() + " saw nothing"));
    Verdict verdict = found().with(copies());
    System.out.println("checked load: " + verdict);
    assertTrue(verdict.passed(), verdict::toString);
    return verdict;
  }

  /** Stops everything where it is; what the checker has to say, whatever that is. */
  public Verdict verdict() {
    close();
    return found();
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

  private Verdict found() {
    FinalReads.of(
        history,
        bootstrap,
        Map.of(plain, shape.partitions, input, shape.partitions, output, shape.partitions));
    return Checker.check(history);
  }

  private List<Violation> copies() {
    List<Violation> copies = new ArrayList<>();
    for (int p = 0; p < shape.partitions; p++) {
      PartitionId out = new PartitionId(output, p);
      copies.addAll(
          Copies.check(
              out,
              history.finalRead(FinalReads.JAVA, new PartitionId(input, p)),
              history.finalRead(FinalReads.JAVA, out)));
    }
    return copies;
  }

  /** Stops all clients and waits for their ends. */
  @Override
  public void close() {
    all().forEach(Load::stop);
    all().forEach(Load::close);
    admin.close(Duration.ZERO);
  }
}

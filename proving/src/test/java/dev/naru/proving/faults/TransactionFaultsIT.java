package dev.naru.proving.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.proving.Clients;
import dev.naru.proving.checker.Checker;
import dev.naru.proving.checker.Copies;
import dev.naru.proving.checker.History;
import dev.naru.proving.checker.PartitionId;
import dev.naru.proving.checker.Verdict;
import dev.naru.proving.checker.Violation;
import dev.naru.proving.cluster.OnCluster;
import dev.naru.proving.kill.FinalReads;
import dev.naru.proving.load.CopyLoad;
import dev.naru.proving.load.FollowLoad;
import dev.naru.proving.load.Load;
import dev.naru.proving.load.TransferLoad;
import dev.naru.proving.node.TestCluster;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Transactions whose clients and brokers die, and transactional ids that two producers claim. */
@EnabledIfSystemProperty(named = "soak", matches = "true")
class TransactionFaultsIT {
  private static final int NODES = 3;
  private static final int PARTITIONS = 6;
  private static final int COPIERS = 2;
  private static final int RECORDS_MAX = 750;
  private static final int MESSAGES = Integer.getInteger("fault.messages", 100_000);
  private static final Duration COPY_DEADLINE = Duration.ofMinutes(30);

  /** Kafka's default for producers. */
  private static final Duration TRANSACTION_TIMEOUT = Duration.ofSeconds(60);

  private static final Duration GRACE = Duration.ofSeconds(10);

  @RegisterExtension static final OnCluster CLUSTER = OnCluster.of(NODES);

  private final TestCluster cluster = CLUSTER.cluster();
  private final String bootstrap = cluster.bootstrap();
  private final History history = new History();

  private static List<TopicPartition> partitions(String topic, int count) {
    return IntStream.range(0, count).mapToObj(p -> new TopicPartition(topic, p)).toList();
  }

  // ---- Copies
  // ------------------------------------------------------------------------------------

  @Test
  @Tag("fault-12")
  void aCopyIsMadeExactlyOnceWhileBrokersAndClientsDie() throws Exception {
    Fault fault = new Fault(12, 0);
    String input = CLUSTER.view().createTopic("input", PARTITIONS);
    String output = CLUSTER.view().createTopic("output", PARTITIONS);
    fill(input);
    Map<TopicPartition, Long> ends = ends("read_committed", partitions(input, PARTITIONS));
    String group = Clients.unique("copy");
    CopyLoad[] copiers = new CopyLoad[COPIERS];
    List<Load> all = new ArrayList<>();
    Load follower = new FollowLoad("follower", bootstrap, history, partitions(output, PARTITIONS));
    all.add(follower);
    follower.start();
    long startNs = System.nanoTime();
    int bounces = 0;
    int kills = 0;
    try {
      for (int i = 0; i < COPIERS; i++) {
        copiers[i] = startCopier(group, i, input, output, all);
      }
      while (!isThrough(group, ends)) {
        assertTrue(System.nanoTime() - startNs < COPY_DEADLINE.toNanos(), "the copy hangs");
        TimeUnit.MILLISECONDS.sleep(2_000 + fault.random().nextInt(3_000));
        if (fault.random().nextInt(3) == 0) {
          cluster.node(1 + fault.random().nextInt(NODES)).kill();
          kills++;
          CLUSTER.heal();
        } else {
          int which = fault.random().nextInt(COPIERS);
          copiers[which].die();
          copiers[which].close();
          copiers[which] = startCopier(group, which, input, output, all);
          bounces++;
        }
      }
    } finally {
      all.forEach(Load::stop);
      all.forEach(Load::close);
    }
    double seconds = (System.nanoTime() - startNs) / 1e9;
    double hung = awaitNothingOpen(output);
    all.forEach(load -> assertEquals(List.of(), load.errors()));
    FinalReads.of(history, bootstrap, Map.of(input, PARTITIONS, output, PARTITIONS));
    Verdict verdict = Checker.check(history).with(copies(input, output));
    // What copiers sent and did not commit is most of the unknown here, and decides nothing.
    assertEquals(List.of(), verdict.violations(), verdict::toString);
    fault.held(
        "%d messages copied in %.0f s in transactions of up to %d, %d clients and %d brokers died;"
            + " the last transaction was over %.1f s after the end; %s",
        MESSAGES, seconds, RECORDS_MAX, bounces, kills, hung, verdict);
  }

  private void fill(String input) {
    try (Producer<String, String> producer = Clients.producer(bootstrap, "acks", "all")) {
      for (int i = 0; i < MESSAGES; i++) {
        int partition = i % PARTITIONS;
        String value = "message:" + i;
        History.Send send =
            history.send(value, "filler", new PartitionId(input, partition), System.nanoTime());
        producer.send(
            new ProducerRecord<>(input, partition, null, value),
            (metadata, error) -> {
              if (error == null) {
                send.ok(metadata.offset(), System.nanoTime());
              }
            });
      }
      producer.flush();
    }
  }

  private CopyLoad startCopier(
      String group, int which, String input, String output, List<Load> all) {
    CopyLoad copier =
        new CopyLoad(group + "-" + which, bootstrap, history, group, input, output, RECORDS_MAX);
    all.add(copier);
    copier.start();
    return copier;
  }

  private boolean isThrough(String group, Map<TopicPartition, Long> ends) {
    Map<TopicPartition, OffsetAndMetadata> committed =
        Clients.get(
            CLUSTER.view().admin().listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata());
    return ends.entrySet().stream()
        .allMatch(
            end ->
                committed.get(end.getKey()) != null
                    && committed.get(end.getKey()).offset() >= end.getValue());
  }

  private Map<TopicPartition, Long> ends(String isolation, List<TopicPartition> partitions) {
    try (Consumer<String, String> consumer =
        Clients.consumer(bootstrap, "isolation.level", isolation)) {
      return consumer.endOffsets(partitions);
    }
  }

  /** Seconds until no transaction is open any more. */
  private double awaitNothingOpen(String output) {
    long fromNs = System.nanoTime();
    List<TopicPartition> partitions = partitions(output, PARTITIONS);
    Clients.await(
        "the end of all transactions",
        TRANSACTION_TIMEOUT.plus(GRACE),
        () -> ends("read_committed", partitions).equals(ends("read_uncommitted", partitions)));
    return (System.nanoTime() - fromNs) / 1e9;
  }

  private List<Violation> copies(String input, String output) {
    List<Violation> copies = new ArrayList<>();
    for (int p = 0; p < PARTITIONS; p++) {
      PartitionId out = new PartitionId(output, p);
      copies.addAll(
          Copies.check(
              out,
              history.finalRead(FinalReads.JAVA, new PartitionId(input, p)),
              history.finalRead(FinalReads.JAVA, out)));
    }
    return copies;
  }

  // ---- Money
  // -------------------------------------------------------------------------------------

  @Test
  @Tag("fault-14")
  void twoProducersWithOneIdTransferMoneyAndTheSumStays() throws Exception {
    Fault fault = new Fault(14, 5);
    String topic = CLUSTER.view().createTopic("accounts", PARTITIONS);
    String id = Clients.unique("bank");
    List<Load> banks = new ArrayList<>();
    for (int i = 1; i <= 2; i++) {
      banks.add(
          new TransferLoad(
              "bank-" + i, bootstrap, history, id, topic, PARTITIONS, fault.random().nextLong()));
    }
    int kills = 0;
    try {
      banks.forEach(Load::start);
      do {
        TimeUnit.MILLISECONDS.sleep(10_000 + fault.random().nextInt(5_000));
        CLUSTER.view().transactionCoordinator(id).kill();
        kills++;
        CLUSTER.heal();
      } while (fault.lasts());
    } finally {
      banks.forEach(Load::stop);
      banks.forEach(Load::close);
    }
    banks.forEach(bank -> assertEquals(List.of(), bank.errors()));
    banks.forEach(bank -> assertTrue(bank.done() > 0, bank.name() + " transferred nothing"));
    Clients.await(
        "the end of all transactions",
        TRANSACTION_TIMEOUT.plus(GRACE),
        () ->
            ends("read_committed", partitions(topic, PARTITIONS))
                .equals(ends("read_uncommitted", partitions(topic, PARTITIONS))));
    FinalReads.of(history, bootstrap, Map.of(topic, PARTITIONS));
    Verdict verdict = Checker.check(history);
    assertTrue(verdict.passed(), verdict::toString);
    TopicPartition[] accounts = partitions(topic, PARTITIONS).toArray(TopicPartition[]::new);
    long sum =
        Clients.readAll(bootstrap, "read_committed", accounts).stream()
            .map(ConsumerRecord::value)
            .mapToLong(TransferLoad::amountOf)
            .sum();
    assertEquals(0, sum);
    long fenced = banks.stream().mapToLong(Load::failures).sum();
    assertTrue(fenced > 0, "nobody was fenced");
    fault.held(
        "%d transfers, %d times one was fenced or failed, %d kills of the coordinator, the sum is"
            + " %d; %s",
        banks.stream().mapToLong(Load::done).sum(), fenced, kills, sum, verdict);
  }
}

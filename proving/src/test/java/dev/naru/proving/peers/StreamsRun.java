package dev.naru.proving.peers;

import dev.naru.proving.Clients;
import dev.naru.proving.SharedNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListTransactionsOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.LongDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;

/**
 * Lives of one Kafka Streams application over the same topics, and what its output must be. Record
 * number i is {@code WORD i}; words and keys take turns.
 */
final class StreamsRun implements AutoCloseable {
  static final int PARTITIONS = 2;

  private static final int KEYS = 5;
  private static final int WORDS = 7;
  private static final int STEP_MS = 20;
  private static final int WINDOW_MS = 10_000;

  /** The input stays so far ahead of the counts, so that a death always meets work in progress. */
  private static final int AHEAD = 1_500;

  private static final int PORTION = 100;

  private final Admin admin;
  private final String bootstrap;
  private final String guarantee;
  private final String id = Clients.unique("streams");
  private final Path directory = SharedNode.newDirectory("streams");
  private final String source;
  private final long firstMs;
  private final Producer<String, String> producer;
  private final KafkaConsumer<String, Long> counts;
  private int sent;
  private int counted;
  private int lives;
  private int states;
  private Peer app;

  StreamsRun(Admin admin, String bootstrap, String guarantee) {
    this.admin = admin;
    this.bootstrap = bootstrap;
    this.guarantee = guarantee;
    source = Clients.createTopic(admin, "streams-source", PARTITIONS);
    for (String output : List.of("copied", "counted", "summed")) {
      createOutput(admin, output);
    }
    long hourAgoMs = System.currentTimeMillis() - 3_600_000;
    firstMs = hourAgoMs - hourAgoMs % WINDOW_MS;
    producer = Clients.producer(bootstrap, "linger.ms", 5);
    counts = longs(bootstrap);
    counts.assign(partitions(output("counted")));
    counts.seekToBeginning(counts.assignment());
  }

  private void createOutput(Admin admin, String name) {
    Clients.get(
        admin.createTopics(List.of(new NewTopic(output(name), PARTITIONS, (short) 1))).all());
  }

  String id() {
    return id;
  }

  String source() {
    return source;
  }

  String output(String name) {
    return source + "-" + name;
  }

  int sent() {
    return sent;
  }

  // ---- Lives ---------------------------------------------------------------------------------

  void start() {
    Path log = directory.resolve("life-" + ++lives + ".log");
    app =
        Peer.logging(
            log.toFile(),
            "StreamsApp",
            bootstrap,
            id,
            guarantee,
            "classic",
            directory.resolve("state-" + states).toString(),
            source,
            source);
  }

  void killAndStart() {
    app.kill();
    app.close();
    start();
  }

  /** The next life finds none of the state that the last one had on its disk. */
  void killForgetAndStart() {
    app.kill();
    app.close();
    states++;
    start();
  }

  /** It stands still until its transactions have outlived their timeout, and then goes on. */
  void stallUntilAborted() {
    Clients.await("an open transaction", () -> feedOnce() && openTransactions() > 0);
    app.pause();
    Clients.await("the end of the open transactions", () -> openTransactions() == 0);
    app.goOn();
  }

  private long openTransactions() {
    ListTransactionsOptions open =
        new ListTransactionsOptions().filterStates(Set.of(TransactionState.ONGOING));
    return Clients.get(admin.listTransactions(open).all()).stream()
        .filter(transaction -> transaction.transactionalId().startsWith(id))
        .count();
  }

  /** Lets the application finish what there is, and then end in order. */
  void stop() {
    Clients.await("all counts", Duration.ofSeconds(60), () -> follow() >= sent);
    app.stop();
    app.close();
  }

  /** Sends on and on, a little ahead of the application, until it has counted so many records. */
  void feedUntilCounted(int goal) {
    Clients.await(goal + " counts", Duration.ofSeconds(60), () -> feedOnce() && counted >= goal);
  }

  /**
   * Sends on and on, until the application has deleted something of what it has read of a topic of
   * its own: it asks for that twice a second, and waits for no answer.
   */
  void feedUntilPurged() {
    TopicPartition repartition = new TopicPartition(id + "-by-word-repartition", 0);
    Clients.await(
        "records that are deleted from " + repartition,
        Duration.ofSeconds(60),
        () -> feedOnce() && firstOffset(repartition) > 0);
  }

  private long firstOffset(TopicPartition partition) {
    return Clients.get(
            admin.listOffsets(Map.of(partition, OffsetSpec.earliest())).partitionResult(partition))
        .offset();
  }

  private boolean feedOnce() {
    if (!app.process().isAlive()) {
      throw new AssertionError("the application ended: " + lastWords());
    }
    while (sent < counted + AHEAD) {
      send(PORTION);
    }
    follow();
    return true;
  }

  private void send(int count) {
    for (int i = sent; i < sent + count; i++) {
      ProducerRecord<String, String> record =
          new ProducerRecord<>(
              source, null, firstMs + (long) STEP_MS * i, key(i), word(i) + " " + i);
      record.headers().add("n", String.valueOf(i).getBytes(StandardCharsets.UTF_8));
      producer.send(record);
    }
    producer.flush();
    sent += count;
  }

  private int follow() {
    counted += counts.poll(Duration.ofMillis(50)).count();
    return counted;
  }

  /** What it said, with the last cause that it gave at the very front. */
  private String lastWords() {
    try {
      String said = Files.readString(directory.resolve("life-" + lives + ".log"));
      String reason =
          said.lines()
              .filter(line -> line.contains("Exception"))
              .findFirst()
              .orElse("no exception");
      return reason + "\n" + said;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  // ---- What must come out --------------------------------------------------------------------

  private static String key(int i) {
    return "k" + i % KEYS;
  }

  private static String word(int i) {
    return "w" + i % WORDS;
  }

  /** For every word: 1, 2, 3, …, without a gap and without a repetition. */
  Map<String, List<Long>> expectedCounts() {
    Map<String, List<Long>> expected = new TreeMap<>();
    for (int i = 0; i < sent; i++) {
      List<Long> counts = expected.computeIfAbsent(word(i), w -> new ArrayList<>());
      counts.add(counts.size() + 1L);
    }
    return expected;
  }

  /** For every key and window: the sums as they grow. */
  Map<String, List<Long>> expectedSums() {
    Map<String, List<Long>> expected = new TreeMap<>();
    for (int i = 0; i < sent; i++) {
      long timestampMs = firstMs + (long) STEP_MS * i;
      String key = key(i) + "@" + (timestampMs - timestampMs % WINDOW_MS);
      List<Long> sums = expected.computeIfAbsent(key, k -> new ArrayList<>());
      sums.add(i + (sums.isEmpty() ? 0 : sums.get(sums.size() - 1)));
    }
    return expected;
  }

  /** Every committed record of an output of numbers. */
  static List<ConsumerRecord<String, Long>> readLongs(String bootstrap, String topic) {
    List<ConsumerRecord<String, Long>> records = new ArrayList<>();
    try (KafkaConsumer<String, Long> consumer = longs(bootstrap)) {
      consumer.assign(partitions(topic));
      consumer.seekToBeginning(consumer.assignment());
      Set<TopicPartition> left = new HashSet<>(consumer.assignment());
      Map<TopicPartition, Long> ends = consumer.endOffsets(left);
      Clients.await(
          "the end of " + topic,
          () -> {
            consumer.poll(Duration.ofMillis(100)).forEach(records::add);
            left.removeIf(partition -> consumer.position(partition) >= ends.get(partition));
            return left.isEmpty();
          });
    }
    return records;
  }

  private static KafkaConsumer<String, Long> longs(String bootstrap) {
    return new KafkaConsumer<>(
        Map.of("bootstrap.servers", bootstrap, "isolation.level", "read_committed"),
        new StringDeserializer(),
        new LongDeserializer());
  }

  private static List<TopicPartition> partitions(String topic) {
    return IntStream.range(0, PARTITIONS).mapToObj(p -> new TopicPartition(topic, p)).toList();
  }

  @Override
  public void close() {
    if (app != null) {
      app.close();
    }
    producer.close();
    counts.close();
  }
}

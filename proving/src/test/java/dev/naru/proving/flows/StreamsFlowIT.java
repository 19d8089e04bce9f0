package dev.naru.proving.flows;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.naru.proving.Clients;
import dev.naru.proving.SharedNode;
import dev.naru.proving.node.TestNode;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Flow 6, docs/flows/6-streams.md: a topic, Kafka Streams, a topic. */
@Tag("once")
class StreamsFlowIT {
  private static final String FROM = "orders";
  private static final String TO = "sales-per-minute";
  private static final int PARTITIONS = 6;
  private static final int SHOPS = 11;
  private static final int STEP_MS = 50;
  private static final int MINUTE_MS = 60_000;
  private static final Duration DEADLINE = Duration.ofMinutes(3);
  private static final List<String> UNREADABLE = List.of("no order", "{\"order\":1}");
  private static final int PORTION = 200;

  /** So far the orders stay ahead of the application, so that a death meets work in progress. */
  private static final int AHEAD = 4_000;

  private final Path directory = SharedNode.newDirectory("streams-flow");
  private final List<Example> started = new ArrayList<>();
  private final List<ConsumerRecord<String, String>> results = new ArrayList<>();

  /** Not so long ago that retention would take what nobody has read yet. */
  private final long firstMs =
      Instant.now().minus(Duration.ofHours(6)).truncatedTo(ChronoUnit.HOURS).toEpochMilli();

  private TestNode node;
  private Admin admin;
  private GroupView group;
  private Producer<String, String> producer;
  private Consumer<String, String> consumer;
  private int sent;

  @BeforeEach
  void prepare() {
    node =
        TestNode.create(
            TestNode.Kind.chosen(),
            directory.resolve("node"),
            Map.of(
                "group.initial.rebalance.delay.ms", "0", "group.min.session.timeout.ms", "1000"));
    node.start();
    admin = Clients.admin(node.bootstrap());
    group = new GroupView(admin, TO);
    for (String topic : List.of(FROM, TO)) {
      Clients.createTopic(admin, new NewTopic(topic, PARTITIONS, (short) 1));
    }
    producer = Clients.producer(node.bootstrap(), "linger.ms", 5);
    consumer = Clients.consumer(node.bootstrap(), "isolation.level", "read_committed");
    consumer.assign(
        IntStream.range(0, PARTITIONS).mapToObj(p -> new TopicPartition(TO, p)).toList());
    consumer.seekToBeginning(consumer.assignment());
  }

  @AfterEach
  void end() {
    started.forEach(Example::close);
    producer.close();
    consumer.close();
    admin.close();
    node.close();
  }

  @Test
  void everyMinuteOfEveryShopIsRightOnceFromOneProcessToThreeWithOneKilled() {
    start();
    UNREADABLE.forEach(value -> producer.send(new ProducerRecord<>(FROM, shop(0), value)));
    feedUntil("the first minutes", () -> results.size() >= 3 * SHOPS);
    Example second = start();
    start();
    feedUntil("three at work", () -> group.working() == 3);
    int shared = results.size();
    feedUntil("results of three", () -> results.size() >= shared + 3 * SHOPS);
    second.kill();
    started.remove(second);
    feedUntil("two at work", () -> group.working() == 2);
    int left = results.size();
    feedUntil("results of two", () -> results.size() >= left + 3 * SHOPS);

    Map<String, String> expected = expected();
    try {
      Clients.await(
          expected.size() + " results",
          Duration.ofSeconds(90),
          () -> {
            // Time goes on by records alone, in each partition, and the last minutes end.
            tick();
            return follow() >= expected.size();
          });
    } catch (AssertionError late) {
      expected.keySet().removeAll(byShopAndMinute().keySet());
      throw new AssertionError(
          "missing "
              + expected
              + "; committed "
              + Clients.get(admin.listConsumerGroupOffsets(TO).partitionsToOffsetAndMetadata())
              + " of "
              + GroupView.end(admin, FROM, PARTITIONS),
          late);
    }
    started.forEach(Example::assertAlive);
    started.forEach(Example::stop);
    follow();
    assertEquals(expected, byShopAndMinute());
    assertEquals(expected.size(), results.size(), "a minute came twice");
    assertEquals(UNREADABLE, Clients.readValues(node.bootstrap(), TO + "-errors"));
  }

  private Example start() {
    int number = started.size() + 1;
    Example example =
        Example.streams(
            directory.resolve("process-" + number + ".log"),
            "SalesPerMinute",
            "bootstrap.servers=" + node.bootstrap(),
            "state.dir=" + directory.resolve("state-" + number),
            "consumer.session.timeout.ms=3000",
            "consumer.heartbeat.interval.ms=500");
    started.add(example);
    return example;
  }

  // ---- Orders --------------------------------------------------------------------------------

  /** Sends on and on, so that every change meets work in progress. */
  private void feedUntil(String what, Clients.Condition reached) {
    Clients.await(
        what,
        DEADLINE,
        () -> {
          started.forEach(Example::assertAlive);
          if (sent < group.committed(FROM) + AHEAD) {
            for (int i = 0; i < PORTION; i++) {
              send(sent++);
            }
          }
          follow();
          return reached.holds();
        });
  }

  private void send(int number) {
    String value = "{\"order\":" + number + ",\"amount\":" + amount(number) + "}";
    producer.send(new ProducerRecord<>(FROM, null, atMs(number), shop(number), value));
  }

  private void tick() {
    for (int p = 0; p < PARTITIONS; p++) {
      long laterMs = atMs(sent) + Duration.ofHours(1).toMillis();
      producer.send(new ProducerRecord<>(FROM, p, laterMs, "tick", "{\"order\":-1,\"amount\":0}"));
    }
    producer.flush();
  }

  private static String shop(int number) {
    return "shop-" + number % SHOPS;
  }

  private static int amount(int number) {
    return 100 + number % 1_000;
  }

  private long atMs(int number) {
    return firstMs + (long) STEP_MS * number;
  }

  // ---- Results -------------------------------------------------------------------------------

  private int follow() {
    consumer.poll(Duration.ofMillis(20)).forEach(results::add);
    return results.size();
  }

  private Map<String, String> expected() {
    Map<String, long[]> sums = new TreeMap<>();
    for (int i = 0; i < sent; i++) {
      String key = shop(i) + " " + Instant.ofEpochMilli(atMs(i) - atMs(i) % MINUTE_MS);
      long[] sum = sums.computeIfAbsent(key, k -> new long[2]);
      sum[0]++;
      sum[1] += amount(i);
    }
    Map<String, String> expected = new TreeMap<>();
    sums.forEach(
        (key, sum) -> {
          String[] parts = key.split(" ");
          expected.put(key, json(parts[0], parts[1], sum[0], sum[1]));
        });
    return expected;
  }

  private static String json(String shop, String from, long orders, long amount) {
    return String.format(
        "{\"shop\":\"%s\",\"from\":\"%s\",\"orders\":%d,\"amount\":%d}",
        shop, from, orders, amount);
  }

  private Map<String, String> byShopAndMinute() {
    return results.stream()
        .collect(
            Collectors.toMap(
                record ->
                    record.key()
                        + " "
                        + record.value().replaceAll(".*\"from\":\"([^\"]*)\".*", "$1"),
                ConsumerRecord::value,
                (one, other) -> one + " and " + other,
                TreeMap::new));
  }
}

package dev.naru.proving.clients;

import static dev.naru.proving.Clients.get;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.proving.Clients;
import dev.naru.proving.SharedNode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.header.Header;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The Java producer, and what it wrote. */
class ProduceIT {
  /** Not now, and recent enough that retention leaves it alone. */
  private static final long TIMESTAMP_MS = System.currentTimeMillis() - 86_400_000;

  private static String bootstrap;
  private static Admin admin;

  @BeforeAll
  static void connect() {
    bootstrap = SharedNode.bootstrap();
    admin = Clients.admin(bootstrap);
  }

  @AfterAll
  static void disconnect() {
    admin.close();
  }

  @ParameterizedTest
  @CsvSource({
    "none,all",
    "none,1",
    "none,0",
    "gzip,all",
    "gzip,1",
    "gzip,0",
    "snappy,all",
    "snappy,1",
    "snappy,0",
    "lz4,all",
    "lz4,1",
    "lz4,0",
    "zstd,all",
    "zstd,1",
    "zstd,0"
  })
  void everyCodecWithEveryAcksArrivesInOrder(String codec, String acks) {
    String topic = Clients.createTopic(admin, "codec-" + codec + "-" + acks, 1);
    List<String> sent =
        IntStream.range(0, 500).mapToObj(i -> "value " + i + " " + "x".repeat(i)).toList();
    try (Producer<String, String> producer =
        Clients.producer(
            bootstrap,
            "compression.type",
            codec,
            "acks",
            acks,
            "enable.idempotence",
            acks.equals("all"),
            "linger.ms",
            5)) {
      sent.forEach(value -> producer.send(new ProducerRecord<>(topic, value)));
    }
    Clients.await("all records", () -> Clients.readValues(bootstrap, topic).size() == sent.size());
    assertEquals(sent, Clients.readValues(bootstrap, topic));
  }

  @Test
  void keysHeadersTimestampsAndNullsComeBackAsTheyWereSent() throws Exception {
    String topic = Clients.createTopic(admin, "whole", 2);
    ProducerRecord<String, String> full = new ProducerRecord<>(topic, 1, TIMESTAMP_MS, "key", "나루");
    full.headers()
        .add("a", "1".getBytes(StandardCharsets.UTF_8))
        .add("a", null)
        .add("b", new byte[] {0, -1});
    try (Producer<String, String> producer = Clients.producer(bootstrap)) {
      RecordMetadata first = producer.send(full).get();
      assertEquals(0, first.offset());
      assertEquals(1, first.partition());
      assertEquals(TIMESTAMP_MS, first.timestamp());
      RecordMetadata second = producer.send(new ProducerRecord<>(topic, 1, null, null)).get();
      assertEquals(1, second.offset());
    }
    List<ConsumerRecord<String, String>> read =
        Clients.readAll(bootstrap, "read_uncommitted", new TopicPartition(topic, 1));
    ConsumerRecord<String, String> first = read.get(0);
    assertEquals("key", first.key());
    assertEquals("나루", first.value());
    assertEquals(TIMESTAMP_MS, first.timestamp());
    Header[] headers = first.headers().toArray();
    assertEquals(
        List.of("a", "a", "b"), List.of(headers[0].key(), headers[1].key(), headers[2].key()));
    assertNull(headers[1].value());
    assertArrayEquals(new byte[] {0, -1}, headers[2].value());
    assertNull(read.get(1).key());
    assertNull(read.get(1).value());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 1_000, 100_000, 1_000_000})
  void aRecordOfAnySizeUpToTheLimitComesBackWhole(int bytes) throws Exception {
    String topic = Clients.createTopic(admin, "size", 1);
    String value = "ä".repeat(bytes / 2) + "x".repeat(bytes % 2);
    try (Producer<String, String> producer = Clients.producer(bootstrap)) {
      producer.send(new ProducerRecord<>(topic, value)).get();
    }
    assertEquals(List.of(value), Clients.readValues(bootstrap, topic));
  }

  @Test
  void aRecordBeyondTheTopicsLimitIsRefusedAndTheProducerGoesOn() throws Exception {
    String topic = Clients.createTopic(admin, "limit", 1, "max.message.bytes", "10000");
    try (Producer<String, String> producer = Clients.producer(bootstrap)) {
      ExecutionException refused =
          assertThrows(
              ExecutionException.class,
              () -> producer.send(new ProducerRecord<>(topic, "x".repeat(20_000))).get());
      assertInstanceOf(RecordTooLargeException.class, refused.getCause());
      producer.send(new ProducerRecord<>(topic, "small")).get();
    }
    assertEquals(List.of("small"), Clients.readValues(bootstrap, topic));
  }

  @Test
  void manySmallBatchesOfAnIdempotentProducerKeepTheirOrder() throws Exception {
    String topic = Clients.createTopic(admin, "idempotent", 3);
    List<Future<RecordMetadata>> futures = new ArrayList<>();
    try (Producer<String, String> producer =
        Clients.producer(bootstrap, "batch.size", 200, "linger.ms", 0)) {
      for (int i = 0; i < 3_000; i++) {
        futures.add(producer.send(new ProducerRecord<>(topic, i % 3, null, "v" + i)));
      }
    }
    for (int i = 0; i < futures.size(); i++) {
      assertEquals(i / 3, futures.get(i).get().offset());
    }
    for (int partition = 0; partition < 3; partition++) {
      int first = partition;
      List<String> values =
          Clients.readAll(bootstrap, "read_uncommitted", new TopicPartition(topic, partition))
              .stream()
              .map(ConsumerRecord::value)
              .toList();
      assertEquals(IntStream.range(0, 1_000).mapToObj(i -> "v" + (3 * i + first)).toList(), values);
    }
  }

  @Test
  void sendingToATopicThatIsNotThereMakesItWithTheDefaultNumberOfPartitions() throws Exception {
    String topic = Clients.unique("auto-created");
    try (Producer<String, String> producer = Clients.producer(bootstrap)) {
      producer.send(new ProducerRecord<>(topic, "first")).get();
      assertEquals(1, producer.partitionsFor(topic).size());
    }
    assertTrue(get(admin.listTopics().names()).contains(topic));
    assertEquals(List.of("first"), Clients.readValues(bootstrap, topic));
  }

  @Test
  void aTopicNameThatKafkaForbidsIsRefused() {
    try (Producer<String, String> producer = Clients.producer(bootstrap)) {
      ExecutionException refused =
          assertThrows(
              ExecutionException.class,
              () -> producer.send(new ProducerRecord<>("no spaces, please", "x")).get());
      assertInstanceOf(InvalidTopicException.class, refused.getCause());
    }
    assertFalse(get(admin.listTopics().names()).contains("no spaces, please"));
  }
}

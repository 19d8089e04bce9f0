package dev.naru.proving.clients;

import static dev.naru.proving.Clients.get;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.proving.Clients;
import dev.naru.proving.SharedNode;
import dev.naru.proving.StoredBatches;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InvalidTimestampException;
import org.apache.kafka.common.errors.NotEnoughReplicasException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Topic configs do what they say. */
@Tag("once")
class TopicConfigIT {
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

  private static long offset(String topic, OffsetSpec spec) {
    TopicPartition partition = new TopicPartition(topic, 0);
    return get(admin.listOffsets(Map.of(partition, spec)).all()).get(partition).offset();
  }

  private static List<ConsumerRecord<String, String>> records(String topic) {
    return Clients.readAll(bootstrap, "read_committed", new TopicPartition(topic, 0));
  }

  @Test
  void compactionKeepsTheLatestValueOfEveryKey() {
    String topic =
        Clients.createTopic(
            admin,
            "compact",
            1,
            "cleanup.policy",
            "compact",
            "segment.bytes",
            "1048576",
            "segment.ms",
            "500",
            "min.cleanable.dirty.ratio",
            "0.01",
            "delete.retention.ms",
            "0",
            "min.compaction.lag.ms",
            "0",
            "max.compaction.lag.ms",
            "1000");
    Map<String, String> latest = new HashMap<>();
    try (Producer<String, String> producer = Clients.producer(bootstrap)) {
      for (int i = 0; i < 2_000; i++) {
        String key = "k" + i % 50;
        latest.put(key, "v" + i);
        producer.send(new ProducerRecord<>(topic, key, "v" + i));
      }
      for (int i = 0; i < 5; i++) {
        latest.remove("k" + i);
        producer.send(new ProducerRecord<>(topic, "k" + i, null));
      }
      producer.flush();
      Clients.await(
          "a compacted log",
          () -> {
            // A record of its own key now and then rolls the active segment, which is never
            // compacted.
            get(producer.send(new ProducerRecord<>(topic, "tick", "t")));
            return records(topic).stream().filter(r -> !r.key().equals("tick")).count()
                == latest.size();
          });
    }
    List<ConsumerRecord<String, String>> left = records(topic);
    Map<String, String> found = new HashMap<>();
    left.stream().filter(r -> !r.key().equals("tick")).forEach(r -> found.put(r.key(), r.value()));
    assertEquals(latest, found);
    long before = -1;
    for (ConsumerRecord<String, String> record : left) {
      assertTrue(record.offset() > before, "offsets ascend");
      before = record.offset();
      if (!record.key().equals("tick")) {
        assertEquals("v" + record.offset(), record.value(), "records keep their offsets");
      }
    }
  }

  @Test
  void aCompactedTopicRefusesRecordsWithoutAKey() {
    String topic = Clients.createTopic(admin, "keyless", 1, "cleanup.policy", "compact");
    try (Producer<String, String> producer = Clients.producer(bootstrap)) {
      Clients.Failed refused =
          assertThrows(
              Clients.Failed.class, () -> get(producer.send(new ProducerRecord<>(topic, "x"))));
      assertInstanceOf(InvalidRecordException.class, refused.getCause());
    }
  }

  @Test
  void whatIsOlderThanTheRetentionTimeGoes() {
    String topic =
        Clients.createTopic(
            admin, "retention", 1, "segment.bytes", "1048576", "retention.ms", "3600000");
    long nowMs = System.currentTimeMillis();
    try (Producer<String, String> producer = Clients.producer(bootstrap)) {
      for (int i = 0; i < 3; i++) {
        get(
            producer.send(
                new ProducerRecord<>(
                    topic, 0, nowMs - 7_200_000, null, "old" + "x".repeat(800_000))));
      }
      get(producer.send(new ProducerRecord<>(topic, 0, nowMs, null, "new" + "x".repeat(800_000))));
    }
    Clients.await("the old records gone", () -> offset(topic, OffsetSpec.earliest()) == 3);
    assertEquals(4, offset(topic, OffsetSpec.latest()));
    assertEquals(1, records(topic).size());
  }

  @Test
  void theOldestSegmentsGoWhenThereAreTooManyBytes() {
    String topic =
        Clients.createTopic(
            admin, "bytes", 1, "segment.bytes", "1048576", "retention.bytes", "2500000");
    try (Producer<String, String> producer = Clients.producer(bootstrap)) {
      IntStream.range(0, 10)
          .forEach(i -> get(producer.send(new ProducerRecord<>(topic, "x".repeat(900_000)))));
    }
    Clients.await("fewer bytes", () -> offset(topic, OffsetSpec.earliest()) >= 7);
    assertTrue(records(topic).size() >= 2, "retention.bytes keeps at least what it names");
    assertEquals(10, offset(topic, OffsetSpec.latest()));
  }

  @Test
  void aRetentionThatIsChangedTakesEffectWithoutARestart() {
    String topic = Clients.createTopic(admin, "shorten", 1);
    try (Producer<String, String> producer = Clients.producer(bootstrap)) {
      get(
          producer.send(
              new ProducerRecord<>(topic, 0, System.currentTimeMillis() - 60_000, null, "x")));
    }
    ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
    AlterConfigOp op =
        new AlterConfigOp(new ConfigEntry("retention.ms", "1000"), AlterConfigOp.OpType.SET);
    get(admin.incrementalAlterConfigs(Map.of(resource, List.of(op))).all());
    Clients.await("the record gone", () -> offset(topic, OffsetSpec.earliest()) == 1);
    assertEquals(List.of(), records(topic));
  }

  @Test
  void logAppendTimeIsTheNodesOwn() {
    String topic =
        Clients.createTopic(admin, "append-time", 1, "message.timestamp.type", "LogAppendTime");
    long beforeMs = System.currentTimeMillis();
    try (Producer<String, String> producer = Clients.producer(bootstrap)) {
      assertTrue(
          get(producer.send(new ProducerRecord<>(topic, 0, 12_345L, null, "x"))).timestamp()
              >= beforeMs);
    }
    ConsumerRecord<String, String> record = records(topic).get(0);
    assertEquals(TimestampType.LOG_APPEND_TIME, record.timestampType());
    assertTrue(record.timestamp() >= beforeMs);
  }

  @Test
  void timestampsTooFarAwayAreRefused() {
    String topic =
        Clients.createTopic(
            admin,
            "far",
            1,
            "message.timestamp.before.max.ms",
            "60000",
            "message.timestamp.after.max.ms",
            "60000");
    long nowMs = System.currentTimeMillis();
    try (Producer<String, String> producer = Clients.producer(bootstrap)) {
      for (long timestampMs : new long[] {nowMs - 3_600_000, nowMs + 3_600_000}) {
        Clients.Failed refused =
            assertThrows(
                Clients.Failed.class,
                () -> get(producer.send(new ProducerRecord<>(topic, 0, timestampMs, null, "x"))));
        assertInstanceOf(InvalidTimestampException.class, refused.getCause());
      }
      get(producer.send(new ProducerRecord<>(topic, 0, nowMs, null, "now")));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "producer,zstd,zstd",
    "gzip,none,gzip",
    "uncompressed,lz4,none",
    "snappy,zstd,snappy",
    "zstd,none,zstd",
    "lz4,gzip,lz4"
  })
  void theTopicsCodecIsTheOneOnDisk(String ofTopic, String ofProducer, String stored)
      throws Exception {
    String topic = Clients.createTopic(admin, "codec", 1, "compression.type", ofTopic);
    List<String> values = IntStream.range(0, 100).mapToObj(i -> "value " + i).toList();
    try (Producer<String, String> producer =
        Clients.producer(bootstrap, "compression.type", ofProducer, "linger.ms", 50)) {
      values.forEach(value -> producer.send(new ProducerRecord<>(topic, value)));
    }
    assertEquals(Set.of(stored), StoredBatches.codecs(admin, topic, 0));
    assertEquals(values, records(topic).stream().map(ConsumerRecord::value).toList());
  }

  @Test
  void whoAsksForMoreCopiesThanThereAreIsTold() {
    String topic = Clients.createTopic(admin, "insync", 1, "min.insync.replicas", "2");
    try (Producer<String, String> all = Clients.producer(bootstrap, "acks", "all", "retries", 0);
        Producer<String, String> one =
            Clients.producer(bootstrap, "acks", "1", "enable.idempotence", "false")) {
      Clients.Failed refused =
          assertThrows(Clients.Failed.class, () -> get(all.send(new ProducerRecord<>(topic, "x"))));
      assertInstanceOf(NotEnoughReplicasException.class, refused.getCause());
      get(one.send(new ProducerRecord<>(topic, "y")));
    }
    assertEquals(1, records(topic).size());
  }

  @Test
  void aRecordThatIsTooLargeInsideItsBatchIsRefusedByTheTopicThatSaysSo() {
    String topic =
        Clients.createTopic(
            admin,
            "inside",
            1,
            "compression.type",
            "uncompressed",
            "max.decompressed.message.bytes",
            "5000");
    try (Producer<String, String> producer =
        Clients.producer(bootstrap, "compression.type", "zstd")) {
      get(producer.send(new ProducerRecord<>(topic, "x".repeat(4_000))));
      Clients.Failed refused =
          assertThrows(
              Clients.Failed.class,
              () -> get(producer.send(new ProducerRecord<>(topic, "x".repeat(10_000)))));
      assertInstanceOf(InvalidRecordException.class, refused.getCause());
    }
  }

  @ParameterizedTest
  @CsvSource({"gzip,1,9", "lz4,1,17", "zstd,-100,19"})
  void aHigherLevelOfTheTopicsCodecMakesSmallerBatches(String codec, String low, String high)
      throws Exception {
    List<Integer> bytes = new ArrayList<>();
    for (String level : List.of(low, high)) {
      String topic =
          Clients.createTopic(
              admin,
              "level",
              1,
              "compression.type",
              codec,
              "compression." + codec + ".level",
              level);
      Random words = new Random(7);
      StringBuilder text = new StringBuilder();
      while (text.length() < 200_000) {
        text.append("word").append(words.nextInt(500)).append(' ');
      }
      try (Producer<String, String> producer = Clients.producer(bootstrap)) {
        get(producer.send(new ProducerRecord<>(topic, text.toString())));
      }
      bytes.add(StoredBatches.of(admin, topic, 0).iterator().next().sizeInBytes());
    }
    assertTrue(bytes.get(1) < bytes.get(0), bytes::toString);
  }

  @Test
  void aBatchLargerThanTheTopicsLimitIsRefused() {
    String topic = Clients.createTopic(admin, "limit", 1, "max.message.bytes", "2000");
    try (Producer<String, String> producer = Clients.producer(bootstrap)) {
      get(producer.send(new ProducerRecord<>(topic, "x".repeat(1_000))));
      Clients.Failed refused =
          assertThrows(
              Clients.Failed.class,
              () -> get(producer.send(new ProducerRecord<>(topic, "x".repeat(3_000)))));
      assertInstanceOf(RecordTooLargeException.class, refused.getCause());
    }
  }

  @Test
  void smallSegmentsLoseNothing() {
    String topic =
        Clients.createTopic(
            admin, "segments", 1, "segment.bytes", "1048576", "index.interval.bytes", "1000");
    try (Producer<String, String> producer = Clients.producer(bootstrap)) {
      IntStream.range(0, 6_000)
          .forEach(i -> producer.send(new ProducerRecord<>(topic, i + ":" + "x".repeat(1_000))));
    }
    List<ConsumerRecord<String, String>> read = records(topic);
    assertEquals(6_000, read.size());
    Set<String> numbers =
        read.stream().map(r -> r.value().split(":", 2)[0]).collect(Collectors.toSet());
    assertEquals(6_000, numbers.size());
    for (int i = 0; i < 6_000; i += 611) {
      try (var consumer = Clients.consumer(bootstrap)) {
        TopicPartition partition = new TopicPartition(topic, 0);
        consumer.assign(List.of(partition));
        consumer.seek(partition, i);
        assertEquals(i, Clients.poll(consumer, 1).get(0).offset());
      }
    }
  }

  @Test
  void segmentMsClosesASegmentSoThatRetentionCanTakeIt() {
    String topic =
        Clients.createTopic(admin, "segment-ms", 1, "segment.ms", "300", "retention.ms", "1500");
    try (Producer<String, String> producer = Clients.producer(bootstrap)) {
      get(producer.send(new ProducerRecord<>(topic, "first")));
      Clients.await(
          "the first record gone while others are there",
          () -> {
            get(producer.send(new ProducerRecord<>(topic, "next")));
            return offset(topic, OffsetSpec.earliest()) > 0;
          });
    }
    assertTrue(offset(topic, OffsetSpec.latest()) > offset(topic, OffsetSpec.earliest()));
  }
}

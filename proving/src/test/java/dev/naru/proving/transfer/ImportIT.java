package dev.naru.proving.transfer;

import static dev.naru.proving.Clients.get;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.proving.Clients;
import dev.naru.proving.SharedNode;
import dev.naru.proving.node.NaruCommand;
import dev.naru.proving.node.TestNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** {@code ./naru cluster import} between two nodes, with what real topics have in them. */
@Tag("once")
class ImportIT {
  private static final long DEADLINE_S = 90;

  private static TestNode source;
  private static TestNode target;
  private static Admin there;
  private static Admin here;

  @BeforeAll
  static void start() {
    source = TestNode.create(TestNode.Kind.NARU, SharedNode.newDirectory("import-from"), Map.of());
    target = TestNode.create(TestNode.Kind.NARU, SharedNode.newDirectory("import-to"), Map.of());
    source.start();
    target.start();
    there = Clients.admin(source.bootstrap());
    here = Clients.admin(target.bootstrap());
  }

  @AfterAll
  static void stop() {
    there.close();
    here.close();
    source.close();
    target.close();
  }

  @Test
  void recordsConfigsAndGroupsComeOverAndWhatIsNewComesTheSecondTime() {
    String plain = Clients.createTopic(there, "plain", 3, "retention.ms", "-1");
    String transactional = Clients.createTopic(there, "transactional", 1);
    String trimmed = Clients.createTopic(there, "trimmed", 1);
    String stamped =
        Clients.createTopic(there, "stamped", 1, "message.timestamp.type", "LogAppendTime");
    List<String> topics = List.of(plain, transactional, trimmed, stamped);
    fill(plain, 3, 900, 0);
    fill(trimmed, 1, 100, 0);
    fill(stamped, 1, 50, 0);
    transactions(transactional, 0);
    get(
        there
            .deleteRecords(Map.of(new TopicPartition(trimmed, 0), RecordsToDelete.beforeOffset(40)))
            .all());
    String behind = Clients.unique("behind");
    commit(
        there,
        behind,
        Map.of(
            new TopicPartition(plain, 1), 123L,
            new TopicPartition(transactional, 0), 37L,
            new TopicPartition(trimmed, 0), 77L));
    String done = Clients.unique("done");
    commit(there, done, ends(there, topics));

    Run first = run(topics);
    assertEquals(0, first.exitCode, first.output);
    assertTrue(first.output.contains("4 topics, "), first.output);
    assertSame(topics, source, target);
    assertGroup(behind, "first");
    assertGroup(done, "first");
    assertEquals("-1", config(plain, TopicConfig.RETENTION_MS_CONFIG));
    assertEquals("LogAppendTime", config(stamped, TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG));
    assertEquals(123, committed(here, behind).get(new TopicPartition(plain, 1)));

    fill(plain, 3, 90, 900);
    fill(stamped, 1, 20, 50);
    transactions(transactional, 100);
    commit(there, behind, Map.of(new TopicPartition(transactional, 0), 90L));
    Run second = run(topics);
    assertEquals(0, second.exitCode, second.output);
    assertTrue(second.output.contains(" 150 records, "), second.output);
    assertSame(topics, source, target);
    assertGroup(behind, "second");
    assertEquals("LogAppendTime", config(stamped, TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG));
  }

  @Test
  void aKilledImportGoesOnWithNothingLostOrTwice() throws IOException, InterruptedException {
    String topic = Clients.createTopic(there, "large", 4);
    fill(topic, 4, 120_000, 0);
    List<TopicPartition> partitions = partitions(topic, 4);
    for (int kill = 0; kill < 2; kill++) {
      long before = total(partitions);
      Process process = launch(List.of("--topic", topic));
      try {
        Clients.await("more in the target", () -> total(partitions) > before || !process.isAlive());
      } finally {
        process.destroyForcibly().waitFor();
      }
    }
    Run last = run(List.of(topic));
    assertEquals(0, last.exitCode, last.output);
    assertSame(List.of(topic), source, target);
  }

  @Test
  void whatSomebodyElseWroteIsNeverMixedWithWhatIsBrought() {
    String topic = Clients.createTopic(there, "used", 1);
    fill(topic, 1, 10, 0);
    assertEquals(0, run(List.of(topic)).exitCode);
    fill(target, topic, 1, 1, 500);
    fill(topic, 1, 10, 10);
    Run refused = run(List.of(topic));
    assertEquals(1, refused.exitCode, refused.output);
    assertTrue(
        refused.output.contains("has a record at offset 10 that the import did not bring"),
        refused.output);
    assertEquals(11, ends(here, List.of(topic)).get(new TopicPartition(topic, 0)));

    String foreign = Clients.createTopic(there, "foreign", 1);
    get(here.createTopics(List.of(new NewTopic(foreign, 1, (short) 1))).all());
    fill(target, foreign, 1, 1, 0);
    Run mixed = run(List.of(foreign));
    assertEquals(1, mixed.exitCode, mixed.output);
    assertTrue(mixed.output.contains("has records that no import brought"), mixed.output);
  }

  @Test
  void mistakesAreToldInASentenceAndADryRunBringsNothing() {
    Run same = run(target.bootstrap(), List.of());
    assertEquals(2, same.exitCode, same.output);
    assertTrue(same.output.contains("are the same cluster"), same.output);
    Run missing = run(List.of("not-there"));
    assertEquals(1, missing.exitCode, missing.output);
    assertTrue(missing.output.contains("topic not-there of the source"), missing.output);
    String topic = Clients.createTopic(there, "planned", 2, "retention.ms", "77777777");
    fill(topic, 2, 20, 0);
    Run planned = run(source.bootstrap(), List.of("--dry-run"));
    assertEquals(0, planned.exitCode, planned.output);
    assertTrue(
        planned
            .output
            .lines()
            .anyMatch(line -> line.matches(topic + " +2 +20 +retention.ms=77777777")),
        planned.output);
    assertFalse(get(here.listTopics().names()).contains(topic));
  }

  // ---- What is in the source ------------------------------------------------------------------

  private static void fill(String topic, int partitions, int count, int from) {
    fill(source, topic, partitions, count, from);
  }

  private static void fill(TestNode node, String topic, int partitions, int count, int from) {
    long firstMs = System.currentTimeMillis() - 3_600_000;
    try (Producer<String, String> producer =
        Clients.producer(node.bootstrap(), "linger.ms", "5", "compression.type", "zstd")) {
      for (int i = from; i < from + count; i++) {
        producer.send(
            new ProducerRecord<>(
                topic,
                i % partitions,
                firstMs + i,
                i % 7 == 0 ? null : "k" + i,
                i % 11 == 0 ? null : "v" + i,
                List.of(new RecordHeader("n", new byte[] {(byte) i}))));
      }
      producer.flush();
    }
  }

  /** Eight transactions of ten records; every second one is aborted. */
  private static void transactions(String topic, int from) {
    try (Producer<String, String> producer =
        Clients.producer(source.bootstrap(), "transactional.id", Clients.unique("import"))) {
      producer.initTransactions();
      for (int transaction = 0; transaction < 8; transaction++) {
        producer.beginTransaction();
        for (int i = 0; i < 10; i++) {
          producer.send(new ProducerRecord<>(topic, 0, "k", "v" + (from + 10 * transaction + i)));
        }
        producer.flush();
        if (transaction % 2 == 0) {
          producer.commitTransaction();
        } else {
          producer.abortTransaction();
        }
      }
    }
  }

  private static void commit(Admin admin, String group, Map<TopicPartition, Long> offsets) {
    get(
        admin
            .alterConsumerGroupOffsets(
                group,
                offsets.entrySet().stream()
                    .collect(
                        Collectors.toMap(
                            Map.Entry::getKey, e -> new OffsetAndMetadata(e.getValue(), "m"))))
            .all());
  }

  // ---- What is in the target ------------------------------------------------------------------

  private static void assertSame(List<String> topics, TestNode source, TestNode target) {
    for (String topic : topics) {
      int count = topic.startsWith("plain") ? 3 : topic.startsWith("large") ? 4 : 1;
      for (TopicPartition partition : partitions(topic, count)) {
        assertEquals(
            contents(source, partition), contents(target, partition), partition.toString());
      }
    }
  }

  private static List<String> contents(TestNode node, TopicPartition partition) {
    return Clients.readAll(node.bootstrap(), "read_committed", partition).stream()
        .map(ImportIT::text)
        .toList();
  }

  private static String text(ConsumerRecord<String, String> record) {
    return record.timestamp()
        + " "
        + record.key()
        + " "
        + record.value()
        + " "
        + Arrays.stream(record.headers().toArray())
            .map(header -> header.key() + Arrays.toString(header.value()))
            .toList();
  }

  /** Each offset stands before the same record on both sides. */
  private static void assertGroup(String group, String when) {
    Map<TopicPartition, Long> original = committed(there, group);
    Map<TopicPartition, Long> brought = committed(here, group);
    assertEquals(original.keySet(), brought.keySet(), when);
    original.forEach(
        (partition, offset) ->
            assertEquals(
                from(source, partition, offset),
                from(target, partition, brought.get(partition)),
                when + " " + partition));
  }

  private static List<String> from(TestNode node, TopicPartition partition, long offset) {
    return Clients.readAll(node.bootstrap(), "read_committed", partition).stream()
        .filter(record -> record.offset() >= offset)
        .map(ImportIT::text)
        .toList();
  }

  private static Map<TopicPartition, Long> committed(Admin admin, String group) {
    return get(admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata())
        .entrySet()
        .stream()
        .collect(Collectors.toMap(Map.Entry::getKey, e -> e.getValue().offset()));
  }

  private static Map<TopicPartition, Long> ends(Admin admin, List<String> topics) {
    Set<TopicPartition> partitions =
        get(admin.describeTopics(topics).allTopicNames()).values().stream()
            .flatMap(topic -> partitions(topic.name(), topic.partitions().size()).stream())
            .collect(Collectors.toSet());
    Map<TopicPartition, ListOffsetsResultInfo> found =
        get(
            admin
                .listOffsets(
                    partitions.stream().collect(Collectors.toMap(p -> p, p -> OffsetSpec.latest())))
                .all());
    return found.entrySet().stream()
        .collect(Collectors.toMap(Map.Entry::getKey, e -> e.getValue().offset()));
  }

  private static long total(List<TopicPartition> partitions) {
    String topic = partitions.get(0).topic();
    if (!get(here.listTopics().names()).contains(topic)) {
      return 0;
    }
    return ends(here, List.of(topic)).values().stream().mapToLong(Long::longValue).sum();
  }

  private static List<TopicPartition> partitions(String topic, int count) {
    List<TopicPartition> partitions = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      partitions.add(new TopicPartition(topic, i));
    }
    return partitions;
  }

  private static String config(String topic, String name) {
    ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
    ConfigEntry entry = get(here.describeConfigs(List.of(resource)).all()).get(resource).get(name);
    assertNotNull(entry, name);
    return entry.value();
  }

  // ---- The command ----------------------------------------------------------------------------

  private record Run(int exitCode, String output) {}

  private static Run run(List<String> topics) {
    return run(
        source.bootstrap(), topics.stream().flatMap(topic -> Stream.of("--topic", topic)).toList());
  }

  private static Run run(String from, List<String> options) {
    Path out = SharedNode.newDirectory("import").resolve("out");
    try {
      Process process = launch(out, from, options);
      try {
        assertTrue(process.waitFor(DEADLINE_S, TimeUnit.SECONDS), "the import did not end in time");
      } finally {
        process.destroyForcibly();
      }
      return new Run(process.exitValue(), Files.readString(out));
    } catch (IOException e) {
      throw new AssertionError(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private static Process launch(List<String> options) throws IOException {
    return launch(SharedNode.newDirectory("import").resolve("out"), source.bootstrap(), options);
  }

  private static Process launch(Path out, String from, List<String> options) throws IOException {
    List<String> command = new ArrayList<>(NaruCommand.java());
    command.addAll(List.of("cluster", "import", "--from", from, "--bootstrap", target.bootstrap()));
    command.addAll(options);
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(out.toFile())
        .start();
  }
}

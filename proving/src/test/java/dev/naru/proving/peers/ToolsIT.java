package dev.naru.proving.peers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.proving.Clients;
import dev.naru.proving.SharedNode;
import dev.naru.proving.node.TestNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What users of Apache Kafka type every day: its own command line tools, unchanged. */
class ToolsIT {
  private static final String TOPICS = "org.apache.kafka.tools.TopicCommand";
  private static final String CONFIGS = "kafka.admin.ConfigCommand";
  private static final String GROUPS = "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand";
  private static final String OFFSETS = "org.apache.kafka.tools.GetOffsetShell";
  private static final String CONSUMER = "org.apache.kafka.tools.consumer.ConsoleConsumer";

  private static Tools tools;
  private static String bootstrap;

  @BeforeAll
  static void start() {
    bootstrap = SharedNode.bootstrap();
    tools = new Tools();
  }

  @AfterAll
  static void stop() {
    tools.close();
  }

  /** Runs a tool that takes its bootstrap address by that name. */
  private static Tools.Result run(String type, String... arguments) {
    List<String> all = new ArrayList<>(List.of("--bootstrap-server", bootstrap));
    all.addAll(List.of(arguments));
    return tools.run(type, all.toArray(String[]::new));
  }

  private static String created(String name, int partitions) {
    String topic = Clients.unique(name);
    assertEquals(
        List.of("Created topic " + topic + "."),
        run(TOPICS, "--create", "--topic", topic, "--partitions", String.valueOf(partitions))
            .lines());
    return topic;
  }

  /** A topic of one partition with these values: 0, 1, 2, … */
  private static String filled(String name, int count) {
    String topic = created(name, 1);
    try (Producer<String, String> producer = Clients.producer(bootstrap)) {
      numbers(0, count).stream()
          .map(value -> producer.send(new ProducerRecord<>(topic, value)))
          .toList()
          .forEach(Clients::get);
    }
    return topic;
  }

  /** The lines, with every run of blanks as one. */
  private static List<String> words(Tools.Result result) {
    return result.lines().stream()
        .map(line -> line.strip().replaceAll("\\s+", " "))
        .filter(line -> !line.isEmpty())
        .toList();
  }

  private static void assertContains(String expected, Tools.Result result) {
    assertTrue(words(result).contains(expected), () -> expected + " not in " + result);
  }

  @Test
  void kafkaTopicsFromCreationToDeletion() {
    String topic = created("tools-topics", 2);
    Tools.Result twice = run(TOPICS, "--create", "--topic", topic);
    assertEquals(1, twice.exitCode(), twice::toString);
    assertTrue(twice.out().contains("Topic '" + topic + "' already exists."), twice::toString);
    assertContains(topic, run(TOPICS, "--list"));
    assertEquals(List.of(), words(run(TOPICS, "--alter", "--topic", topic, "--partitions", "3")));
    List<String> described = words(run(TOPICS, "--describe", "--topic", topic));
    assertTrue(
        described
            .get(0)
            .matches(
                "Topic: "
                    + topic
                    + " TopicId: \\S{22} PartitionCount: 3 ReplicationFactor: 1 Configs:.*"),
        described::toString);
    for (int p = 0; p < 3; p++) {
      String partition = described.get(1 + p);
      assertTrue(
          partition.matches(
              "Topic: " + topic + " Partition: " + p + " Leader: (\\d+) Replicas: \\1 Isr: \\1 .*"),
          partition);
    }
    assertEquals(
        List.of(),
        words(run(TOPICS, "--describe", "--topic", topic, "--under-replicated-partitions")));
    assertEquals(List.of(), words(run(TOPICS, "--delete", "--topic", topic)));
    assertEquals(1, run(TOPICS, "--describe", "--topic", topic).exitCode());
  }

  @Test
  void kafkaConfigsSetsShowsAndTakesBack() {
    String topic = created("tools-configs", 1);
    String[] entity = {"--entity-type", "topics", "--entity-name", topic};
    assertContains(
        "Completed updating config for topic " + topic + ".",
        configs(
            entity,
            "--alter",
            "--add-config",
            "max.message.bytes=54321,cleanup.policy=[compact,delete]"));
    List<String> shown = words(configs(entity, "--describe"));
    assertEquals(3, shown.size(), shown::toString);
    assertTrue(
        shown
            .get(1)
            .startsWith(
                "cleanup.policy=compact,delete sensitive=false synonyms={DYNAMIC_TOPIC_CONFIG:"),
        shown::toString);
    assertTrue(shown.get(2).startsWith("max.message.bytes=54321 "), shown::toString);
    configs(entity, "--alter", "--delete-config", "cleanup.policy").lines();
    assertEquals(2, words(configs(entity, "--describe")).size());
    Tools.Result wrong = configs(entity, "--alter", "--add-config", "retention.ms=soon");
    assertEquals(1, wrong.exitCode(), wrong::toString);
    assertTrue((wrong.out() + wrong.err()).contains("retention.ms"), wrong::toString);
    List<String> all =
        words(
            run(CONFIGS, "--entity-type", "brokers", "--entity-name", "1", "--describe", "--all"));
    assertTrue(all.stream().anyMatch(c -> c.startsWith("num.partitions=1 ")), all::toString);
  }

  private static Tools.Result configs(String[] entity, String... arguments) {
    List<String> all = new ArrayList<>(List.of(entity));
    all.addAll(List.of(arguments));
    return run(CONFIGS, all.toArray(String[]::new));
  }

  @Test
  void theConsolesCarryKeysHeadersAndValues() {
    String topic = created("tools-console", 1);
    Tools.runAlone(
        "color:red,size:2\tk1\tfirst\nNULL\tk2\tNULL\ncolor:blue\tNULL\tthird\n",
        "org.apache.kafka.tools.ConsoleProducer",
        "--bootstrap-server",
        bootstrap,
        "--topic",
        topic,
        "--compression-codec",
        "zstd",
        "--reader-property",
        "parse.key=true",
        "--reader-property",
        "parse.headers=true",
        "--reader-property",
        "null.marker=NULL");
    Tools.Result read =
        run(
            CONSUMER,
            "--topic",
            topic,
            "--from-beginning",
            "--max-messages",
            "3",
            "--timeout-ms",
            "20000",
            "--formatter-property",
            "print.key=true",
            "--formatter-property",
            "print.headers=true",
            "--formatter-property",
            "print.partition=true",
            "--formatter-property",
            "print.offset=true",
            "--formatter-property",
            "null.literal=-");
    assertEquals(
        List.of(
            "Partition:0\tOffset:0\tcolor:red,size:2\tk1\tfirst",
            "Partition:0\tOffset:1\tNO_HEADERS\tk2\t-",
            "Partition:0\tOffset:2\tcolor:blue\t-\tthird"),
        read.lines());
    assertTrue(read.err().contains("Processed a total of 3 messages"), read::toString);
  }

  @Test
  void theConsoleConsumerReadsFromAnOffsetInAGroupAndWithTheNewProtocol() {
    String topic = filled("tools-positions", 50);
    assertEquals(
        numbers(47, 50),
        run(CONSUMER, "--topic", topic, "--partition", "0", "--offset", "47", "--max-messages", "3")
            .lines());
    for (String protocol : List.of("classic", "consumer")) {
      String group = Clients.unique("tools-positions");
      String[] arguments = {
        "--topic",
        topic,
        "--group",
        group,
        "--from-beginning",
        "--max-messages",
        "20",
        "--command-property",
        "group.protocol=" + protocol,
        "--command-property",
        "max.poll.records=20"
      };
      assertEquals(numbers(0, 20), run(CONSUMER, arguments).lines());
      assertEquals(numbers(20, 40), run(CONSUMER, arguments).lines());
      assertContains(
          group + " " + topic + " 0 40 50 10 - - -", run(GROUPS, "--describe", "--group", group));
    }
  }

  private static List<String> numbers(int from, int to) {
    return IntStream.range(from, to).mapToObj(String::valueOf).toList();
  }

  @Test
  void theVerifiableConsumerGetsWhatTheVerifiableProducerGotAcknowledged() {
    String topic = created("tools-verifiable", 1);
    List<String> sent =
        Tools.runAlone(
            "",
            "org.apache.kafka.tools.VerifiableProducer",
            "--bootstrap-server",
            bootstrap,
            "--topic",
            topic,
            "--max-messages",
            "200",
            "--acks",
            "-1",
            "--repeating-keys",
            "7");
    List<String> acknowledged = matching(sent, "producer_send_success");
    assertEquals(200, acknowledged.size(), sent::toString);
    assertTrue(sent.get(sent.size() - 1).contains("\"sent\":200,\"acked\":200"), sent::toString);
    List<String> consumed =
        Tools.runAlone(
            "",
            "org.apache.kafka.tools.VerifiableConsumer",
            "--bootstrap-server",
            bootstrap,
            "--topic",
            topic,
            "--group-id",
            Clients.unique("verifiable"),
            "--max-messages",
            "200",
            "--verbose");
    List<String> received = matching(consumed, "record_data");
    for (int i = 0; i < 200; i++) {
      String key = "\"key\":\"" + i % 7 + "\",\"value\":\"" + i + "\",";
      assertTrue(acknowledged.get(i).contains(key + "\"offset\":" + i + ","), acknowledged.get(i));
      assertTrue(received.get(i).contains(key), received.get(i));
      assertTrue(received.get(i).contains("\"offset\":" + i + "}"), received.get(i));
    }
    assertEquals(200, received.size());
    List<String> committed = matching(consumed, "offsets_committed");
    assertTrue(
        committed.get(committed.size() - 1).contains("\"offset\":200}],\"success\":true"),
        committed::toString);
  }

  private static List<String> matching(List<String> events, String name) {
    return events.stream().filter(event -> event.contains("\"name\":\"" + name + "\"")).toList();
  }

  @Test
  void kafkaConsumerGroupsListsDescribesResetsAndDeletes() {
    String topic = filled("tools-groups", 30);
    String group = Clients.unique("tools-groups");
    try (Consumer<String, String> member =
        Clients.consumer(bootstrap, "group.id", group, "client.id", "tools-member")) {
      member.subscribe(List.of(topic));
      Clients.poll(member, 30);
      member.commitSync();
      assertContains(group + " Stable", run(GROUPS, "--list", "--state"));
      List<String> described = words(run(GROUPS, "--describe", "--group", group));
      assertTrue(
          described
              .get(1)
              .matches(
                  group + " " + topic + " 0 30 30 0 tools-member-\\S+ /127.0.0.1 tools-member"),
          described::toString);
      List<String> members = words(run(GROUPS, "--describe", "--group", group, "--members"));
      assertTrue(members.get(1).endsWith(" /127.0.0.1 tools-member 1"), members::toString);
      List<String> state = words(run(GROUPS, "--describe", "--group", group, "--state"));
      assertTrue(state.get(1).endsWith(" range Stable 1"), state::toString);
    }
    assertContains(
        group + " " + topic + " 0 10",
        run(
            GROUPS,
            "--group",
            group,
            "--topic",
            topic,
            "--reset-offsets",
            "--to-offset",
            "10",
            "--execute"));
    assertContains(
        group + " " + topic + " 0 15",
        run(
            GROUPS,
            "--group",
            group,
            "--topic",
            topic,
            "--reset-offsets",
            "--shift-by",
            "5",
            "--execute"));
    assertContains(
        group + " " + topic + " 0 15 30 15 - - -", run(GROUPS, "--describe", "--group", group));
    run(GROUPS, "--delete-offsets", "--group", group, "--topic", topic).lines();
    assertTrue(
        words(run(GROUPS, "--describe", "--group", group)).stream()
            .noneMatch(l -> l.contains(topic)));
    assertContains(
        "Deletion of requested consumer groups ('" + group + "') was successful.",
        run(GROUPS, "--delete", "--group", group));
    assertTrue(words(run(GROUPS, "--list")).stream().noneMatch(group::equals));
  }

  @Test
  void kafkaGetOffsetsAndKafkaDeleteRecordsAgree() throws IOException {
    String topic = filled("tools-offsets", 40);
    assertEquals(List.of(topic + ":0:40"), run(OFFSETS, "--topic", topic).lines());
    assertEquals(
        List.of(topic + ":0:0"), run(OFFSETS, "--topic", topic, "--time", "earliest").lines());
    Path file =
        Files.writeString(
            SharedNode.newDirectory("tools").resolve("offsets.json"),
            "{\"version\":1,\"partitions\":[{\"topic\":\""
                + topic
                + "\",\"partition\":0,\"offset\":12}]}");
    assertContains(
        "partition: " + topic + "-0 low_watermark: 12",
        run("org.apache.kafka.tools.DeleteRecordsCommand", "--offset-json-file", file.toString()));
    assertEquals(List.of(topic + ":0:12"), run(OFFSETS, "--topic", topic, "--time", "-2").lines());
    assertEquals(List.of(topic + ":0:40"), run(OFFSETS, "--topic", topic, "--time", "-1").lines());
    assertEquals(
        numbers(12, 15),
        run(CONSUMER, "--topic", topic, "--from-beginning", "--max-messages", "3").lines());
  }

  @Test
  void kafkaTransactionsListsDescribesAndAborts() {
    String command = "org.apache.kafka.tools.TransactionsCommand";
    String topic = created("tools-transactions", 1);
    String id = Clients.unique("tools-transactions");
    try (Producer<String, String> producer = Clients.producer(bootstrap, "transactional.id", id)) {
      producer.initTransactions();
      producer.beginTransaction();
      Clients.get(producer.send(new ProducerRecord<>(topic, "x")));
      List<String> listed = words(run(command, "list"));
      String mine = listed.stream().filter(l -> l.startsWith(id + " ")).findAny().orElseThrow();
      assertTrue(mine.endsWith(" Ongoing"), mine);
      String producerId = mine.split(" ")[2];
      List<String> described = words(run(command, "describe", "--transactional-id", id));
      assertTrue(
          described
              .get(1)
              .matches("\\d+ " + id + " " + producerId + " 0 Ongoing 60000 .* " + topic + "-0"),
          described::toString);
      List<String> producers =
          words(run(command, "describe-producers", "--topic", topic, "--partition", "0"));
      assertTrue(producers.get(1).matches(producerId + " 0 -1 0 \\d+ 0"), producers::toString);
      assertEquals(
          0,
          run(command, "abort", "--topic", topic, "--partition", "0", "--start-offset", "0")
              .exitCode());
      assertEquals(List.of(topic + ":0:2"), run(OFFSETS, "--topic", topic).lines());
    }
    assertEquals(List.of(), Clients.readValues(bootstrap, topic));
  }

  @Test
  void kafkaLogDirsSaysHowManyBytesATopicHas() {
    String topic = filled("tools-log-dirs", 100);
    String json =
        run("org.apache.kafka.tools.LogDirsCommand", "--describe", "--topic-list", topic)
            .lines()
            .get(2);
    assertTrue(
        json.matches(
            ".*\"partition\":\""
                + topic
                + "-0\",\"size\":[1-9]\\d+,\"offsetLag\":0,\"isFuture\":false.*\"error\":null.*"),
        json);
  }

  @Test
  void thePerformanceToolsCountWhatTheySendAndReceive() {
    String topic = created("tools-performance", 2);
    List<String> produced =
        tools
            .run(
                "org.apache.kafka.tools.ProducerPerformance",
                "--topic",
                topic,
                "--num-records",
                "5000",
                "--record-size",
                "100",
                "--throughput",
                "-1",
                "--command-property",
                "bootstrap.servers=" + bootstrap,
                "--transactional-id",
                Clients.unique("performance"),
                "--transaction-duration-ms",
                "50")
            .lines();
    assertTrue(
        produced.stream().anyMatch(l -> l.startsWith("5000 records sent, ")), produced::toString);
    List<String> consumed =
        run("org.apache.kafka.tools.ConsumerPerformance", "--topic", topic, "--num-records", "5000")
            .lines();
    assertEquals("5000", consumed.get(consumed.size() - 1).split(", ")[4], consumed::toString);
    List<String> endToEnd =
        tools
            .run("org.apache.kafka.tools.EndToEndLatency", bootstrap, topic, "50", "all", "100")
            .lines();
    assertTrue(endToEnd.stream().anyMatch(l -> l.startsWith("Percentiles: ")), endToEnd::toString);
  }

  @Test
  void theTransactionalCopierCopiesEachMessageOnceWithItsOffset() {
    String from = filled("tools-copy-from", 500);
    String to = created("tools-copy-to", 1);
    String group = Clients.unique("tools-copy");
    tools
        .run(
            "org.apache.kafka.tools.TransactionalMessageCopier",
            "--broker-list",
            bootstrap,
            "--input-topic",
            from,
            "--input-partition",
            "0",
            "--output-topic",
            to,
            "--consumer-group",
            group,
            "--transaction-size",
            "40",
            "--transactional-id",
            group,
            "--enable-random-aborts",
            "--group-mode",
            "--use-group-metadata")
        .lines();
    assertEquals(numbers(0, 500), Clients.readValues(bootstrap, to));
    assertContains(
        group + " " + from + " 0 500 500 0 - - -", run(GROUPS, "--describe", "--group", group));
  }

  /** Apache Kafka's own check of what a client may expect of a broker. */
  @Test
  void theClientCompatibilityTestPasses() {
    boolean hasAcls = TestNode.Kind.chosen() == TestNode.Kind.KAFKA;
    List<String> lines =
        run(
                "org.apache.kafka.tools.ClientCompatibilityTest",
                "--topic",
                Clients.unique("tools-compatibility"),
                "--offsets-for-times-supported",
                "True",
                "--cluster-id-supported",
                "True",
                "--expect-record-too-large-exception",
                "False",
                "--num-cluster-nodes",
                "1",
                "--create-topics-supported",
                "True",
                "--describe-acls-supported",
                hasAcls ? "True" : "False",
                "--describe-configs-supported",
                "True",
                "--idempotent-producer-supported",
                "True")
            .lines();
    assertTrue(lines.contains("SUCCESS."), lines::toString);
  }

  @Test
  void theClusterSaysWhoItIsAndWhatItCan() {
    assertTrue(
        tools
            .run(
                "org.apache.kafka.tools.ClusterTool", "cluster-id", "--bootstrap-server", bootstrap)
            .lines()
            .get(0)
            .matches("Cluster ID: \\S{22}"));
    List<String> features = words(run("org.apache.kafka.tools.FeatureCommand", "describe"));
    assertTrue(
        features.stream()
            .anyMatch(
                f -> f.matches("Feature: transaction.version .* FinalizedVersionLevel: 2 .*")),
        features::toString);
    List<String> versions = words(run("org.apache.kafka.tools.BrokerApiVersionsCommand"));
    assertTrue(
        versions.stream().anyMatch(v -> v.startsWith("Produce(0): 0 to ")), versions::toString);
  }
}

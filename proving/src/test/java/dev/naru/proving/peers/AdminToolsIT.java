package dev.naru.proving.peers;

import static dev.naru.proving.peers.Tools.CONSUMER;
import static dev.naru.proving.peers.Tools.GROUPS;
import static dev.naru.proving.peers.Tools.OFFSETS;
import static dev.naru.proving.peers.Tools.TOPICS;
import static dev.naru.proving.peers.Tools.created;
import static dev.naru.proving.peers.Tools.filled;
import static dev.naru.proving.peers.Tools.numbers;
import static dev.naru.proving.peers.Tools.run;
import static dev.naru.proving.peers.Tools.runPlain;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.proving.Clients;
import dev.naru.proving.SharedNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * What users of Apache Kafka type every day to look after topics, configs, groups and transactions.
 */
@Tag("once")
class AdminToolsIT {
  private static final String CONFIGS = "kafka.admin.ConfigCommand";

  private final String bootstrap = SharedNode.bootstrap();

  @Test
  void kafkaTopicsFromCreationToDeletion() {
    String topic = created("tools-topics", 2);
    Tools.Result twice = run(TOPICS, "--create --topic " + topic);
    assertEquals(1, twice.exitCode(), twice::toString);
    assertTrue(twice.out().contains("Topic '" + topic + "' already exists."), twice::toString);
    run(TOPICS, "--list").assertHas(topic);
    assertEquals(List.of(), run(TOPICS, "--alter --topic " + topic + " --partitions 3").words());
    List<String> described = run(TOPICS, "--describe --topic " + topic).words();
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
        run(TOPICS, "--describe --topic " + topic + " --under-replicated-partitions").words());
    assertEquals(List.of(), run(TOPICS, "--delete --topic " + topic).words());
    assertEquals(1, run(TOPICS, "--describe --topic " + topic).exitCode());
  }

  @Test
  void kafkaConfigsSetsShowsAndTakesBack() {
    String topic = created("tools-configs", 1);
    configs(topic, "--alter --add-config max.message.bytes=54321,cleanup.policy=[compact,delete]")
        .assertHas("Completed updating config for topic " + topic + ".");
    List<String> shown = configs(topic, "--describe").words();
    assertEquals(3, shown.size(), shown::toString);
    assertTrue(
        shown
            .get(1)
            .startsWith(
                "cleanup.policy=compact,delete sensitive=false synonyms={DYNAMIC_TOPIC_CONFIG:"),
        shown::toString);
    assertTrue(shown.get(2).startsWith("max.message.bytes=54321 "), shown::toString);
    configs(topic, "--alter --delete-config cleanup.policy").lines();
    assertEquals(2, configs(topic, "--describe").words().size());
    Tools.Result wrong = configs(topic, "--alter --add-config retention.ms=soon");
    assertEquals(1, wrong.exitCode(), wrong::toString);
    assertTrue((wrong.out() + wrong.err()).contains("retention.ms"), wrong::toString);
    List<String> all =
        run(CONFIGS, "--entity-type brokers --entity-name 1 --describe --all").words();
    assertTrue(all.stream().anyMatch(c -> c.startsWith("num.partitions=1 ")), all::toString);
  }

  private static Tools.Result configs(String topic, String arguments) {
    return run(CONFIGS, "--entity-type topics --entity-name " + topic + " " + arguments);
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
      run(GROUPS, "--list --state").assertHas(group + " Stable");
      List<String> described = run(GROUPS, "--describe --group " + group).words();
      assertTrue(
          described
              .get(1)
              .matches(
                  group + " " + topic + " 0 30 30 0 tools-member-\\S+ /127.0.0.1 tools-member"),
          described::toString);
      List<String> members = run(GROUPS, "--describe --group " + group + " --members").words();
      assertTrue(members.get(1).endsWith(" /127.0.0.1 tools-member 1"), members::toString);
      List<String> state = run(GROUPS, "--describe --group " + group + " --state").words();
      assertTrue(state.get(1).endsWith(" range Stable 1"), state::toString);
    }
    run(
            GROUPS,
            "--group " + group + " --topic " + topic + " --reset-offsets --to-offset 10 --execute")
        .assertHas(group + " " + topic + " 0 10");
    run(
            GROUPS,
            "--group " + group + " --topic " + topic + " --reset-offsets --shift-by 5 --execute")
        .assertHas(group + " " + topic + " 0 15");
    run(GROUPS, "--describe --group " + group).assertHas(group + " " + topic + " 0 15 30 15 - - -");
    run(GROUPS, "--delete-offsets --group " + group + " --topic " + topic).lines();
    assertTrue(
        run(GROUPS, "--describe --group " + group).words().stream()
            .noneMatch(l -> l.contains(topic)));
    run(GROUPS, "--delete --group " + group)
        .assertHas("Deletion of requested consumer groups ('" + group + "') was successful.");
    assertTrue(run(GROUPS, "--list").words().stream().noneMatch(group::equals));
  }

  @Test
  void kafkaGetOffsetsAndKafkaDeleteRecordsAgree() throws IOException {
    String topic = filled("tools-offsets", 40);
    assertEquals(List.of(topic + ":0:40"), run(OFFSETS, "--topic " + topic).lines());
    assertEquals(
        List.of(topic + ":0:0"), run(OFFSETS, "--topic " + topic + " --time earliest").lines());
    Path file =
        Files.writeString(
            SharedNode.newDirectory("tools").resolve("offsets.json"),
            "{\"version\":1,\"partitions\":[{\"topic\":\""
                + topic
                + "\",\"partition\":0,\"offset\":12}]}");
    run("org.apache.kafka.tools.DeleteRecordsCommand", "--offset-json-file " + file)
        .assertHas("partition: " + topic + "-0 low_watermark: 12");
    assertEquals(List.of(topic + ":0:12"), run(OFFSETS, "--topic " + topic + " --time -2").lines());
    assertEquals(List.of(topic + ":0:40"), run(OFFSETS, "--topic " + topic + " --time -1").lines());
    assertEquals(
        numbers(12, 15),
        run(CONSUMER, "--topic " + topic + " --from-beginning --max-messages 3").lines());
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
      List<String> listed = run(command, "list").words();
      String mine = listed.stream().filter(l -> l.startsWith(id + " ")).findAny().orElseThrow();
      assertTrue(mine.endsWith(" Ongoing"), mine);
      String producerId = mine.split(" ")[2];
      List<String> described = run(command, "describe --transactional-id " + id).words();
      assertTrue(
          described
              .get(1)
              .matches("\\d+ " + id + " " + producerId + " 0 Ongoing 60000 .* " + topic + "-0"),
          described::toString);
      List<String> producers =
          run(command, "describe-producers --topic " + topic + " --partition 0").words();
      assertTrue(producers.get(1).matches(producerId + " 0 -1 0 \\d+ 0"), producers::toString);
      assertEquals(
          0, run(command, "abort --topic " + topic + " --partition 0 --start-offset 0").exitCode());
      assertEquals(List.of(topic + ":0:2"), run(OFFSETS, "--topic " + topic).lines());
    }
    assertEquals(List.of(), Clients.readValues(bootstrap, topic));
  }

  @Test
  void kafkaLogDirsSaysHowManyBytesATopicHas() {
    String topic = filled("tools-log-dirs", 100);
    String json =
        run("org.apache.kafka.tools.LogDirsCommand", "--describe --topic-list " + topic)
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
  void theClusterSaysWhoItIsAndWhatItCan() {
    assertTrue(
        runPlain("org.apache.kafka.tools.ClusterTool", "cluster-id --bootstrap-server " + bootstrap)
            .lines()
            .get(0)
            .matches("Cluster ID: \\S{22}"));
    List<String> features = run("org.apache.kafka.tools.FeatureCommand", "describe").words();
    assertTrue(
        features.stream()
            .anyMatch(
                f -> f.matches("Feature: transaction.version .* FinalizedVersionLevel: 2 .*")),
        features::toString);
    List<String> versions = run("org.apache.kafka.tools.BrokerApiVersionsCommand", "").words();
    assertTrue(
        versions.stream().anyMatch(v -> v.startsWith("Produce(0): 0 to ")), versions::toString);
  }
}

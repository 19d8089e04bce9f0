package dev.naru.proving.clients;

import static dev.naru.proving.Clients.errorOf;
import static dev.naru.proving.Clients.get;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.proving.Clients;
import dev.naru.proving.SharedNode;
import dev.naru.proving.node.TestNode;
import java.lang.reflect.Field;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.clients.admin.AlterConfigsOptions;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ConfigEntry.ConfigSource;
import org.apache.kafka.clients.admin.FeatureMetadata;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Configurations with their defaults and sources, and what the cluster says about itself. */
class AdminConfigsIT {
  /** Every topic config of Apache Kafka 4.4, with its default. */
  private static final Map<String, String> TOPIC_DEFAULTS =
      Map.ofEntries(
          Map.entry("cleanup.policy", "delete"),
          Map.entry("compression.gzip.level", "-1"),
          Map.entry("compression.lz4.level", "9"),
          Map.entry("compression.type", "producer"),
          Map.entry("compression.zstd.level", "3"),
          Map.entry("delete.retention.ms", "86400000"),
          Map.entry("errors.deadletterqueue.group.enable", "false"),
          Map.entry("file.delete.delay.ms", "60000"),
          Map.entry("flush.messages", "9223372036854775807"),
          Map.entry("flush.ms", "9223372036854775807"),
          Map.entry("follower.replication.throttled.replicas", ""),
          Map.entry("index.interval.bytes", "4096"),
          Map.entry("leader.replication.throttled.replicas", ""),
          Map.entry("local.retention.bytes", "-2"),
          Map.entry("local.retention.ms", "-2"),
          Map.entry("max.compaction.lag.ms", "9223372036854775807"),
          Map.entry("max.decompressed.message.bytes", "2147483639"),
          Map.entry("max.message.bytes", "1048588"),
          Map.entry("message.timestamp.after.max.ms", "3600000"),
          Map.entry("message.timestamp.before.max.ms", "9223372036854775807"),
          Map.entry("message.timestamp.type", "CreateTime"),
          Map.entry("min.cleanable.dirty.ratio", "0.5"),
          Map.entry("min.compaction.lag.ms", "0"),
          Map.entry("min.insync.replicas", "1"),
          Map.entry("preallocate", "false"),
          Map.entry("remote.copy.lag.bytes", "-1"),
          Map.entry("remote.copy.lag.ms", "0"),
          Map.entry("remote.log.copy.disable", "false"),
          Map.entry("remote.log.delete.on.disable", "false"),
          Map.entry("remote.storage.enable", "false"),
          Map.entry("retention.bytes", "-1"),
          Map.entry("retention.ms", "604800000"),
          Map.entry("segment.bytes", "1073741824"),
          Map.entry("segment.index.bytes", "10485760"),
          Map.entry("segment.jitter.ms", "0"),
          Map.entry("segment.ms", "604800000"),
          Map.entry("unclean.leader.election.enable", "false"));

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

  private static ConfigResource resource(String topic) {
    return new ConfigResource(ConfigResource.Type.TOPIC, topic);
  }

  private static Map<String, ConfigEntry> configs(ConfigResource resource) {
    return get(admin.describeConfigs(List.of(resource)).all()).get(resource).entries().stream()
        .collect(Collectors.toMap(ConfigEntry::name, entry -> entry));
  }

  private static void alter(String topic, String name, String value, OpType type) {
    get(
        admin
            .incrementalAlterConfigs(
                Map.of(
                    resource(topic),
                    List.of(new AlterConfigOp(new ConfigEntry(name, value), type))))
            .all());
  }

  @Test
  void aNewTopicShowsEveryConfigWithKafkasDefault() {
    String topic = Clients.createTopic(admin, "defaults", 1);
    Map<String, ConfigEntry> configs = configs(resource(topic));
    TOPIC_DEFAULTS.forEach(
        (name, value) -> {
          assertTrue(configs.containsKey(name), () -> name + " is not described");
          assertEquals(value, configs.get(name).value(), name);
          assertNotEquals(ConfigSource.DYNAMIC_TOPIC_CONFIG, configs.get(name).source(), name);
        });
  }

  /** The table above is whole: kafka-clients names every topic config in one class. */
  @Test
  void noTopicConfigOfKafkasIsLeftOut() throws ReflectiveOperationException {
    Set<String> missing = new TreeSet<>();
    for (Field field : TopicConfig.class.getFields()) {
      if (field.getName().endsWith("_CONFIG")) {
        missing.add((String) field.get(null));
      }
    }
    missing.removeAll(TOPIC_DEFAULTS.keySet());
    // Kafka 4 has the name still, and no longer the config.
    missing.remove("message.downconversion.enable");
    assertEquals(Set.of(), missing);
  }

  @ParameterizedTest
  @CsvSource({"remote.storage.enable,true", "errors.deadletterqueue.group.enable,true"})
  void whatANodeCannotDoIsRefusedWithAReason(String name, String value) {
    Assumptions.assumeTrue(TestNode.Kind.chosen() == TestNode.Kind.NARU);
    NewTopic topic =
        new NewTopic(Clients.unique("refused"), 1, (short) 1).configs(Map.of(name, value));
    Throwable error = errorOf(admin.createTopics(List.of(topic)).all());
    assertInstanceOf(InvalidConfigurationException.class, error);
    assertTrue(error.getMessage().length() > 40, error.getMessage());
  }

  @Test
  void aConfigThatIsSetSaysSoAndCanBeTakenBack() {
    String topic = Clients.createTopic(admin, "sources", 1, "segment.bytes", "2097152");
    assertEquals(
        ConfigSource.DYNAMIC_TOPIC_CONFIG, configs(resource(topic)).get("segment.bytes").source());
    alter(topic, "retention.ms", "3600000", OpType.SET);
    Clients.await(
        "the new value",
        () -> configs(resource(topic)).get("retention.ms").value().equals("3600000"));
    assertEquals(
        ConfigSource.DYNAMIC_TOPIC_CONFIG, configs(resource(topic)).get("retention.ms").source());
    alter(topic, "retention.ms", null, OpType.DELETE);
    Clients.await(
        "the default",
        () -> configs(resource(topic)).get("retention.ms").value().equals("604800000"));
    assertEquals(
        ConfigSource.DEFAULT_CONFIG, configs(resource(topic)).get("retention.ms").source());
    assertEquals("2097152", configs(resource(topic)).get("segment.bytes").value());
  }

  @Test
  void listsGrowAndShrinkByTheirItems() {
    String topic = Clients.createTopic(admin, "lists", 1);
    alter(topic, "cleanup.policy", "compact", OpType.APPEND);
    Clients.await(
        "both policies",
        () -> configs(resource(topic)).get("cleanup.policy").value().equals("delete,compact"));
    alter(topic, "cleanup.policy", "delete", OpType.SUBTRACT);
    Clients.await(
        "compact alone",
        () -> configs(resource(topic)).get("cleanup.policy").value().equals("compact"));
  }

  @ParameterizedTest
  @CsvSource({
    "retention.ms,never",
    "cleanup.policy,tidy",
    "compression.type,rar",
    "max.message.bytes,-5",
    "message.timestamp.type,Yesterday",
    "min.cleanable.dirty.ratio,1.5",
    "no.such.config,1"
  })
  void aWrongConfigIsRefusedWithItsReasonAndChangesNothing(String name, String value) {
    String topic = Clients.createTopic(admin, "wrong", 1);
    AlterConfigOp wrong = new AlterConfigOp(new ConfigEntry(name, value), OpType.SET);
    AlterConfigOp right = new AlterConfigOp(new ConfigEntry("flush.ms", "77"), OpType.SET);
    Throwable error =
        errorOf(
            admin.incrementalAlterConfigs(Map.of(resource(topic), List.of(right, wrong))).all());
    assertInstanceOf(InvalidConfigurationException.class, error);
    assertTrue(error.getMessage().contains(name), error::getMessage);
    assertTrue(configs(resource(topic)).get("flush.ms").isDefault());
  }

  @Test
  void validatingOnlyChangesNothing() {
    String topic = Clients.createTopic(admin, "validate", 1);
    AlterConfigOp op = new AlterConfigOp(new ConfigEntry("flush.ms", "77"), OpType.SET);
    get(
        admin
            .incrementalAlterConfigs(
                Map.of(resource(topic), List.of(op)), new AlterConfigsOptions().validateOnly(true))
            .all());
    assertTrue(configs(resource(topic)).get("flush.ms").isDefault());
  }

  @Test
  void theConfigsOfATopicThatIsNotThereAreAnError() {
    ConfigResource resource = resource(Clients.unique("missing"));
    assertInstanceOf(
        UnknownTopicOrPartitionException.class,
        errorOf(admin.describeConfigs(List.of(resource)).all()));
  }

  @Test
  void theBrokersOwnConfigsAreShown() {
    String id = String.valueOf(get(admin.describeCluster().nodes()).iterator().next().id());
    Map<String, ConfigEntry> configs = configs(new ConfigResource(ConfigResource.Type.BROKER, id));
    assertEquals("1", configs.get("num.partitions").value());
    assertTrue(configs.get("num.partitions").isReadOnly());
    assertEquals("true", configs.get("auto.create.topics.enable").value());
    assertTrue(configs.containsKey("log.dirs"));
  }

  @Test
  void theClusterSaysWhoItIs() {
    List<Node> nodes = List.copyOf(get(admin.describeCluster().nodes()));
    assertEquals(1, nodes.size());
    assertEquals(bootstrap, nodes.get(0).host() + ":" + nodes.get(0).port());
    assertEquals(nodes.get(0).id(), get(admin.describeCluster().controller()).id());
    assertFalse(get(admin.describeCluster().clusterId()).isBlank());
  }

  @Test
  void theFeaturesTellWhichTransactionsAndGroupsThereAre() {
    FeatureMetadata features = get(admin.describeFeatures().featureMetadata());
    assertEquals(2, features.finalizedFeatures().get("transaction.version").maxVersionLevel());
    assertEquals(1, features.finalizedFeatures().get("group.version").maxVersionLevel());
    assertTrue(features.finalizedFeatures().containsKey("metadata.version"));
  }
}

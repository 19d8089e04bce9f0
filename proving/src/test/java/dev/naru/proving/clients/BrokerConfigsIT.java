package dev.naru.proving.clients;

import static dev.naru.proving.Clients.errorOf;
import static dev.naru.proving.Clients.get;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.proving.Clients;
import dev.naru.proving.SharedNode;
import dev.naru.proving.node.Places;
import dev.naru.proving.node.TestNode;
import dev.naru.proving.wire.WireClient;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ConfigEntry.ConfigSource;
import org.apache.kafka.clients.admin.DescribeConfigsOptions;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A node's own options: all that Apache Kafka documents are there, and change where Kafka's do. */
class BrokerConfigsIT {
  /** Where a node of ours begins with something else, and has a reason to. */
  private static final Map<String, String> OWN_DEFAULTS =
      Map.ofEntries(
          Map.entry("node.id", "Kafka has none"),
          Map.entry("process.roles", "Kafka has none"),
          Map.entry("controller.listener.names", "Kafka has none"),
          Map.entry("listeners", "loopback only"),
          Map.entry("log.dir", "nothing is kept where the system cleans up"),
          Map.entry("socket.send.buffer.bytes", "the system adapts it"),
          Map.entry("socket.receive.buffer.bytes", "the system adapts it"),
          Map.entry("socket.listen.backlog.size", "many clients may come at once"),
          Map.entry("num.network.threads", "by processors"),
          Map.entry("num.io.threads", "requests run on the network threads"),
          Map.entry("num.recovery.threads.per.data.dir", "there is one directory"),
          Map.entry("log.cleaner.backoff.ms", "it is cheap"),
          Map.entry("offsets.topic.replication.factor", "one node"),
          Map.entry("transaction.state.log.replication.factor", "one node"),
          Map.entry("transaction.state.log.min.isr", "one node"),
          Map.entry("transaction.abort.timed.out.transaction.cleanup.interval.ms", "it is cheap"),
          Map.entry("group.coordinator.rebalance.protocols", "no streams groups"),
          Map.entry("group.coordinator.threads", "one is enough for one node"),
          Map.entry("group.coordinator.background.threads", "one is enough for one node"));

  private static Admin admin;
  private static ConfigResource node;

  @BeforeAll
  static void connect() {
    Assumptions.assumeTrue(TestNode.Kind.chosen() == TestNode.Kind.NARU);
    admin = Clients.admin(SharedNode.bootstrap());
    int id = get(admin.describeCluster().nodes()).iterator().next().id();
    node = new ConfigResource(ConfigResource.Type.BROKER, String.valueOf(id));
  }

  @AfterAll
  static void disconnect() {
    if (admin != null) {
      admin.close();
    }
  }

  private static Map<String, ConfigEntry> described() {
    DescribeConfigsOptions all =
        new DescribeConfigsOptions().includeDocumentation(true).includeSynonyms(true);
    return get(admin.describeConfigs(List.of(node), all).all()).get(node).entries().stream()
        .collect(Collectors.toMap(ConfigEntry::name, entry -> entry));
  }

  private record Option(String type, String value, boolean internal) {}

  /** Asks the classes of an Apache Kafka broker, which must not meet ours. */
  private static Map<String, Option> kafkasOptions() throws Exception {
    List<URL> jars = new ArrayList<>();
    try (Stream<Path> files = Files.list(Places.kafkaJars())) {
      for (Path jar : files.toList()) {
        jars.add(jar.toUri().toURL());
      }
    }
    Map<String, Option> options = new TreeMap<>();
    try (URLClassLoader loader =
        new URLClassLoader(jars.toArray(URL[]::new), ClassLoader.getPlatformClassLoader())) {
      Object definitions =
          loader
              .loadClass("org.apache.kafka.server.config.AbstractKafkaConfig")
              .getField("CONFIG_DEF")
              .get(null);
      Class<?> type = loader.loadClass("org.apache.kafka.common.config.ConfigDef$Type");
      var convert =
          loader
              .loadClass("org.apache.kafka.common.config.ConfigDef")
              .getMethod("convertToString", Object.class, type);
      Map<?, ?> keys =
          (Map<?, ?>) definitions.getClass().getMethod("configKeys").invoke(definitions);
      for (Object key : keys.values()) {
        Class<?> fields = key.getClass();
        Object keyType = fields.getField("type").get(key);
        boolean hasDefault = (boolean) fields.getMethod("hasDefault").invoke(key);
        Object value = hasDefault ? fields.getField("defaultValue").get(key) : null;
        options.put(
            (String) fields.getField("name").get(key),
            new Option(
                keyType.toString(),
                (String) convert.invoke(null, value, keyType),
                fields.getField("internalConfig").getBoolean(key)));
      }
    }
    return options;
  }

  @Test
  void everyOptionOfApacheKafkaIsThereWithItsTypeAndItsDefault() throws Exception {
    Map<String, ConfigEntry> described = described();
    Set<String> missing = new TreeSet<>();
    Map<String, String> different = new TreeMap<>();
    kafkasOptions()
        .forEach(
            (name, option) -> {
              ConfigEntry entry = described.get(name);
              if (entry == null) {
                if (!option.internal) {
                  missing.add(name);
                }
                return;
              }
              // Kafka shows a class as a class; we load none.
              String type = option.type.equals("CLASS") ? "STRING" : option.type;
              if (!entry.type().name().equals(type)) {
                different.put(name, entry.type() + " instead of " + type);
              } else if (entry.source() == ConfigSource.DEFAULT_CONFIG
                  && !OWN_DEFAULTS.containsKey(name)
                  && !isDefaultOf(entry, option)) {
                different.put(name, entry.value() + " instead of " + option.value);
              }
              assertFalse(entry.documentation().isBlank(), name);
            });
    assertEquals(Set.of(), missing);
    assertEquals(Map.of(), different);
  }

  private static boolean isDefaultOf(ConfigEntry entry, Option option) {
    String value = option.value == null ? "" : option.value;
    return Objects.requireNonNullElse(entry.value(), "").equals(value);
  }

  @Test
  void whatIsSecretIsNotShown() {
    assertTrue(described().get("ssl.keystore.password").isSensitive());
  }

  private static AlterConfigOp set(String name, String value) {
    return new AlterConfigOp(new ConfigEntry(name, value), OpType.SET);
  }

  private static void alter(String name, String value) {
    AlterConfigOp op =
        value == null
            ? new AlterConfigOp(new ConfigEntry(name, null), OpType.DELETE)
            : set(name, value);
    get(admin.incrementalAlterConfigs(Map.of(node, List.of(op))).all());
  }

  @Test
  void aLimitThatIsSetWhileTheNodeRunsHoldsAtOnce() throws Exception {
    alter("max.connections.per.ip.overrides", "127.0.0.1:1");
    try {
      ConfigEntry entry = described().get("max.connections.per.ip.overrides");
      assertEquals(ConfigSource.DYNAMIC_BROKER_CONFIG, entry.source());
      assertFalse(entry.isReadOnly());
      // The admin client is connected already, so that nobody else is let in.
      try (WireClient another = new WireClient(SharedNode.get().port())) {
        assertEquals(0, another.drainUntilClosed());
      }
    } finally {
      alter("max.connections.per.ip.overrides", null);
    }
    Clients.await("others are let in", () -> WireClient.serves(SharedNode.get().port()));
  }

  @Test
  void aLimitForTheInsideOfBatchesHoldsAtOnce() throws Exception {
    String topic = Clients.createTopic(admin, "inside", 1, "compression.type", "uncompressed");
    try (var producer = Clients.producer(SharedNode.bootstrap(), "compression.type", "zstd")) {
      var record =
          new org.apache.kafka.clients.producer.ProducerRecord<String, String>(
              topic, "x".repeat(10_000));
      get(producer.send(record));
      alter("max.decompressed.message.bytes", "5000");
      try {
        Clients.await(
            "a record that is too large inside",
            () -> {
              try {
                get(producer.send(record));
                return false;
              } catch (Clients.Failed e) {
                return e.getCause() instanceof org.apache.kafka.common.InvalidRecordException;
              }
            });
      } finally {
        alter("max.decompressed.message.bytes", null);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "node.id",
        "listeners",
        "num.network.threads",
        "group.consumer.assignment.interval.ms",
        "num.replica.fetchers",
        "ssl.keystore.location",
        "remote.log.reader.threads",
        "num.io.thread"
      })
  void whatCannotChangeWhileTheNodeRunsIsRefusedWithAReason(String name) {
    Throwable error =
        errorOf(admin.incrementalAlterConfigs(Map.of(node, List.of(set(name, "3")))).all());
    assertInstanceOf(InvalidRequestException.class, error);
    assertTrue(error.getMessage().contains(name), error.getMessage());
    assertTrue(error.getMessage().length() > name.length() + 30, error.getMessage());
  }

  @Test
  void theOptionsThatMayChangeAreKafkas() throws IOException {
    Set<String> changing =
        described().values().stream()
            .filter(entry -> !entry.isReadOnly())
            .map(ConfigEntry::name)
            .collect(Collectors.toCollection(TreeSet::new));
    for (String name :
        List.of(
            "log.retention.ms",
            "max.connections",
            "max.connection.creation.rate",
            "message.max.bytes",
            "producer.id.expiration.ms",
            "num.io.threads",
            "log.cleaner.backoff.ms")) {
      assertTrue(changing.contains(name), name);
    }
    assertFalse(changing.contains("num.partitions"));
  }
}

package dev.naru.broker.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.log.Durability;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.requests.DescribeConfigsResponse.ConfigSource;
import org.junit.jupiter.api.Test;

class BrokerConfigTest {

  @Test
  void standsOnItsDefaults() {
    BrokerConfig config = BrokerConfig.of(Map.of());

    assertEquals(1, config.nodeId());
    assertEquals("127.0.0.1", config.listeners().get(0).host());
    assertEquals(9092, config.listeners().get(0).port());
    assertEquals(Path.of("naru-data"), config.dataDirectory());
    assertEquals(Durability.FSYNC, config.durability());
    assertEquals(1048588, config.getInt("message.max.bytes"));
    assertEquals(50, config.getInt("offsets.topic.num.partitions"));
    assertTrue(config.getBoolean("auto.create.topics.enable"));
  }

  @Test
  void readsWhatKafkaUsersWrite() {
    BrokerConfig config =
        BrokerConfig.of(
            Map.of(
                "node.id", "7",
                "listeners", "PLAINTEXT://[::1]:0",
                "advertised.listeners", "PLAINTEXT://example.org:19092",
                "log.dirs", "/var/lib/naru",
                "replica.selector.class", BrokerConfig.RACK_AWARE_SELECTOR,
                "durability", "os"));

    assertEquals(7, config.nodeId());
    assertEquals("::1", config.listeners().get(0).host());
    assertEquals("example.org", config.listeners().get(0).advertisedHost());
    assertEquals(19092, config.listeners().get(0).advertisedPort());
    assertEquals(40123, config.withPorts(Map.of("PLAINTEXT", 40123)).listeners().get(0).port());
    assertEquals("::1", config.withPorts(Map.of("PLAINTEXT", 40123)).listeners().get(0).host());
    assertEquals(Path.of("/var/lib/naru"), config.dataDirectory());
    assertEquals(Durability.OS, config.durability());
  }

  @Test
  void saysWhatIsWrong() {
    assertRefused("did you mean num.partitions?", "num.partition", "3");
    assertRefused("did you mean replica.fetch.max.bytes?", "replica.fetch.max.byte", "3");
    assertRefused("no option named colour", "colour.of.the.boat", "3");
    assertRefused("num.partitions", "num.partitions", "three");
    assertRefused("num.partitions", "num.partitions", "0");
    assertRefused("NAME://HOST:PORT", "listeners", "localhost:9092");
    assertRefused("twice", "listeners", "PLAINTEXT://127.0.0.1:1,PLAINTEXT://127.0.0.1:2");
    assertRefused("port of its own", "listeners", "PLAINTEXT://127.0.0.1:1,SSL://127.0.0.1:1");
    assertRefused("SASL is not there yet", "listeners", "SASL_SSL://127.0.0.1:1");
    assertRefused("no listener of that name", "inter.broker.listener.name", "INTERNAL");
    assertRefused("no listener named SSL", "advertised.listeners", "SSL://example.org:1");
    assertRefused("0 to 65535", "listeners", "PLAINTEXT://127.0.0.1:70000");
    assertRefused("exactly one", "log.dirs", "/a,/b");
    assertRefused("durability", "durability", "maybe");
    assertRefused("default.replication.factor", "default.replication.factor", "3");
    assertRefused("loads no other", "replica.selector.class", "org.example.MySelector");
    assertRefused("classic and consumer", "group.coordinator.rebalance.protocols", "share");
  }

  @Test
  void listensToOtherMachinesOnlyWhenToldSo() {
    assertRefused("allow.unauthenticated.listeners", "listeners", "PLAINTEXT://0.0.0.0:9092");
    // A name that begins like a literal may be anybody's.
    assertRefused("allow.unauthenticated.listeners", "listeners", "PLAINTEXT://127.0.0.1.org:9092");

    BrokerConfig config =
        BrokerConfig.of(
            Map.of(
                "listeners", "PLAINTEXT://0.0.0.0:9092",
                "advertised.listeners", "PLAINTEXT://example.org:9092",
                "allow.unauthenticated.listeners", "true"));
    assertEquals("0.0.0.0", config.listeners().get(0).host());
    assertThrows(
        ConfigException.class,
        () ->
            BrokerConfig.of(
                Map.of(
                    "listeners", "PLAINTEXT://0.0.0.0:9092",
                    "allow.unauthenticated.listeners", "true")));
  }

  @Test
  void aListenerWithoutAHostIsThisMachineUnlessOthersAreLetIn() {
    BrokerConfig closed = BrokerConfig.of(Map.of("listeners", "PLAINTEXT://:9092"));
    assertEquals("127.0.0.1", closed.listeners().get(0).host());
    assertEquals("127.0.0.1", closed.listeners().get(0).advertisedHost());
    BrokerConfig open =
        BrokerConfig.of(
            Map.of(
                "listeners", "PLAINTEXT://:9092",
                "advertised.listeners", "PLAINTEXT://example.org:9092",
                "allow.unauthenticated.listeners", "true"));
    assertEquals("", open.listeners().get(0).host());
    ConfigException e =
        assertThrows(
            ConfigException.class,
            () ->
                BrokerConfig.of(
                    Map.of(
                        "listeners", "PLAINTEXT://:9092",
                        "advertised.listeners", "PLAINTEXT://example.org:9092")));
    assertTrue(e.getMessage().contains("allow.unauthenticated.listeners"), e.getMessage());
  }

  @Test
  void listenersOfControllersAreLeftOut() {
    BrokerConfig config =
        BrokerConfig.of(
            Map.of(
                "listeners", "CONTROLLER://0.0.0.0:9093,INTERNAL://127.0.0.1:9094",
                "advertised.listeners", "CONTROLLER://example.org:9093,INTERNAL://localhost:9094",
                "controller.listener.names", "CONTROLLER",
                "listener.security.protocol.map", "INTERNAL:PLAINTEXT,CONTROLLER:SSL"));
    assertEquals(9094, config.listeners().get(0).port());
    assertEquals("localhost", config.listeners().get(0).advertisedHost());
    assertRefused("no security protocol", "listeners", "OUTSIDE://127.0.0.1:9092");
  }

  @Test
  void aListenerThatRequiresCertificatesMayBeReachedByOthers() {
    Map<String, String> options = new HashMap<>();
    options.put("listeners", "PLAINTEXT://127.0.0.1:9092,OUTSIDE://0.0.0.0:9093");
    options.put("advertised.listeners", "OUTSIDE://example.org:19093");
    options.put("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,OUTSIDE:SSL");
    ConfigException e = assertThrows(ConfigException.class, () -> BrokerConfig.of(options));
    assertTrue(e.getMessage().contains("ssl.client.auth=required"), e.getMessage());
    options.put("listener.name.outside.ssl.client.auth", "requested");
    assertThrows(ConfigException.class, () -> BrokerConfig.of(options));

    options.put("listener.name.outside.ssl.client.auth", "required");
    Listener outside = BrokerConfig.of(options).listeners().get(1);
    assertTrue(outside.isTls());
    assertEquals("0.0.0.0:9093", outside.address());
    assertEquals("example.org", outside.advertisedHost());
    assertEquals(19093, outside.advertisedPort());
  }

  @Test
  void optionsOfOneListenerWinThere() {
    BrokerConfig config =
        BrokerConfig.of(
            Map.of(
                "listeners", "SSL://127.0.0.1:1,OTHER://127.0.0.1:2",
                "listener.security.protocol.map", "SSL:SSL,OTHER:SSL",
                "ssl.keystore.location", "/all",
                "listener.name.other.ssl.keystore.location", "/other",
                "listener.name.other.ssl.keystore.password", "secret-value"));
    Listener all = config.listeners().get(0);
    Listener other = config.listeners().get(1);
    assertEquals("/all", config.tls(all).get("ssl.keystore.location"));
    assertEquals("/other", config.tls(other).get("ssl.keystore.location"));
    assertEquals("ssl.keystore.type", config.nameFor(other, "ssl.keystore.type"));
    ConfigView view =
        config.describe().stream()
            .filter(v -> v.name().equals("listener.name.other.ssl.keystore.password"))
            .findFirst()
            .orElseThrow();
    assertFalse(view.value().contains("secret-value"));
    assertFalse(view.readOnly());
    assertRefused("not there", "listener.name.third.ssl.keystore.location", "/x");
    assertRefused("not there yet", "listener.name.plaintext.plain.sasl.jaas.config", "x");
  }

  @Test
  void brokerIdIsAnotherNameOfNodeId() {
    assertEquals(5, BrokerConfig.of(Map.of("broker.id", "5")).nodeId());
    assertEquals(1, BrokerConfig.of(Map.of("broker.id", "-1")).nodeId());
    assertThrows(
        ConfigException.class, () -> BrokerConfig.of(Map.of("broker.id", "5", "node.id", "6")));
  }

  @Test
  void whatDoesNothingHereSaysWhy() {
    BrokerConfig config =
        BrokerConfig.of(
            Map.of(
                "num.replica.fetchers", "4",
                "zookeeper.connect", "localhost:2181",
                "rsm.config.bucket", "b",
                "num.partitions", "3"));
    assertEquals(
        Set.of("num.replica.fetchers", "zookeeper.connect", "rsm.config.bucket"),
        config.ineffective().keySet());
    assertTrue(config.ineffective().get("num.replica.fetchers").contains("one copy"));
    assertRefused("num.replica.fetchers", "num.replica.fetchers", "many");
  }

  @Test
  void whatShouldKeepOthersOutIsNeverIgnored() {
    assertRefused("not there yet", "sasl.enabled.mechanisms", "PLAIN");
    assertRefused("not there yet", "authorizer.class.name", "org.example.Authorizer");
    assertRefused("not there yet", "super.users", "User:admin");
    assertRefused("not there yet", "listener.name.plaintext.sasl.enabled.mechanisms", "PLAIN");
    assertRefused("plug-ins", "create.topic.policy.class.name", "org.example.Policy");
    assertRefused("tiered", "remote.log.storage.system.enable", "true");
    assertRefused("filled in", "config.providers", "file");
    // These ask for nothing.
    BrokerConfig.of(
        Map.of(
            "authorizer.class.name", "",
            "ssl.client.auth", "none",
            "security.inter.broker.protocol", "PLAINTEXT",
            "remote.log.storage.system.enable", "false"));
    ConfigException e =
        assertThrows(
            ConfigException.class,
            () -> BrokerConfig.of(Map.of("sasl.jaas.config", "secret-value")));
    assertFalse(e.getMessage().contains("secret-value"), e.getMessage());
  }

  @Test
  void limitsOfSingleHostsAreRead() {
    BrokerConfig config =
        BrokerConfig.of(Map.of("max.connections.per.ip.overrides", "10.0.0.1:5, ::1:7"));
    assertEquals(Map.of("10.0.0.1", 5, "::1", 7), config.connectionOverrides());
    assertRefused("HOST:NUMBER", "max.connections.per.ip.overrides", "10.0.0.1");
    assertRefused("nobody could connect", "max.connections.per.ip", "0");
  }

  @Test
  void describesWhatHasNoEffectAndHidesWhatIsSecret() {
    BrokerConfig config = BrokerConfig.of(Map.of("num.replica.fetchers", "4"));
    ConfigView view =
        config.describe().stream()
            .filter(v -> v.name().equals("num.replica.fetchers"))
            .findFirst()
            .orElseThrow();
    assertEquals("4", view.value());
    assertEquals(ConfigSource.STATIC_BROKER_CONFIG, view.source());
    assertEquals("1", view.synonyms().get(1).value());
    assertTrue(view.documentation().startsWith("Has no effect in Naru because "));
  }

  @Test
  void everyOptionHasASentence() {
    for (ConfigView view : BrokerConfig.of(Map.of()).describe()) {
      assertFalse(view.documentation().isBlank(), view.name());
    }
  }

  @Test
  void topicDefaultsComeFromBrokerOptions() {
    BrokerConfig broker =
        BrokerConfig.of(
            Map.of(
                "log.retention.hours", "1",
                "log.segment.bytes", "2097152",
                "message.max.bytes", "5000000",
                "log.cleanup.policy", "compact,delete",
                "log.message.timestamp.type", "LogAppendTime",
                "durability", "os"));
    var settings = new TopicConfigs(broker).settings(Map.of("segment.bytes", "3145728"));

    assertEquals(3_600_000, settings.log().retentionMs());
    assertEquals(3_145_728, settings.log().segmentBytes());
    assertEquals(5_000_000, settings.maxMessageBytes());
    assertTrue(settings.log().compact() && settings.log().delete());
    assertEquals(TimestampType.LOG_APPEND_TIME, settings.timestampType());
    assertEquals(Durability.OS, settings.log().durability());
  }

  @Test
  void retentionForEverInHoursStaysForEver() {
    BrokerConfig broker = BrokerConfig.of(Map.of("log.retention.hours", "-1"));
    assertEquals(-1, new TopicConfigs(broker).settings(Map.of()).log().retentionMs());
  }

  @Test
  void describesWhereAValueComesFrom() {
    BrokerConfig broker =
        BrokerConfig.of(Map.of("log.retention.hours", "1"))
            .withDynamic(Map.of("log.retention.ms", "1000"), Map.of());
    var topics = new TopicConfigs(broker);

    ConfigView inherited = view(topics, Map.of());
    assertEquals("1000", inherited.value());
    assertEquals(ConfigSource.DYNAMIC_DEFAULT_BROKER_CONFIG, inherited.source());
    ConfigView own = view(topics, Map.of("retention.ms", "5"));
    assertEquals("5", own.value());
    assertEquals(ConfigSource.TOPIC_CONFIG, own.source());
    assertEquals(
        new ConfigView.Synonym(
            "log.retention.ms", "1000", ConfigSource.DYNAMIC_DEFAULT_BROKER_CONFIG),
        own.synonyms().get(1));
    assertEquals(
        new ConfigView.Synonym("log.retention.hours", "1", ConfigSource.STATIC_BROKER_CONFIG),
        own.synonyms().get(2));
  }

  @Test
  void refusesTopicConfigsThatItCannotKeep() {
    var topics = new TopicConfigs(BrokerConfig.of(Map.of()));
    topics.validate(Map.of(), Map.of("unclean.leader.election.enable", "true"));
    assertThrows(
        InvalidConfigurationException.class,
        () -> topics.validate(Map.of(), Map.of("no.such.config", "1")));
    assertThrows(
        ConfigException.class,
        () -> topics.validate(Map.of(), Map.of("remote.storage.enable", "true")));
    assertThrows(
        ConfigException.class, () -> topics.validate(Map.of(), Map.of("retention.ms", "soon")));
    assertThrows(
        InvalidConfigurationException.class,
        () ->
            topics.validate(
                Map.of(), Map.of("min.compaction.lag.ms", "10", "max.compaction.lag.ms", "5")));
  }

  private static ConfigView view(TopicConfigs topics, Map<String, String> own) {
    return topics.describe(own).stream()
        .filter(v -> v.name().equals("retention.ms"))
        .findFirst()
        .orElseThrow();
  }

  private static void assertRefused(String expected, String name, String value) {
    ConfigException e =
        assertThrows(ConfigException.class, () -> BrokerConfig.of(Map.of(name, value)));
    assertTrue(e.getMessage().contains(expected), e.getMessage());
  }
}

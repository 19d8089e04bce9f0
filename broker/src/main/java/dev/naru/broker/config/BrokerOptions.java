package dev.naru.broker.config;

import static org.apache.kafka.common.config.ConfigDef.Range.atLeast;
import static org.apache.kafka.common.config.ConfigDef.Range.between;

import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.ValidString;
import org.apache.kafka.server.config.ConfigSynonym;
import org.apache.kafka.server.config.ServerTopicConfigSynonyms;

/**
 * Every option of a node, declared once: name, type, default, what is valid, and one sentence.
 * Units are in the names. Kafka's names wherever Kafka has the thing; what this node does not do
 * has no option, so that setting it is answered instead of ignored.
 */
final class BrokerOptions {
  static final ConfigDef DEFINITIONS = new ConfigDef();

  /** Options that may change while the node runs: the defaults of topic configs. */
  static final Set<String> DYNAMIC;

  private static final int MAX = Integer.MAX_VALUE;

  static {
    node();
    network();
    topics();
    groups();
    consumerGroups();
    transactions();
    DYNAMIC = Set.copyOf(topicDefaults());
  }

  private BrokerOptions() {}

  private static void node() {
    number(
        "node.id", 1, 0, "Number of this node; a data directory belongs to one number for ever.");
    text("broker.rack", null, "Rack or zone of this node, told to clients that ask for it.");
    list("log.dirs", null, "Directory that holds this node's data; exactly one.");
    list("log.dir", "naru-data", "Directory that holds this node's data when log.dirs is not set.");
    define(
        "durability",
        ConfigDef.Type.STRING,
        "fsync",
        ValidString.in("fsync", "os"),
        "When an append counts as durable: fsync, after it was forced to disk; os, as soon as the"
            + " operating system has it.");
  }

  private static void network() {
    list(
        "listeners",
        "PLAINTEXT://127.0.0.1:9092",
        "Address to listen on, as PLAINTEXT://HOST:PORT; port 0 takes a free one.");
    list(
        "advertised.listeners",
        null,
        "Address that clients are told to connect to; the listener's own when not set.");
    flag(
        "allow.unauthenticated.listeners",
        false,
        "Allows to listen on an address that other machines reach, although nobody is asked who they"
            + " are.");
    number("socket.request.max.bytes", 100 << 20, 1, "Largest request that is accepted.");
    number("socket.send.buffer.bytes", 100 << 10, -1, "SO_SNDBUF; -1 for the system's default.");
    number("socket.receive.buffer.bytes", 100 << 10, -1, "SO_RCVBUF; -1 for the system's default.");
    number("socket.listen.backlog.size", 50, 1, "Connections that may wait to be accepted.");
    number("max.connections", MAX, 0, "Most connections at one time.");
    number("max.connections.per.ip", MAX, 0, "Most connections at one time from one address.");
    define(
        "connections.max.idle.ms",
        ConfigDef.Type.LONG,
        600_000L,
        null,
        "Closes a connection that was silent for so long.");
    define(
        "queued.max.request.bytes",
        ConfigDef.Type.LONG,
        -1L,
        null,
        "Memory for requests that are read but not answered; -1 lets the node choose.");
    number("fetch.max.bytes", 55 << 20, 1024, "Most bytes in the answer to one fetch.");
    number(
        "max.incremental.fetch.session.cache.slots",
        1000,
        0,
        "Incremental fetch sessions that are remembered.");
    number(
        "max.request.partition.size.limit",
        2000,
        1,
        "Most partitions in the answer to one DescribeTopicPartitions.");
  }

  private static void topics() {
    number("num.partitions", 1, 1, "Partitions of a topic that does not say how many.");
    one("default.replication.factor", "Copies of a topic's partitions: one node keeps one.");
    flag("auto.create.topics.enable", true, "Creates a topic when a client first names it.");
    flag("delete.topic.enable", true, "Allows to delete topics.");
    Map<String, ConfigDef.ConfigKey> kafka =
        org.apache.kafka.storage.internals.log.LogConfig.SERVER_CONFIG_DEF.configKeys();
    for (String name : topicDefaults()) {
      ConfigDef.ConfigKey key = kafka.get(name);
      if (key != null) {
        DEFINITIONS.define(key);
      }
    }
    Set<String> rest = topicDefaults();
    rest.removeAll(DEFINITIONS.names());
    for (String name : rest) {
      ConfigDef.ConfigKey key = TopicConfigs.DEFINITIONS.configKeys().get(topicConfigOf(name));
      define(name, key.type, key.defaultValue, key.validator, key.documentation);
    }
  }

  private static void groups() {
    number("offsets.topic.num.partitions", 50, 1, "Partitions of __consumer_offsets.");
    one("offsets.topic.replication.factor", "Copies of __consumer_offsets: one node keeps one.");
    number("offsets.topic.segment.bytes", 100 << 20, 1 << 20, "Segments of __consumer_offsets.");
    number(
        "offsets.topic.compression.codec",
        0,
        0,
        "Codec for the records in __consumer_offsets: 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd.");
    number("offsets.load.buffer.size", 5 << 20, 1, "Bytes read at a time while a group is loaded.");
    number("offsets.commit.timeout.ms", 5000, 1, "Longest wait for a commit to be durable.");
    number("offset.metadata.max.bytes", 4096, 0, "Longest text a client may keep with an offset.");
    number(
        "offsets.retention.minutes",
        10080,
        1,
        "Keeps the offsets of a group so long after its last member has gone.");
    define(
        "offsets.retention.check.interval.ms",
        ConfigDef.Type.LONG,
        600_000L,
        atLeast(1),
        "Looks so often for offsets that have expired.");
    number("group.min.session.timeout.ms", 6000, 0, "Shortest session timeout of a member.");
    number("group.max.session.timeout.ms", 1_800_000, 0, "Longest session timeout of a member.");
    number("group.initial.rebalance.delay.ms", 3000, 0, "Waits so long for a new group's members.");
    number("group.max.size", MAX, 1, "Most members of a classic group.");
    number("group.coordinator.threads", 1, 1, "Threads of the group coordinator.");
    number(
        "group.coordinator.append.linger.ms",
        -1,
        -1,
        "Collects group records for so long before a write; -1 adapts to the load.");
    number(
        "group.coordinator.cached.buffer.max.bytes",
        (1 << 20) + 12,
        512 << 10,
        "Largest write buffer that is kept for the next write.");
    number("group.coordinator.background.threads", 1, 1, "Threads that compute assignments aside.");
    list(
        "group.coordinator.rebalance.protocols",
        "classic,consumer",
        "Group protocols that are served: classic and consumer.");
  }

  private static void consumerGroups() {
    String name = "group.consumer.";
    number(name + "session.timeout.ms", 45_000, 1, "Session timeout of a consumer group's member.");
    number(name + "min.session.timeout.ms", 45_000, 1, "Shortest session timeout of a group.");
    number(name + "max.session.timeout.ms", 60_000, 1, "Longest session timeout of a group.");
    number(name + "heartbeat.interval.ms", 5000, 1, "Heartbeat interval given to members.");
    number(name + "min.heartbeat.interval.ms", 5000, 1, "Shortest heartbeat interval of a group.");
    number(name + "max.heartbeat.interval.ms", 15_000, 1, "Longest heartbeat interval of a group.");
    number(name + "assignment.interval.ms", 1000, 0, "Least time between two assignments.");
    number(name + "min.assignment.interval.ms", 0, 0, "Shortest assignment interval of a group.");
    number(name + "max.assignment.interval.ms", 15_000, 0, "Longest assignment interval.");
    number(name + "max.size", MAX, 1, "Most members of a consumer group.");
    number(
        name + "regex.refresh.interval.ms",
        600_000,
        10_000,
        "Matches subscribed patterns against the topics so often.");
    list(name + "assignors", "uniform,range", "Assignors on offer, the default one first.");
    define(
        name + "migration.policy",
        ConfigDef.Type.STRING,
        "bidirectional",
        ConfigDef.CaseInsensitiveValidString.in(
            "bidirectional", "upgrade", "downgrade", "disabled"),
        "Which way a group may move between the classic and the consumer protocol.");
  }

  private static void transactions() {
    String name = "transaction.";
    number(name + "max.timeout.ms", 900_000, 1, "Longest transaction timeout of a producer.");
    number(name + "state.log.num.partitions", 50, 1, "Partitions of __transaction_state.");
    one(name + "state.log.replication.factor", "Copies of __transaction_state: one.");
    one(name + "state.log.min.isr", "Copies of __transaction_state that must be in sync: one.");
    number(name + "state.log.segment.bytes", 100 << 20, 1 << 20, "Segments of that topic.");
    number(name + "state.log.load.buffer.size", 5 << 20, 1, "Bytes read at a time while loading.");
    number(
        name + "abort.timed.out.transaction.cleanup.interval.ms",
        10_000,
        1,
        "Looks so often for transactions that are past their timeout.");
    number(
        name + "remove.expired.transaction.cleanup.interval.ms",
        3_600_000,
        1,
        "Looks so often for transactional ids that have expired.");
    flag(
        name + "partition.verification.enable",
        true,
        "Checks that a partition belongs to a transaction before its first append.");
    number(
        "transactional.id.expiration.ms",
        604_800_000,
        1,
        "Forgets a transactional id so long after its last use.");
    number(
        "producer.id.expiration.ms",
        86_400_000,
        1,
        "Forgets an idempotent producer so long after its last append.");
  }

  /** Broker options that give topic configs their defaults. */
  private static Set<String> topicDefaults() {
    Set<String> names = new HashSet<>();
    ServerTopicConfigSynonyms.ALL_TOPIC_CONFIG_SYNONYMS.values().stream()
        .flatMap(java.util.List::stream)
        .map(ConfigSynonym::name)
        // Only Kafka's flush scheduler reads this one.
        .filter(name -> !name.equals("log.flush.scheduler.interval.ms"))
        .forEach(names::add);
    return names;
  }

  private static String topicConfigOf(String brokerOption) {
    return ServerTopicConfigSynonyms.ALL_TOPIC_CONFIG_SYNONYMS.entrySet().stream()
        .filter(e -> e.getValue().stream().anyMatch(s -> s.name().equals(brokerOption)))
        .findFirst()
        .orElseThrow()
        .getKey();
  }

  private static void number(String name, int value, int least, String sentence) {
    define(name, ConfigDef.Type.INT, value, atLeast(least), sentence);
  }

  private static void one(String name, String sentence) {
    // The type is Kafka's: INT, except for the coordinators' topics.
    boolean isShort = name.endsWith("replication.factor") && !name.startsWith("default.");
    if (isShort) {
      define(name, ConfigDef.Type.SHORT, (short) 1, between((short) 1, (short) 1), sentence);
    } else {
      define(name, ConfigDef.Type.INT, 1, between(1, 1), sentence);
    }
  }

  private static void text(String name, String value, String sentence) {
    define(name, ConfigDef.Type.STRING, value, null, sentence);
  }

  private static void list(String name, String value, String sentence) {
    define(name, ConfigDef.Type.LIST, value, null, sentence);
  }

  private static void flag(String name, boolean value, String sentence) {
    define(name, ConfigDef.Type.BOOLEAN, value, null, sentence);
  }

  private static void define(
      String name,
      ConfigDef.Type type,
      Object value,
      ConfigDef.Validator validator,
      String sentence) {
    DEFINITIONS.define(name, type, value, validator, Importance.MEDIUM, sentence);
  }
}

package dev.naru.broker.config;

import static org.apache.kafka.common.config.ConfigDef.Range.atLeast;

import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.ValidString;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.server.config.ConfigSynonym;
import org.apache.kafka.server.config.ServerTopicConfigSynonyms;

/**
 * Every option that a node has, declared once: name, type, default, what is valid, and one
 * sentence. Units are in the names. Kafka's names wherever Kafka has the thing; {@link
 * ForeignOptions} has those of Kafka's that mean nothing here.
 */
final class BrokerOptions {
  static final ConfigDef DEFINITIONS = new ConfigDef();

  /** Options that may change while the node runs; Kafka lets no others change that are here. */
  static final Set<String> DYNAMIC;

  private static final int MAX = Integer.MAX_VALUE;

  /** Whoever asks for three copies must not believe that there are three. */
  private static final ConfigDef.Validator ONE_COPY =
      (name, value) -> {
        if (((Number) value).intValue() != 1) {
          throw new ConfigException(name, value, "one node keeps one copy; it must be 1");
        }
      };

  static {
    node();
    threads();
    network();
    connections();
    SslOptions.define(DEFINITIONS);
    LedgerOptions.define(DEFINITIONS);
    topics();
    logs();
    groups();
    consumerGroups();
    transactions();
    Set<String> dynamic = topicDefaults();
    dynamic.addAll(
        Set.of(
            "log.cleaner.backoff.ms",
            "log.cleaner.dedupe.buffer.size",
            "max.connection.creation.rate",
            "max.connections",
            "max.connections.per.ip",
            "max.connections.per.ip.overrides",
            "max.decompressed.batch.bytes",
            BrokerConfig.DRAIN,
            "num.io.threads",
            "producer.id.expiration.ms",
            "transaction.partition.verification.enable"));
    DYNAMIC = Set.copyOf(dynamic);
  }

  private BrokerOptions() {}

  private static void node() {
    number(
        "node.id", 1, 0, "Number of this node; a data directory belongs to one number for ever.");
    number("broker.id", -1, -1, "Kafka's older name of node.id; -1 when that one is used.");
    define(
        "process.roles",
        ConfigDef.Type.LIST,
        "broker,controller",
        ConfigDef.ValidList.in("broker", "controller"),
        "What the process is: always a broker, and its own controller.");
    flag(
        BrokerConfig.DRAIN,
        false,
        "Keeps this node of a cluster empty: what it owns goes to the others, and nothing comes to it"
            + " until this is taken back or the node starts anew.");
    text(
        "broker.rack",
        null,
        "Rack or zone of this node, told to clients that ask for it. In a cluster, copies of a record"
            + " go to different racks where there are several.");
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

  private static void threads() {
    int processors = Runtime.getRuntime().availableProcessors();
    number(
        "num.network.threads",
        Math.max(2, processors),
        1,
        "Threads that serve connections and run requests; by default as many as processors.");
    number(
        "num.io.threads", 4, 1, "Threads for what may block, such as opening and deleting logs.");
    number(
        "num.recovery.threads.per.data.dir",
        4,
        1,
        "Logs that are opened at the same time, at most num.io.threads.");
  }

  private static void network() {
    list(
        "listeners",
        "PLAINTEXT://127.0.0.1:9092",
        "Addresses to listen on, as PLAINTEXT://HOST:PORT or SSL://HOST:PORT; port 0 takes a free one."
            + " Without a host it is this machine only, or every address for a listener that lets"
            + " others in.");
    list(
        "advertised.listeners",
        null,
        "Addresses that clients are told to connect to, each those that came in by that listener; the"
            + " listener's own when not set.");
    text(
        "listener.security.protocol.map",
        "SASL_SSL:SASL_SSL,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT",
        "Security protocol of each listener, as NAME:PROTOCOL, PLAINTEXT or SSL.");
    text(
        "inter.broker.listener.name",
        null,
        "Listener that other nodes would use, one of listeners; there are no other nodes yet.");
    list(
        "controller.listener.names",
        "",
        "Listeners of KRaft controllers: nothing listens there, for there are none.");
    flag(
        "allow.unauthenticated.listeners",
        false,
        "Allows to listen on an address that other machines reach, although nobody is asked who they"
            + " are. A listener with ssl.client.auth=required needs no such permission.");
    number("socket.request.max.bytes", 100 << 20, 1, "Largest request that is accepted.");
    number("socket.send.buffer.bytes", -1, -1, "SO_SNDBUF; -1 lets the system adapt it.");
    number("socket.receive.buffer.bytes", -1, -1, "SO_RCVBUF; -1 lets the system adapt it.");
    number("socket.listen.backlog.size", 1024, 1, "Connections that may wait to be accepted.");
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

  private static void connections() {
    number(
        "max.connections",
        MAX,
        1,
        "Most connections at one time; others wait to be accepted. File descriptors limit it too.");
    number(
        "max.connections.per.ip",
        MAX,
        0,
        "Most connections at one time from one address; others are closed.");
    text(
        "max.connections.per.ip.overrides",
        "",
        "max.connections.per.ip for single hosts, as HOST:NUMBER.");
    number(
        "max.connection.creation.rate",
        MAX,
        1,
        "Most new connections in a second; others wait to be accepted.");
  }

  private static void logs() {
    define(
        "log.retention.check.interval.ms",
        ConfigDef.Type.LONG,
        300_000L,
        atLeast(1),
        "Looks so often for segments that retention removes; to the second.");
    flag("log.cleaner.enable", true, "Compacts topics whose cleanup.policy says so.");
    define(
        "log.cleaner.backoff.ms",
        ConfigDef.Type.LONG,
        5000L,
        atLeast(0),
        "Waits so long between two rounds of compaction.");
    define(
        "log.cleaner.dedupe.buffer.size",
        ConfigDef.Type.LONG,
        128L << 20,
        atLeast(1 << 20),
        "Memory for keys while a log is compacted, at most a sixteenth of the heap.");
    define(
        "max.decompressed.batch.bytes",
        ConfigDef.Type.LONG,
        100L << 20,
        atLeast(1),
        "Most bytes that may come out of a compressed batch, where the node looks inside.");
    number(
        "producer.id.expiration.ms",
        86_400_000,
        1,
        "Forgets an idempotent producer so long after its last append.");
    number(
        "producer.id.expiration.check.interval.ms",
        600_000,
        1,
        "Looks so often for producers to forget; to the second.");
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
        1000,
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
    flag(
        name + "two.phase.commit.enable",
        false,
        "Lets transactions take part in two-phase commits: they have no timeout.");
    number(
        "add.partitions.to.txn.retry.backoff.max.ms",
        100,
        1,
        "Longest wait for the end of a producer's last transaction before it is told to try again.");
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
      define(name, ConfigDef.Type.SHORT, (short) 1, ONE_COPY, sentence);
    } else {
      define(name, ConfigDef.Type.INT, 1, ONE_COPY, sentence);
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

package dev.naru.broker.config;

import java.util.Objects;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;

/**
 * An option of Apache Kafka's that this node has no part for.
 *
 * @param key its name, type and default there
 * @param why what becomes of it here
 * @param internal whether Apache Kafka keeps it out of its documentation
 */
record ForeignOption(ConfigDef.ConfigKey key, Why why, boolean internal) {

  /** What becomes of an option, and the reason, as the end of a sentence. */
  enum Why {
    CONFIG_PROVIDERS(true, "what config providers would fill in is not filled in here"),
    CORDON(true, "a node has one directory, and no other one to take new partitions"),
    GROUP_INTERNAL(false, "assignments are always computed aside"),
    LISTENER_LIMITS(
        true, "limits hold for all listeners together; set the option without its prefix"),
    LOG_ROUNDS(false, "logs are looked after every few seconds, and checkpoints are written then"),
    METRICS(false, "there are no metrics reporters and no client telemetry"),
    NO_AUTHENTICATION(false, "nobody is authenticated yet"),
    NO_POLLING(false, "a transaction that waits is woken, and does not look again and again"),
    OLD_VERSIONS(false, "there is one version of the protocol and of the log, as in Kafka 4"),
    POLICY(true, "plug-ins of this kind are not loaded, and what it forbids would be allowed"),
    PURGATORY(false, "requests that wait leave nothing behind to be purged"),
    QUEUE(false, "64 requests of each connection may wait, and queued.max.request.bytes over all"),
    QUORUM(false, "there is no KRaft quorum: each node keeps the metadata in a log of its own"),
    QUOTAS(false, "there are no quotas"),
    REPLICATION(false, "one node keeps one copy: nothing is replicated, elected or balanced"),
    SECURITY(
        true,
        "SASL, ACLs and delegation tokens are not there yet, and a node that ignored it would"
            + " let in whom it should keep out"),
    SHARE_GROUPS(false, "there are no share groups"),
    STREAMS_GROUPS(false, "there are no streams groups"),
    THREADS(false, "the work that it divides or slows down is done by one thread, unthrottled"),
    TIERED_STORAGE(false, "there is no tiered storage"),
    TIERED_STORAGE_ON(true, "there is no tiered storage"),
    ZOOKEEPER(false, "there is no ZooKeeper, as in Kafka 4");

    private final boolean refused;
    private final String reason;

    Why(boolean refused, String reason) {
      this.refused = refused;
      this.reason = reason;
    }

    String reason() {
      return reason;
    }
  }

  /**
   * Whether a node that is given this value must not start. A value that is the default asks for
   * nothing.
   *
   * @throws ConfigException the value is none of the option's type
   */
  boolean isRefused(String value) {
    Object parsed = ConfigDef.parseType(key.name, value, key.type);
    if (!why.refused || value.isBlank()) {
      return false;
    }
    String standard = defaultValue();
    return standard == null
        || !standard.equals(Objects.toString(ConfigDef.convertToString(parsed, key.type)));
  }

  /** As a string; null when there is none. */
  String defaultValue() {
    return ConfigDef.convertToString(key.defaultValue, key.type);
  }

  /** One sentence that never repeats the value, which may be a secret. */
  ConfigException refusal() {
    return new ConfigException(key.name + " cannot be set: " + why.reason());
  }

  /** One sentence for DescribeConfigs. */
  static String documentation(Why why) {
    return why.refused
        ? "Cannot be set in Naru: " + why.reason() + "."
        : "Has no effect in Naru because " + why.reason() + ".";
  }
}

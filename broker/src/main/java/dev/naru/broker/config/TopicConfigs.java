package dev.naru.broker.config;

import dev.naru.broker.partition.TopicSettings;
import dev.naru.log.InflationLimit;
import dev.naru.log.LogConfig;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.requests.DescribeConfigsResponse.ConfigSource;
import org.apache.kafka.server.config.ConfigSynonym;
import org.apache.kafka.server.config.ServerTopicConfigSynonyms;

/**
 * Topic configs with the defaults that a node's options give them: names, types and rules are
 * Kafka's own. Immutable.
 *
 * <p>What one node cannot do is refused ({@code remote.storage.enable}, dead-letter queues of share
 * groups). What has no effect on one copy is accepted, since it says nothing false: {@code
 * unclean.leader.election.enable}, the replication throttles, and the local and remote retention
 * limits of a topic without remote storage.
 */
public final class TopicConfigs {
  static final ConfigDef DEFINITIONS =
      org.apache.kafka.storage.internals.log.LogConfig.configDefCopy();

  private static final String SHARE_DEAD_LETTERS = "errors.deadletterqueue.group.enable";

  private final BrokerConfig broker;
  private final Map<String, Object> defaults = new HashMap<>();

  public TopicConfigs(BrokerConfig broker) {
    this.broker = broker;
    ServerTopicConfigSynonyms.ALL_TOPIC_CONFIG_SYNONYMS.forEach(
        (name, synonyms) -> {
          String value = brokerDefault(synonyms);
          if (value != null) {
            defaults.put(name, normalized(name, value));
          }
        });
  }

  /** The node's options that the defaults come from. */
  public BrokerConfig broker() {
    return broker;
  }

  /** Whether a config is a list, so that APPEND and SUBTRACT make sense. */
  public static boolean isList(String name) {
    ConfigDef.ConfigKey key = DEFINITIONS.configKeys().get(name);
    return key != null && key.type == ConfigDef.Type.LIST;
  }

  /**
   * Checks the configs that a topic would have of its own.
   *
   * @param existing those that it has now
   * @throws InvalidConfigurationException an unknown name, or values that contradict each other
   * @throws org.apache.kafka.common.config.ConfigException a value of the wrong form
   */
  public void validate(Map<String, String> existing, Map<String, String> configs) {
    Map<String, Object> base = new HashMap<>(defaults);
    // Kafka takes an empty map for "no node".
    base.putIfAbsent(TopicConfig.PREALLOCATE_CONFIG, "false");
    org.apache.kafka.storage.internals.log.LogConfig.validate(existing, configs, base, false);
    if (Boolean.parseBoolean(configs.get(SHARE_DEAD_LETTERS))) {
      throw new InvalidConfigurationException(
          SHARE_DEAD_LETTERS + " cannot be true: this broker has no share groups");
    }
  }

  /** The configs of a topic in the form that the request path and the log use. */
  public TopicSettings settings(Map<String, String> configs) {
    AbstractConfig config = parse(configs);
    String compression = config.getString(TopicConfig.COMPRESSION_TYPE_CONFIG);
    return new TopicSettings(
        logConfig(config),
        config.getInt(TopicConfig.MAX_MESSAGE_BYTES_CONFIG),
        compression,
        compressionLevel(config, compression),
        TimestampType.forName(config.getString(TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG)),
        config.getLong(TopicConfig.MESSAGE_TIMESTAMP_BEFORE_MAX_MS_CONFIG),
        config.getLong(TopicConfig.MESSAGE_TIMESTAMP_AFTER_MAX_MS_CONFIG),
        config.getInt(TopicConfig.MIN_IN_SYNC_REPLICAS_CONFIG));
  }

  /** Every topic config with its value for a topic that has these of its own. */
  public List<ConfigView> describe(Map<String, String> configs) {
    AbstractConfig config = parse(configs);
    List<ConfigView> views = new ArrayList<>();
    for (ConfigDef.ConfigKey key : DEFINITIONS.configKeys().values()) {
      if (key.internalConfig && !configs.containsKey(key.name)) {
        continue;
      }
      List<ConfigView.Synonym> synonyms = new ArrayList<>();
      if (configs.containsKey(key.name)) {
        synonyms.add(
            new ConfigView.Synonym(
                key.name,
                ConfigDef.convertToString(config.values().get(key.name), key.type),
                ConfigSource.TOPIC_CONFIG));
      }
      synonyms.addAll(broker.synonyms(brokerNames(key.name)));
      views.add(ConfigView.of(key, config.values().get(key.name), false, synonyms));
    }
    return views;
  }

  private AbstractConfig parse(Map<String, String> configs) {
    Properties own = new Properties();
    own.putAll(configs);
    return org.apache.kafka.storage.internals.log.LogConfig.fromProps(defaults, own);
  }

  private LogConfig logConfig(AbstractConfig config) {
    List<String> policy = config.getList(TopicConfig.CLEANUP_POLICY_CONFIG);
    Integer testSegmentBytes = config.getInt("internal.segment.bytes");
    return new LogConfig(
        testSegmentBytes != null
            ? testSegmentBytes
            : config.getInt(TopicConfig.SEGMENT_BYTES_CONFIG),
        config.getLong(TopicConfig.SEGMENT_MS_CONFIG),
        config.getLong(TopicConfig.SEGMENT_JITTER_MS_CONFIG),
        config.getInt(TopicConfig.SEGMENT_INDEX_BYTES_CONFIG),
        config.getInt(TopicConfig.INDEX_INTERVAL_BYTES_CONFIG),
        config.getLong(TopicConfig.RETENTION_MS_CONFIG),
        config.getLong(TopicConfig.RETENTION_BYTES_CONFIG),
        policy.contains(TopicConfig.CLEANUP_POLICY_DELETE),
        policy.contains(TopicConfig.CLEANUP_POLICY_COMPACT),
        config.getLong(TopicConfig.DELETE_RETENTION_MS_CONFIG),
        config.getLong(TopicConfig.MIN_COMPACTION_LAG_MS_CONFIG),
        config.getLong(TopicConfig.MAX_COMPACTION_LAG_MS_CONFIG),
        config.getDouble(TopicConfig.MIN_CLEANABLE_DIRTY_RATIO_CONFIG),
        config.getInt(TopicConfig.MAX_MESSAGE_BYTES_CONFIG),
        config.getLong(TopicConfig.FILE_DELETE_DELAY_MS_CONFIG),
        config.getBoolean(TopicConfig.PREALLOCATE_CONFIG),
        config.getLong(TopicConfig.FLUSH_MESSAGES_INTERVAL_CONFIG),
        config.getLong(TopicConfig.FLUSH_MS_CONFIG),
        broker.durability(),
        new InflationLimit(
            config.getInt(TopicConfig.MAX_DECOMPRESSED_MESSAGE_BYTES_CONFIG),
            broker.getLong("max.decompressed.batch.bytes")));
  }

  private static Integer compressionLevel(AbstractConfig config, String compression) {
    return switch (compression) {
      case "gzip" -> config.getInt(TopicConfig.COMPRESSION_GZIP_LEVEL_CONFIG);
      case "lz4" -> config.getInt(TopicConfig.COMPRESSION_LZ4_LEVEL_CONFIG);
      case "zstd" -> config.getInt(TopicConfig.COMPRESSION_ZSTD_LEVEL_CONFIG);
      default -> null;
    };
  }

  private String brokerDefault(List<ConfigSynonym> synonyms) {
    for (ConfigSynonym synonym : synonyms) {
      String value = broker.given(synonym.name());
      if (value != null) {
        return synonym.converter().apply(value);
      }
    }
    return null;
  }

  private static String normalized(String name, String value) {
    // In hours or minutes, -1 means for ever too, and must survive the conversion.
    return name.equals(TopicConfig.RETENTION_MS_CONFIG) && value.startsWith("-") ? "-1" : value;
  }

  private static String[] brokerNames(String topicConfig) {
    List<ConfigSynonym> synonyms =
        ServerTopicConfigSynonyms.ALL_TOPIC_CONFIG_SYNONYMS.getOrDefault(topicConfig, List.of());
    return synonyms.stream().map(ConfigSynonym::name).toArray(String[]::new);
  }
}

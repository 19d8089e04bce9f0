package dev.naru.broker.metadata;

import dev.naru.broker.config.BrokerConfig;
import java.util.Map;
import org.apache.kafka.common.internals.Topic;

/** How the topics that the coordinators write come into being. */
public final class InternalTopics {
  private InternalTopics() {}

  /** Partitions that a topic gets when nobody says how many; -1 for {@code num.partitions}. */
  public static int partitions(String topic, BrokerConfig config) {
    return switch (topic) {
      case Topic.GROUP_METADATA_TOPIC_NAME -> config.getInt("offsets.topic.num.partitions");
      case Topic.TRANSACTION_STATE_TOPIC_NAME ->
          config.getInt("transaction.state.log.num.partitions");
      default -> -1;
    };
  }

  /** Configs that a topic must have, as Kafka gives them. */
  public static Map<String, String> configs(String topic, BrokerConfig config) {
    return switch (topic) {
      case Topic.GROUP_METADATA_TOPIC_NAME ->
          Map.of(
              "cleanup.policy", "compact",
              "compression.type", "producer",
              "segment.bytes", config.getInt("offsets.topic.segment.bytes") + "");
      case Topic.TRANSACTION_STATE_TOPIC_NAME ->
          Map.of(
              "cleanup.policy", "compact",
              "compression.type", "uncompressed",
              "min.insync.replicas", config.getInt("transaction.state.log.min.isr") + "",
              "unclean.leader.election.enable", "false",
              "segment.bytes", config.getInt("transaction.state.log.segment.bytes") + "");
      default -> Map.of();
    };
  }
}

package dev.naru.cli.transfer;

import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.TopicConfig;

/**
 * A topic that is brought over.
 *
 * @param name its name, the same on both sides
 * @param partitions how many it has
 * @param configs what its configs are set to in the source; not what comes from the node's own
 *     options
 */
record TopicPlan(String name, int partitions, Map<String, String> configs) {
  /** Values of {@code message.timestamp.type}. */
  static final String CREATE_TIME = "CreateTime";

  static final String LOG_APPEND_TIME = "LogAppendTime";

  List<TopicPartition> topicPartitions() {
    return IntStream.range(0, partitions).mapToObj(p -> new TopicPartition(name, p)).toList();
  }

  boolean compacted() {
    return configs
        .getOrDefault(TopicConfig.CLEANUP_POLICY_CONFIG, TopicConfig.CLEANUP_POLICY_DELETE)
        .contains(TopicConfig.CLEANUP_POLICY_COMPACT);
  }

  /** Whether the source stamps records when they come, which the target must not do again. */
  boolean stampedOnArrival() {
    return LOG_APPEND_TIME.equals(configs.get(TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG));
  }
}

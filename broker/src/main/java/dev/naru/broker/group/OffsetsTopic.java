package dev.naru.broker.group;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.utils.Utils;
import org.apache.kafka.image.TopicImage;

/** {@code __consumer_offsets}: made on first use. Any thread. */
final class OffsetsTopic {
  private static final String PARTITIONS = "offsets.topic.num.partitions";
  private static final String SEGMENT_BYTES = "offsets.topic.segment.bytes";
  private static final int DEFAULT_PARTITIONS = 50;
  private static final int DEFAULT_SEGMENT_BYTES = 100 * 1024 * 1024;

  private final GroupContext context;
  private final AtomicReference<CompletableFuture<TopicImage>> creation = new AtomicReference<>();

  OffsetsTopic(GroupContext context) {
    this.context = context;
  }

  /** The topic, or null while it does not exist. */
  TopicImage image() {
    return context.metadata().topic(Topic.GROUP_METADATA_TOPIC_NAME);
  }

  /** Partitions that the topic has, or will have when it is made. */
  int partitionCount() {
    TopicImage topic = image();
    return topic == null ? setting(PARTITIONS, DEFAULT_PARTITIONS) : topic.partitions().size();
  }

  static int partitionFor(String groupId, TopicImage topic) {
    return Utils.abs(groupId.hashCode()) % topic.partitions().size();
  }

  /** Gives the topic, creating it when it is absent; many that ask at a time cause one creation. */
  CompletionStage<TopicImage> ensure() {
    TopicImage topic = image();
    if (topic != null) {
      return CompletableFuture.completedFuture(topic);
    }
    CompletableFuture<TopicImage> mine = new CompletableFuture<>();
    CompletableFuture<TopicImage> running = creation.compareAndExchange(null, mine);
    if (running != null) {
      return running;
    }
    try {
      context
          .controller()
          .ensureTopic(
              Topic.GROUP_METADATA_TOPIC_NAME, setting(PARTITIONS, DEFAULT_PARTITIONS), configs())
          .whenComplete(
              (id, failure) -> {
                creation.set(null);
                TopicImage created = image();
                if (failure != null) {
                  mine.completeExceptionally(failure);
                } else if (created == null) {
                  mine.completeExceptionally(
                      new IllegalStateException("the topic was created, but is not to be seen"));
                } else {
                  mine.complete(created);
                }
              });
    } catch (RuntimeException e) {
      creation.set(null);
      mine.completeExceptionally(e);
    }
    return mine;
  }

  private Map<String, String> configs() {
    return Map.of(
        TopicConfig.CLEANUP_POLICY_CONFIG,
        TopicConfig.CLEANUP_POLICY_COMPACT,
        TopicConfig.COMPRESSION_TYPE_CONFIG,
        "producer",
        TopicConfig.SEGMENT_BYTES_CONFIG,
        Integer.toString(setting(SEGMENT_BYTES, DEFAULT_SEGMENT_BYTES)));
  }

  private int setting(String name, int defaultValue) {
    Object value = context.settings().get(name);
    return value == null ? defaultValue : Integer.parseInt(value.toString().trim());
  }
}

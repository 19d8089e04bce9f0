package dev.naru.broker.group;

import com.yammer.metrics.core.MetricsRegistry;
import dev.naru.broker.metadata.MetadataView;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Function;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.coordinator.group.GroupConfigManager;
import org.apache.kafka.coordinator.group.GroupCoordinator;
import org.apache.kafka.coordinator.group.GroupCoordinatorConfig;
import org.apache.kafka.coordinator.group.GroupCoordinatorRecordSerde;
import org.apache.kafka.coordinator.group.GroupCoordinatorService;
import org.apache.kafka.coordinator.group.metrics.GroupCoordinatorMetrics;
import org.apache.kafka.coordinator.group.metrics.GroupCoordinatorRuntimeMetrics;
import org.apache.kafka.image.MetadataDelta;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.image.TopicImage;
import org.apache.kafka.server.util.timer.SystemTimer;
import org.apache.kafka.server.util.timer.SystemTimerReaper;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Kafka's group coordinator with everything that it is built from. Loading these classes takes most
 * of a second the first time, so nothing else refers to this class before the node is ready.
 *
 * <p>Started, told of metadata and closed by one thread, the group service's; only leadership may
 * be told by any.
 */
final class CoordinatorHost implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(CoordinatorHost.class);

  private final MetadataView metadata;
  private final Metrics metrics = new Metrics();
  private final Elections elections;
  private final GroupCoordinator coordinator;
  private final int configuredPartitions;
  private volatile int partitionCount;

  CoordinatorHost(
      GroupContext context, Function<TopicPartition, OffsetsLog> logs, Executor executor) {
    metadata = context.metadata();
    Map<String, Object> settings = new HashMap<>(context.settings());
    settings.putIfAbsent(
        GroupCoordinatorConfig.GROUP_COORDINATOR_NUM_THREADS_CONFIG,
        Math.min(4, Runtime.getRuntime().availableProcessors()));
    GroupCoordinatorConfig config = GroupConfigRules.coordinatorConfig(settings);
    configuredPartitions = config.offsetsTopicPartitions();
    elections = new Elections(context.timers(), executor);
    coordinator =
        new GroupCoordinatorService.Builder(metadata.nodeId(), config)
            .withTime(Time.SYSTEM)
            .withTimer(
                new SystemTimerReaper("naru-group-reaper", new SystemTimer("naru-group-timer")))
            .withLoader(
                new LogLoader(
                    logs,
                    elections,
                    context.timers(),
                    new GroupCoordinatorRecordSerde(),
                    config.offsetsLoadBufferSize()))
            .withWriter(new LogWriter(logs, elections, context.verifier(), context.timers()))
            .withCoordinatorRuntimeMetrics(new GroupCoordinatorRuntimeMetrics(metrics))
            .withGroupCoordinatorMetrics(
                new GroupCoordinatorMetrics(new MetricsRegistry(), metrics))
            .withGroupConfigManager(
                new GroupConfigManager(config, GroupConfigRules.shareConfig(settings)))
            .withPersister(new RefusingPersister())
            .withAuthorizerPlugin(Optional.empty())
            .withPartitionMetadataClient(new LocalPartitionMetadata(context.partitions()))
            .build();
    elections.bind(coordinator);
  }

  GroupCoordinator coordinator() {
    return coordinator;
  }

  Elections elections() {
    return elections;
  }

  void start(MetadataImage image) {
    TopicImage topic = image.topics().getTopic(Topic.GROUP_METADATA_TOPIC_NAME);
    partitionCount = topic == null ? configuredPartitions : topic.partitions().size();
    coordinator.startup(() -> partitionCount);
    for (ConfigResource resource : image.configs().resourceData().keySet()) {
      updateGroupConfig(resource, image);
    }
    lead();
    coordinator.onMetadataUpdate(new MetadataDelta.Builder().setImage(image).build(), image);
  }

  /** Blocks until the offsets of deleted topics are durably gone. */
  void onMetadata(MetadataDelta delta, MetadataImage image) {
    if (delta.configsDelta() != null) {
      for (ConfigResource resource : delta.configsDelta().changes().keySet()) {
        updateGroupConfig(resource, image);
      }
    }
    lead(delta, image);
    coordinator.onMetadataUpdate(delta, image);
  }

  @Override
  public void close() {
    elections.close();
    coordinator.shutdown();
    metrics.close();
  }

  /** Takes and resigns what a change is about; as the metadata says now, without waiting. */
  void lead(MetadataDelta delta, MetadataImage image) {
    if (changesOffsetsTopic(delta, image)) {
      lead();
    }
  }

  private static boolean changesOffsetsTopic(MetadataDelta delta, MetadataImage image) {
    if (delta.topicsDelta() == null) {
      return false;
    }
    TopicImage topic = image.topics().getTopic(Topic.GROUP_METADATA_TOPIC_NAME);
    return topic == null
        ? delta.topicsDelta().topicWasDeleted(Topic.GROUP_METADATA_TOPIC_NAME)
        : delta.topicsDelta().changedTopic(topic.id()) != null;
  }

  private synchronized void lead() {
    TopicImage topic = metadata.topic(Topic.GROUP_METADATA_TOPIC_NAME);
    Map<Integer, Integer> led = new HashMap<>();
    if (topic != null) {
      if (topic.partitions().size() != partitionCount) {
        LOG.error(
            "{} has {} partitions, but groups are spread over {}; restart the node to take over"
                + " the new number",
            Topic.GROUP_METADATA_TOPIC_NAME,
            topic.partitions().size(),
            partitionCount);
      }
      topic
          .partitions()
          .forEach(
              (index, partition) -> {
                if (partition.leader == metadata.nodeId()) {
                  led.put(index, partition.leaderEpoch);
                }
              });
    }
    elections.lead(led);
  }

  private void updateGroupConfig(ConfigResource resource, MetadataImage image) {
    if (resource.type() != ConfigResource.Type.GROUP) {
      return;
    }
    try {
      coordinator.updateGroupConfig(resource.name(), image.configs().configProperties(resource));
    } catch (ApiException | ConfigException e) {
      LOG.error("The configs of group {} cannot be applied", resource.name(), e);
    }
  }
}

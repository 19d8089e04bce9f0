package dev.naru.broker.partition;

import dev.naru.broker.config.LiveConfigs;
import dev.naru.broker.config.TopicConfigs;
import dev.naru.broker.metadata.LogRecordStore;
import dev.naru.broker.metadata.MetadataListener;
import dev.naru.log.LogId;
import dev.naru.log.Logs;
import dev.naru.log.PartitionLog;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.KafkaStorageException;
import org.apache.kafka.image.MetadataDelta;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.image.TopicDelta;
import org.apache.kafka.image.TopicImage;
import org.apache.kafka.metadata.PartitionRegistration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes this node's logs what the metadata says: opens, creates, reconfigures and deletes them. One
 * change after the other, on worker threads; many logs of one change at the same time.
 */
public final class PartitionReconciler implements MetadataListener {
  private static final Logger LOG = LoggerFactory.getLogger(PartitionReconciler.class);

  private final PartitionRegistry registry;
  private final Logs store;
  private final LiveConfigs configs;
  private final Executor workers;
  private final int parallelism;
  private final Map<TopicPartition, Throwable> offline = new ConcurrentHashMap<>();
  private CompletableFuture<Void> last = CompletableFuture.completedFuture(null);

  /**
   * @param workers may block
   * @param parallelism how many logs are opened at the same time
   */
  public PartitionReconciler(
      PartitionRegistry registry,
      Logs store,
      LiveConfigs configs,
      Executor workers,
      int parallelism) {
    this.registry = registry;
    this.store = store;
    this.configs = configs;
    this.workers = workers;
    this.parallelism = parallelism;
  }

  /** Partitions whose log could not be opened, and why. */
  public Map<TopicPartition, Throwable> offline() {
    return Map.copyOf(offline);
  }

  /** Whether the log of a partition could not be opened. Any thread. */
  public boolean isOffline(TopicPartition name) {
    return offline.containsKey(name);
  }

  @Override
  public CompletionStage<Void> onMetadata(MetadataDelta delta, MetadataImage image) {
    boolean first = delta.image().isEmpty();
    boolean brokerConfigs = touchesBrokerConfigs(delta);
    if (!first && delta.topicsDelta() == null && delta.configsDelta() == null) {
      return last;
    }
    TopicConfigs topicConfigs = configs.at(image);
    last =
        last.exceptionally(error -> null)
            .thenComposeAsync(
                done -> {
                  deleteGone(delta);
                  if (first) {
                    deleteOrphans(image);
                  }
                  reconfigure(delta, image, topicConfigs, brokerConfigs);
                  return open(delta, image, topicConfigs, first);
                },
                workers);
    return last;
  }

  private void deleteGone(MetadataDelta delta) {
    if (delta.topicsDelta() == null) {
      return;
    }
    for (Uuid id : delta.topicsDelta().deletedTopicIds()) {
      TopicImage gone = delta.topicsDelta().image().getTopic(id);
      for (int partition : gone.partitions().keySet()) {
        TopicPartition name = new TopicPartition(gone.name(), partition);
        registry.remove(name);
        offline.remove(name);
        delete(new LogId(id, partition));
      }
    }
  }

  /** Logs of topics whose deletion a crash interrupted. */
  private void deleteOrphans(MetadataImage image) {
    for (LogId id : store.ids()) {
      if (id.topicId().equals(LogRecordStore.TOPIC_ID)) {
        continue;
      }
      TopicImage topic = image.topics().getTopic(id.topicId());
      if (topic == null || !topic.partitions().containsKey(id.partition())) {
        delete(id);
      }
    }
  }

  private void delete(LogId id) {
    try {
      store.delete(id);
    } catch (RuntimeException e) {
      // It is out of service already; the next start finds it as an orphan and tries again.
      LOG.warn("The log {} could not be deleted", id, e);
    }
  }

  private void reconfigure(
      MetadataDelta delta, MetadataImage image, TopicConfigs topicConfigs, boolean all) {
    if (all) {
      image.topics().topicsByName().values().forEach(t -> update(t, image, topicConfigs));
    } else if (delta.configsDelta() != null) {
      for (ConfigResource resource : delta.configsDelta().changes().keySet()) {
        TopicImage topic = image.topics().getTopic(resource.name());
        if (resource.type() == ConfigResource.Type.TOPIC && topic != null) {
          update(topic, image, topicConfigs);
        }
      }
    }
  }

  private void update(TopicImage topic, MetadataImage image, TopicConfigs topicConfigs) {
    TopicSettings settings = settings(topic.name(), image, topicConfigs);
    topic
        .partitions()
        .forEach(
            (partition, registration) ->
                registry.update(
                    new TopicPartition(topic.name(), partition),
                    registration.leaderEpoch,
                    settings));
  }

  private CompletionStage<Void> open(
      MetadataDelta delta, MetadataImage image, TopicConfigs topicConfigs, boolean first) {
    Queue<Runnable> openings = new ConcurrentLinkedQueue<>();
    Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
    if (delta.topicsDelta() != null) {
      for (TopicDelta topic : delta.topicsDelta().changedTopics().values()) {
        TopicSettings settings = settings(topic.name(), image, topicConfigs);
        topic
            .partitionChanges()
            .forEach(
                (partition, registration) ->
                    openings.add(
                        () -> openOne(topic, partition, registration, settings, failures)));
      }
    }
    List<CompletableFuture<Void>> lanes = new ArrayList<>();
    for (int lane = 0; lane < Math.min(parallelism, openings.size()); lane++) {
      lanes.add(CompletableFuture.runAsync(() -> drain(openings), workers));
    }
    return CompletableFuture.allOf(lanes.toArray(CompletableFuture[]::new))
        .thenAccept(
            done -> {
              // At the start the other partitions are served; a new topic's owner must know.
              if (!first && !failures.isEmpty()) {
                throw new KafkaStorageException("A log could not be opened", failures.peek());
              }
            });
  }

  private void openOne(
      TopicDelta topic,
      int partition,
      PartitionRegistration registration,
      TopicSettings settings,
      Queue<Throwable> failures) {
    TopicPartition name = new TopicPartition(topic.name(), partition);
    if (registry.get(name) != null && registry.get(name).topicId().equals(topic.id())) {
      registry.update(name, registration.leaderEpoch, settings);
      return;
    }
    try {
      PartitionLog log = store.openOrCreate(new LogId(topic.id(), partition), settings.log());
      registry.add(new Partition(topic.id(), name, registration.leaderEpoch, log, settings));
      offline.remove(name);
    } catch (RuntimeException e) {
      LOG.error("Partition {} is offline: its log could not be opened", name, e);
      offline.put(name, e);
      failures.add(e);
    }
  }

  private static void drain(Queue<Runnable> openings) {
    for (Runnable next = openings.poll(); next != null; next = openings.poll()) {
      next.run();
    }
  }

  private static TopicSettings settings(
      String topic, MetadataImage image, TopicConfigs topicConfigs) {
    return topicConfigs.settings(
        image.configs().configMapForResource(new ConfigResource(ConfigResource.Type.TOPIC, topic)));
  }

  private static boolean touchesBrokerConfigs(MetadataDelta delta) {
    return delta.configsDelta() != null
        && delta.configsDelta().changes().keySet().stream()
            .anyMatch(resource -> resource.type() == ConfigResource.Type.BROKER);
  }
}

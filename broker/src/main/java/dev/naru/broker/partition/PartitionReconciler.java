package dev.naru.broker.partition;

import dev.naru.broker.config.LiveConfigs;
import dev.naru.broker.config.TopicConfigs;
import dev.naru.broker.metadata.LogRecordStore;
import dev.naru.broker.metadata.MetadataListener;
import dev.naru.log.LogId;
import dev.naru.log.Logs;
import dev.naru.log.PartitionLog;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
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
 * Makes this node's logs what the metadata says: opens, creates, reconfigures and deletes those
 * that this node leads, and gives up those that another one leads now. One change after the other,
 * on worker threads; many logs of one change at the same time.
 */
public final class PartitionReconciler implements MetadataListener {
  private static final Logger LOG = LoggerFactory.getLogger(PartitionReconciler.class);

  private final PartitionRegistry registry;
  private final Logs store;
  private final LiveConfigs configs;
  private final Executor workers;
  private final int parallelism;
  private final boolean elsewhere;
  private final int nodeId;
  private final Map<TopicPartition, Throwable> offline = new ConcurrentHashMap<>();
  private volatile MetadataImage latest = MetadataImage.EMPTY;
  private CompletableFuture<Void> last = CompletableFuture.completedFuture(null);
  private CompletableFuture<Void> openingAgain = last;

  /**
   * @param workers may block
   * @param parallelism how many logs are opened at the same time
   * @param elsewhere the logs are not on this machine's disk, so that what keeps one from being
   *     opened may pass: {@link #openAgain} is called then, and who made a topic is told nothing
   */
  public PartitionReconciler(
      int nodeId,
      PartitionRegistry registry,
      Logs store,
      LiveConfigs configs,
      Executor workers,
      int parallelism,
      boolean elsewhere) {
    this.nodeId = nodeId;
    this.registry = registry;
    this.store = store;
    this.configs = configs;
    this.workers = workers;
    this.parallelism = parallelism;
    this.elsewhere = elsewhere;
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
    latest = image;
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
      gone.partitions()
          .forEach(
              (partition, registration) -> {
                TopicPartition name = new TopicPartition(gone.name(), partition);
                registry.remove(name);
                offline.remove(name);
                if (registration.leader == nodeId) {
                  delete(new LogId(id, partition));
                } else {
                  store.release(new LogId(id, partition));
                }
              });
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
                        () ->
                            settle(
                                new Wanted(topic.id(), topic.name(), partition, registration),
                                settings,
                                failures)));
      }
    }
    return drainInLanes(openings)
        .thenAccept(
            done -> {
              // At the start the other partitions are served; a new topic's owner must know.
              if (!first && !elsewhere && !failures.isEmpty()) {
                throw new KafkaStorageException("A log could not be opened", failures.peek());
              }
            });
  }

  private CompletableFuture<Void> drainInLanes(Queue<Runnable> openings) {
    List<CompletableFuture<Void>> lanes = new ArrayList<>();
    for (int lane = 0; lane < Math.min(parallelism, openings.size()); lane++) {
      lanes.add(CompletableFuture.runAsync(() -> drain(openings), workers));
    }
    return CompletableFuture.allOf(lanes.toArray(CompletableFuture[]::new));
  }

  /** A partition as the metadata wants it. */
  private record Wanted(
      Uuid topicId, String topic, int partition, PartitionRegistration registration) {
    TopicPartition name() {
      return new TopicPartition(topic, partition);
    }

    LogId log() {
      return new LogId(topicId, partition);
    }
  }

  private void settle(Wanted wanted, TopicSettings settings, Queue<Throwable> failures) {
    Partition open = registry.get(wanted.name());
    boolean same = open != null && open.topicId().equals(wanted.topicId);
    if (wanted.registration.leader != nodeId) {
      offline.remove(wanted.name());
      giveUp(open);
    } else if (same && open.leaderEpoch() == wanted.registration.leaderEpoch) {
      registry.update(wanted.name(), wanted.registration.leaderEpoch, settings);
    } else {
      // With another epoch it was elsewhere in between, however short that was.
      giveUp(open);
      open(wanted, settings, failures);
    }
  }

  private void giveUp(Partition open) {
    if (open == null) {
      return;
    }
    registry.remove(open.topicPartition());
    try {
      store.release(open.log().id());
    } catch (RuntimeException e) {
      LOG.warn("{} was given up without being forced", open.topicPartition(), e);
    }
  }

  private void open(Wanted wanted, TopicSettings settings, Queue<Throwable> failures) {
    TopicPartition name = wanted.name();
    try {
      PartitionLog log = store.openOrCreate(wanted.log(), settings.log());
      registry.add(
          new Partition(wanted.topicId, name, wanted.registration.leaderEpoch, log, settings));
      offline.remove(name);
    } catch (RuntimeException e) {
      // Once; in a cluster it is tried again and again.
      if (offline.put(name, e) == null) {
        LOG.error("Partition {} is offline: its log could not be opened", name, e);
      }
      failures.add(e);
    }
  }

  /**
   * Opens again what is offline, or fails, although this node leads it: for logs that live
   * elsewhere, where what was wrong may have passed. On the metadata thread.
   *
   * @param failed partitions in the registry whose log fails
   */
  public void openAgain(Collection<Partition> failed) {
    if ((failed.isEmpty() && offline.isEmpty()) || !openingAgain.isDone()) {
      return;
    }
    openingAgain =
        last.exceptionally(error -> null)
            .thenComposeAsync(
                done -> {
                  Set<TopicPartition> names = new HashSet<>(offline.keySet());
                  failed.forEach(partition -> names.add(partition.topicPartition()));
                  Map<TopicPartition, Partition> open = new HashMap<>();
                  failed.forEach(partition -> open.put(partition.topicPartition(), partition));
                  Queue<Runnable> openings = new ConcurrentLinkedQueue<>();
                  names.forEach(name -> openings.add(() -> openAgain(name, open.get(name))));
                  return drainInLanes(openings);
                },
                workers);
    last = openingAgain;
  }

  /**
   * @param failed what is open now and fails; null for nothing
   */
  private void openAgain(TopicPartition name, Partition failed) {
    if (failed != null && registry.isCurrent(failed)) {
      giveUp(failed);
    }
    MetadataImage image = latest;
    TopicImage topic = image.topics().getTopic(name.topic());
    PartitionRegistration registration =
        topic == null ? null : topic.partitions().get(name.partition());
    if (registration == null || registration.leader != nodeId) {
      offline.remove(name);
      return;
    }
    settle(
        new Wanted(topic.id(), name.topic(), name.partition(), registration),
        settings(name.topic(), image, configs.at(image)),
        new ConcurrentLinkedQueue<>());
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

package dev.naru.broker.txn;

import dev.naru.broker.ManualTimers;
import dev.naru.broker.cluster.Peers;
import dev.naru.broker.group.OffsetsTransactions;
import dev.naru.broker.metadata.Controller;
import dev.naru.broker.metadata.MetadataView;
import dev.naru.broker.metadata.PublishedMetadata;
import dev.naru.broker.partition.Partition;
import dev.naru.broker.partition.PartitionLookup;
import dev.naru.broker.partition.PartitionRegistry;
import dev.naru.broker.partition.TopicSettings;
import dev.naru.log.Disk;
import dev.naru.log.LogConfig;
import dev.naru.log.LogId;
import dev.naru.log.LogStore;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.metadata.PartitionRecord;
import org.apache.kafka.common.metadata.TopicRecord;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.image.MetadataDelta;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.image.MetadataProvenance;
import org.apache.kafka.image.TopicImage;
import org.apache.kafka.server.common.ProducerIdsBlock;

/** The coordinator over real logs, with metadata and time in the test's hands. */
final class ServiceFixture implements Controller, AutoCloseable {
  private static final TransactionConfig CONFIG =
      new TransactionConfig(900_000, 604_800_000, 1000, 3_600_000, 3, 1 << 20, 1 << 20, false, 100);

  final ManualTimers timers;
  final MetadataView view = new MetadataView(1, "cluster");
  final PartitionRegistry partitions = new PartitionRegistry();
  final List<String> offsetsEnded = new CopyOnWriteArrayList<>();
  final TransactionService service;
  private final LogStore store;
  private long nextProducerId;

  private ServiceFixture(
      Path directory, MetadataImage image, ManualTimers timers, long nextId, Peers peers) {
    PublishedMetadata.publish(view, image);
    this.timers = timers;
    this.nextProducerId = nextId;
    store = LogStore.open(Disk.real(), directory, timers::nowMs);
    OffsetsTransactions offsets =
        (partition, producerId, epoch, coordinatorEpoch, result, version) -> {
          offsetsEnded.add(partition + " " + result + " " + producerId + "/" + epoch);
          return CompletableFuture.completedFuture(null);
        };
    service =
        new TransactionService(
            new TransactionService.Surroundings(
                this, view, new PartitionLookup(view, partitions, name -> false), offsets, timers),
            CONFIG,
            peers);
  }

  static ServiceFixture start(Path directory) {
    return start(directory, null);
  }

  /** Starts a node of a cluster. */
  static ServiceFixture start(Path directory, Peers peers) {
    return new ServiceFixture(directory, MetadataImage.EMPTY, new ManualTimers(), 1000, peers);
  }

  /** Stops, and starts again on what is on the disk; topics named are not opened. */
  ServiceFixture restart(Path directory, String... closedTopics) {
    close();
    ServiceFixture next = new ServiceFixture(directory, view.image(), timers, nextProducerId, null);
    for (TopicImage topic : view.image().topics().topicsById().values()) {
      if (!List.of(closedTopics).contains(topic.name())) {
        next.openAll(topic.name());
      }
    }
    next.service.start();
    return next;
  }

  void create(String name, int count) {
    MetadataDelta delta = hearOf(name, count);
    openAll(name);
    service.onMetadata(delta, view.image());
  }

  /** Brings a topic into the metadata, whoever has its partitions. */
  MetadataDelta hearOf(String name, int count) {
    Uuid id = Uuid.randomUuid();
    MetadataDelta delta = new MetadataDelta.Builder().setImage(view.image()).build();
    delta.replay(new TopicRecord().setName(name).setTopicId(id));
    for (int i = 0; i < count; i++) {
      delta.replay(
          new PartitionRecord()
              .setTopicId(id)
              .setPartitionId(i)
              .setReplicas(List.of(1))
              .setIsr(List.of(1))
              .setLeader(1)
              .setLeaderEpoch(0));
    }
    PublishedMetadata.publish(view, delta.apply(MetadataProvenance.EMPTY));
    return delta;
  }

  void openAll(String name) {
    TopicImage topic = view.image().topics().getTopic(name);
    for (int i = 0; i < topic.partitions().size(); i++) {
      TopicPartition partition = new TopicPartition(name, i);
      TopicSettings settings =
          new TopicSettings(
              LogConfig.DEFAULTS,
              1 << 20,
              "producer",
              null,
              TimestampType.CREATE_TIME,
              Long.MAX_VALUE,
              Long.MAX_VALUE,
              1);
      partitions.add(
          new Partition(
              topic.id(),
              partition,
              0,
              store.openOrCreate(new LogId(topic.id(), i), LogConfig.DEFAULTS),
              settings));
    }
  }

  void forget(String name) {
    TopicImage topic = view.image().topics().getTopic(name);
    for (int i = 0; i < topic.partitions().size(); i++) {
      partitions.remove(new TopicPartition(name, i));
    }
  }

  @Override
  public CompletionStage<Uuid> ensureTopic(String name, int count, Map<String, String> configs) {
    create(name, count);
    return CompletableFuture.completedFuture(view.image().topics().getTopic(name).id());
  }

  @Override
  public CompletionStage<ProducerIdsBlock> allocateProducerIds() {
    ProducerIdsBlock block = new ProducerIdsBlock(1, nextProducerId, 10);
    nextProducerId += 10;
    return CompletableFuture.completedFuture(block);
  }

  static <T> T await(CompletionStage<T> stage) {
    try {
      return stage.toCompletableFuture().get(20, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  /** Lets time pass until a condition holds, for at most 20 seconds of real time. */
  void until(String what, BooleanSupplier condition) {
    long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > deadlineNs) {
        throw new AssertionError("Never came: " + what);
      }
      timers.advance(1);
      Thread.onSpinWait();
    }
  }

  @Override
  public void close() {
    service.close();
    store.close();
  }
}

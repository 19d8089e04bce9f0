package dev.naru.broker.group;

import dev.naru.broker.metadata.MetadataListener;
import dev.naru.broker.metadata.MetadataView;
import dev.naru.broker.partition.Partition;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.TransactionResult;
import org.apache.kafka.common.utils.Utils;
import org.apache.kafka.coordinator.group.GroupCoordinator;
import org.apache.kafka.image.MetadataDelta;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.image.TopicImage;
import org.apache.kafka.metadata.PartitionRegistration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Consumer groups: Kafka's own group coordinator over our partition logs, built in the background
 * once the node is ready. This package is the only one that sees Kafka's group coordinator.
 *
 * <p>Requests that come before it runs, or before their partition of {@code __consumer_offsets} is
 * loaded, wait for that, for {@value #MAX_WAIT_MS} ms at most; those for a partition that another
 * node leads are told NOT_COORDINATOR at once. {@code __consumer_offsets} is made by the first
 * request that needs it.
 *
 * <p>Any thread may call; nothing blocks but {@link #close}.
 */
public final class GroupService implements OffsetsTransactions, MetadataListener, AutoCloseable {
  static final long MAX_WAIT_MS = 5_000;
  private static final long MAX_CLOSE_MS = 30_000;
  private static final Logger LOG = LoggerFactory.getLogger(GroupService.class);

  private final GroupContext context;
  private final Function<TopicPartition, OffsetsLog> logs;
  private final OffsetsTopic topic;
  private final CompletableFuture<CoordinatorHost> started = new CompletableFuture<>();

  /** Starts, tells of metadata and closes, in order; may wait for tombstones to be durable. */
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(
          task -> {
            Thread created = new Thread(task, "naru-group");
            created.setDaemon(true);
            return created;
          });

  private boolean starting;
  private boolean closed;
  private MetadataImage startImage;

  public GroupService(GroupContext context) {
    this(
        context,
        tp -> {
          Partition partition = context.partitions().get(tp);
          return partition == null ? null : new PartitionOffsetsLog(partition);
        });
  }

  GroupService(GroupContext context, Function<TopicPartition, OffsetsLog> logs) {
    this.context = context;
    this.logs = logs;
    this.topic = new OffsetsTopic(context);
    context.partitions().onDeparture(this::departed);
  }

  private void departed(Partition gone) {
    if (gone.topicPartition().topic().equals(Topic.GROUP_METADATA_TOPIC_NAME)) {
      withHost(host -> host.elections().departed(gone.topicPartition().partition()));
    }
  }

  /** Tells a coordinator that runs something that does not wait. */
  private void withHost(Consumer<CoordinatorHost> task) {
    if (!started.isDone() || started.isCompletedExceptionally()) {
      return;
    }
    try {
      task.accept(started.join());
    } catch (RuntimeException e) {
      // The coordinator refuses everything once it closes, and then it lets go of all partitions.
      LOG.error("The group coordinator could not take over who leads what", e);
    }
  }

  /** Begins to build the coordinator in the background; call when the node can be reached. */
  public synchronized void start() {
    if (starting || closed) {
      return;
    }
    starting = true;
    startImage = context.metadata().image();
    thread.execute(this::buildAndStart);
  }

  private void buildAndStart() {
    CoordinatorHost host = null;
    try {
      host = new CoordinatorHost(context, logs, thread);
      MetadataImage image;
      synchronized (this) {
        image = startImage;
      }
      host.start(image);
      started.complete(host);
    } catch (RuntimeException | Error e) {
      if (processIsStopping()) {
        LOG.debug("The process was told to stop before the group coordinator was up", e);
      } else {
        LOG.error("The group coordinator cannot be started; groups are not served", e);
      }
      if (host != null) {
        host.close();
      }
      started.completeExceptionally(
          Errors.COORDINATOR_NOT_AVAILABLE.exception("The group coordinator failed to start."));
    }
  }

  /** Kafka's metrics register a shutdown hook, which a JVM that is stopping refuses. */
  private static boolean processIsStopping() {
    Thread probe = new Thread(() -> {}, "naru-probe");
    try {
      Runtime.getRuntime().addShutdownHook(probe);
      Runtime.getRuntime().removeShutdownHook(probe);
      return false;
    } catch (IllegalStateException stopping) {
      return true;
    }
  }

  @Override
  public synchronized CompletionStage<Void> onMetadata(MetadataDelta delta, MetadataImage image) {
    if (!starting || closed) {
      // The image is taken over when the coordinator starts.
      return CompletableFuture.completedFuture(null);
    }
    // At once, while the thread below may wait for partitions that are lost.
    withHost(host -> host.lead(delta, image));
    CompletableFuture<Void> done = new CompletableFuture<>();
    thread.execute(
        () -> {
          try {
            if (started.isDone() && !started.isCompletedExceptionally()) {
              started.join().onMetadata(delta, image);
            }
          } catch (RuntimeException e) {
            // The change itself is durable and published, so whoever asked for it is not failed.
            LOG.error("The group coordinator could not take over a metadata change", e);
          } finally {
            done.complete(null);
          }
        });
    // While the coordinator is being built nobody needs to wait for it.
    return started.isDone() ? done : CompletableFuture.completedFuture(null);
  }

  @Override
  public CompletionStage<Void> completeTransaction(
      TopicPartition partition,
      long producerId,
      short producerEpoch,
      int coordinatorEpoch,
      TransactionResult result,
      short transactionVersion) {
    return whenLoadedHere(partition.partition())
        .thenCompose(
            coordinator ->
                coordinator.completeTransaction(
                    partition,
                    producerId,
                    producerEpoch,
                    coordinatorEpoch,
                    result,
                    transactionVersion));
  }

  /** The partition of {@code __consumer_offsets} that keeps a group. */
  public int partitionFor(String groupId) {
    return Utils.abs(groupId.hashCode()) % topic.partitionCount();
  }

  /**
   * The coordinator, once it has loaded the group; creates the offsets topic if need be. Fails with
   * NOT_COORDINATOR when another node has the group.
   */
  CompletionStage<GroupCoordinator> forGroup(String groupId) {
    TopicImage image = topic.image();
    if (image != null && groupId != null) {
      return whenLoadedHere(OffsetsTopic.partitionFor(groupId, image));
    }
    return forGroups(groupId == null ? List.of() : List.of(groupId));
  }

  /**
   * The coordinator, once it has loaded those of these groups that are here; creates the offsets
   * topic if need be. It answers for the others itself: NOT_COORDINATOR.
   */
  CompletionStage<GroupCoordinator> forGroups(Collection<String> groupIds) {
    return topic
        .ensure()
        .exceptionallyCompose(
            failure -> {
              LOG.warn("The offsets topic cannot be created", failure);
              return CompletableFuture.failedFuture(
                  Errors.COORDINATOR_NOT_AVAILABLE.exception(
                      "The offsets topic cannot be created."));
            })
        .thenCompose(
            image ->
                whenLoaded(
                    groupIds.stream()
                        .map(group -> OffsetsTopic.partitionFor(group, image))
                        .filter(this::leads)
                        .toList()));
  }

  /** The coordinator, once everything that this node leads is loaded; creates nothing. */
  CompletionStage<GroupCoordinator> forAllGroups() {
    TopicImage image = topic.image();
    return whenLoaded(
        image == null
            ? List.of()
            : image.partitions().keySet().stream().filter(this::leads).toList());
  }

  /** Whether the metadata says that this node leads a partition of the offsets topic. */
  private boolean leads(int partition) {
    TopicImage image = topic.image();
    PartitionRegistration known = image == null ? null : image.partitions().get(partition);
    return known != null && known.leader == context.metadata().nodeId();
  }

  private CompletionStage<GroupCoordinator> whenLoadedHere(int partition) {
    return leads(partition)
        ? whenLoaded(List.of(partition))
        : CompletableFuture.failedFuture(Errors.NOT_COORDINATOR.exception());
  }

  OffsetsTopic topic() {
    return topic;
  }

  MetadataView metadata() {
    return context.metadata();
  }

  private CompletionStage<GroupCoordinator> whenLoaded(Collection<Integer> partitions) {
    if (started.isDone() && !started.isCompletedExceptionally()) {
      CoordinatorHost host = started.join();
      if (partitions.stream().allMatch(host.elections()::isActive)) {
        return CompletableFuture.completedFuture(host.coordinator());
      }
    }
    CompletableFuture<GroupCoordinator> answer = new CompletableFuture<>();
    var timeout = context.timers().schedule(MAX_WAIT_MS, () -> giveUpWaiting(answer));
    started
        .thenCompose(
            host ->
                CompletableFuture.allOf(
                        partitions.stream()
                            .map(host.elections()::whenActive)
                            .toArray(CompletableFuture[]::new))
                    // A partition that failed is for the coordinator to answer for.
                    .handle((loaded, failure) -> host.coordinator()))
        .whenComplete(
            (coordinator, failure) -> {
              timeout.cancel();
              if (failure == null) {
                answer.complete(coordinator);
              } else {
                answer.completeExceptionally(
                    failure instanceof CompletionException && failure.getCause() != null
                        ? failure.getCause()
                        : failure);
              }
            });
    return answer;
  }

  private void giveUpWaiting(CompletableFuture<GroupCoordinator> answer) {
    if (started.isDone() && !started.isCompletedExceptionally()) {
      answer.complete(started.join().coordinator());
    } else {
      answer.completeExceptionally(
          Errors.COORDINATOR_LOAD_IN_PROGRESS.exception("The group coordinator is starting."));
    }
  }

  /** Stops the coordinator; waits for what it is writing. */
  @Override
  public void close() {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
      try {
        thread.execute(
            () -> {
              if (started.isDone() && !started.isCompletedExceptionally()) {
                started.join().close();
              } else {
                started.completeExceptionally(
                    Errors.COORDINATOR_NOT_AVAILABLE.exception("The node is stopping."));
              }
            });
      } catch (RejectedExecutionException e) {
        LOG.debug("Closed already", e);
      }
      thread.shutdown();
    }
    try {
      if (!thread.awaitTermination(MAX_CLOSE_MS, TimeUnit.MILLISECONDS)) {
        LOG.warn("The group coordinator did not stop within {} ms", MAX_CLOSE_MS);
        thread.shutdownNow();
      }
    } catch (InterruptedException e) {
      thread.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }
}

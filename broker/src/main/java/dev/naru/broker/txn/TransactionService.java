package dev.naru.broker.txn;

import dev.naru.broker.Timers;
import dev.naru.broker.cluster.Peers;
import dev.naru.broker.group.OffsetsTransactions;
import dev.naru.broker.metadata.Controller;
import dev.naru.broker.metadata.MetadataListener;
import dev.naru.broker.partition.Partition;
import dev.naru.broker.partition.PartitionRegistry;
import dev.naru.broker.txn.TransactionCommand.AddPartitions;
import dev.naru.broker.txn.TransactionCommand.EndTransaction;
import dev.naru.broker.txn.TransactionCommand.InitProducerId;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.utils.Utils;
import org.apache.kafka.image.MetadataDelta;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.image.TopicImage;
import org.apache.kafka.server.common.TransactionVersion;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The transaction coordinator of this node. Any thread.
 *
 * <p>It follows the metadata, loads the partitions of {@code __transaction_state} in the background
 * (requests are told COORDINATOR_LOAD_IN_PROGRESS meanwhile), and turns the clock into timeouts.
 */
public final class TransactionService
    implements TransactionVerifier, MetadataListener, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(TransactionService.class);
  private static final long MIN_LOAD_BACKOFF_MS = 20;
  private static final long MAX_LOAD_BACKOFF_MS = 5000;

  /**
   * What the coordinator needs of the node.
   *
   * @param image the metadata as it is now
   * @param offsets where the transactions of {@code __consumer_offsets} end
   */
  public record Surroundings(
      Controller controller,
      PartitionRegistry partitions,
      Supplier<MetadataImage> image,
      OffsetsTransactions offsets,
      Timers timers) {}

  /** The partitions of {@code __transaction_state}, all of them; the number never changes. */
  private record Table(Uuid topicId, AtomicReferenceArray<TransactionPartition> partitions) {}

  private final Surroundings around;
  private final TransactionConfig config;
  private final ProducerIds producerIds;
  private final MarkerWriter markerWriter;
  private final TransactionMarkers markers;
  // Two threads, which end when they are idle: loading blocks, going on after a sync must not.
  private final ThreadPoolExecutor loader = newThread("naru-transaction-loader");
  private final ThreadPoolExecutor afterDurable = newThread("naru-transactions");
  private final TransactionPartition.Owner owner = new PartitionOwner();
  private volatile Table table;
  private volatile boolean closed;

  public TransactionService(Surroundings around, TransactionConfig config) {
    this(around, config, null);
  }

  /**
   * @param peers who else leads partitions that transactions end in; null for a node that is alone
   */
  public TransactionService(Surroundings around, TransactionConfig config, Peers peers) {
    this.around = around;
    this.config = config;
    this.producerIds = new ProducerIds(around.controller());
    this.markerWriter =
        new PartitionMarkerWriter(
            around.partitions(), around.offsets(), around.timers(), afterDurable);
    this.markers = new TransactionMarkers(routed(peers), this::exists, around.timers());
    every(config.abortIntervalMs(), TransactionPartition::abortTimedOut);
    every(config.expireIntervalMs(), TransactionPartition::expire);
  }

  private MarkerWriter routed(Peers peers) {
    return peers == null
        ? markerWriter
        : new RoutedMarkerWriter(
            markerWriter, new RemoteMarkerWriter(peers.links(), afterDurable), peers);
  }

  private static ThreadPoolExecutor newThread(String name) {
    ThreadPoolExecutor executor =
        new ThreadPoolExecutor(
            1,
            1,
            10,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            task -> {
              Thread thread = new Thread(task, name);
              thread.setDaemon(true);
              return thread;
            },
            // After close; what is left undone goes on after the restart.
            new ThreadPoolExecutor.DiscardPolicy());
    executor.allowCoreThreadTimeOut(true);
    return executor;
  }

  private void every(long intervalMs, Consumer<TransactionPartition> task) {
    around
        .timers()
        .schedule(
            intervalMs,
            () -> {
              if (!closed) {
                partitions().forEach(task);
                every(intervalMs, task);
              }
            });
  }

  // ---- which partition ----

  /**
   * The partition of {@code __transaction_state} whose leader coordinates a transactional id;
   * creates the topic when it is not there yet.
   */
  public CompletionStage<Integer> coordinatorPartition(String transactionalId) {
    return ensureTopic()
        .thenApply(
            ready -> {
              TopicImage topic =
                  around.image().get().topics().getTopic(Topic.TRANSACTION_STATE_TOPIC_NAME);
              int count = topic == null ? config.partitions() : topic.partitions().size();
              return partitionFor(transactionalId, count);
            });
  }

  private CompletionStage<?> ensureTopic() {
    if (table != null) {
      return CompletableFuture.completedFuture(null);
    }
    return around
        .controller()
        .ensureTopic(
            Topic.TRANSACTION_STATE_TOPIC_NAME, config.partitions(), config.topicConfigs());
  }

  /** The same partition while the topic is there, otherwise -1. */
  int knownCoordinatorPartition(String transactionalId) {
    TopicImage topic = around.image().get().topics().getTopic(Topic.TRANSACTION_STATE_TOPIC_NAME);
    return topic == null ? -1 : partitionFor(transactionalId, topic.partitions().size());
  }

  private static int partitionFor(String transactionalId, int count) {
    return Utils.abs(transactionalId.hashCode()) % count;
  }

  /** The partition that has this id, or null while the topic does not exist. */
  private TransactionPartition partitionOf(String transactionalId) {
    Table now = table;
    return now == null
        ? null
        : now.partitions().get(partitionFor(transactionalId, now.partitions().length()));
  }

  private List<TransactionPartition> partitions() {
    Table now = table;
    if (now == null) {
      return List.of();
    }
    TransactionPartition[] all = new TransactionPartition[now.partitions().length()];
    for (int i = 0; i < all.length; i++) {
      all[i] = now.partitions().get(i);
    }
    return List.of(all);
  }

  // ---- requests ----

  CompletionStage<Answer> initProducerId(InitProducerId command) {
    if (command.transactionalId() == null) {
      return producerIds.next().thenApply(id -> new Answer(Errors.NONE, id, (short) 0));
    }
    if (partitionOf(command.transactionalId()) != null) {
      return run(command);
    }
    return ensureTopic().thenCompose(ready -> run(command));
  }

  CompletionStage<Answer> endTransaction(EndTransaction command) {
    return run(command);
  }

  CompletionStage<Errors> addPartitions(AddPartitions command) {
    return run(command).thenApply(Answer::error);
  }

  private CompletionStage<Answer> run(TransactionCommand command) {
    String id = command.transactionalId();
    if (id == null || id.isEmpty()) {
      return CompletableFuture.completedFuture(Answer.of(Errors.INVALID_REQUEST));
    }
    TransactionPartition partition = partitionOf(id);
    return partition == null
        ? CompletableFuture.completedFuture(Answer.of(Errors.NOT_COORDINATOR))
        : partition.run(command, config.maxWaitMs());
  }

  CompletionStage<Map<TopicPartition, Errors>> verify(
      String transactionalId, ProducerIdentity producer, Collection<TopicPartition> partitions) {
    Errors refusal = Errors.INVALID_REQUEST;
    if (transactionalId != null && !transactionalId.isEmpty()) {
      TransactionPartition partition = partitionOf(transactionalId);
      if (partition != null) {
        return partition.verify(transactionalId, producer, partitions);
      }
      refusal = Errors.COORDINATOR_NOT_AVAILABLE;
    }
    return CompletableFuture.completedFuture(TransactionPartition.sameForAll(partitions, refusal));
  }

  /**
   * {@inheritDoc}
   *
   * <p>Producers on this way are told INVALID_PRODUCER_EPOCH for PRODUCER_FENCED, as Kafka does, so
   * that they may abort and go on. TRANSACTION_ABORTABLE is for the caller to turn into
   * INVALID_TXN_STATE where the request's version does not know it.
   */
  @Override
  public CompletionStage<Map<TopicPartition, Errors>> addOrVerify(
      String transactionalId,
      long producerId,
      short producerEpoch,
      Collection<TopicPartition> partitions,
      Mode mode) {
    ProducerIdentity producer = new ProducerIdentity(producerId, producerEpoch);
    CompletionStage<Map<TopicPartition, Errors>> verdicts;
    if (mode == Mode.VERIFY) {
      verdicts = verify(transactionalId, producer, partitions);
    } else {
      AddPartitions command =
          new AddPartitions(
              transactionalId, producer, Set.copyOf(partitions), TransactionVersion.TV_2);
      verdicts =
          addPartitions(command)
              .thenApply(error -> TransactionPartition.sameForAll(partitions, error));
    }
    return verdicts.thenApply(TransactionService::forProducers);
  }

  /** What producers are told of a coordinator's verdicts. */
  static Map<TopicPartition, Errors> forProducers(Map<TopicPartition, Errors> verdicts) {
    Map<TopicPartition, Errors> result = new HashMap<>(verdicts);
    result.replaceAll(
        (partition, error) ->
            error == Errors.PRODUCER_FENCED ? Errors.INVALID_PRODUCER_EPOCH : error);
    return result;
  }

  /** NONE when that id's state can be asked for here, otherwise why not. */
  Errors refusalFor(String transactionalId) {
    TransactionPartition partition = partitionOf(transactionalId);
    return partition == null ? Errors.NOT_COORDINATOR : partition.refusal();
  }

  /** The state of a transactional id, or null. */
  Transaction describe(String transactionalId) {
    TransactionPartition partition = partitionOf(transactionalId);
    return partition == null ? null : partition.get(transactionalId);
  }

  /** The partitions of a transaction; of one that is ending, those that lack their marker. */
  Set<TopicPartition> partitionsOf(Transaction transaction) {
    Set<TopicPartition> outstanding =
        transaction.isPrepared() ? markers.outstanding(transaction.transactionalId()) : null;
    return outstanding == null ? transaction.partitions() : outstanding;
  }

  /** NONE when everything is loaded, otherwise why a listing would be incomplete. */
  Errors listingRefusal() {
    for (TransactionPartition partition : partitions()) {
      Errors refusal = partition.refusal();
      if (refusal != Errors.NONE) {
        return refusal;
      }
    }
    return Errors.NONE;
  }

  List<Transaction> list() {
    return partitions().stream().flatMap(partition -> partition.all().stream()).toList();
  }

  /** Writes into this node's own partitions; what another node leads it must be asked for there. */
  MarkerWriter markerWriter() {
    return markerWriter;
  }

  long nowMs() {
    return around.timers().nowMs();
  }

  /** Whether a partition is in the metadata. */
  boolean exists(TopicPartition partition) {
    TopicImage topic = around.image().get().topics().getTopic(partition.topic());
    return topic != null && topic.partitions().containsKey(partition.partition());
  }

  // ---- metadata and loading ----

  /** Begins with the metadata as it is now; later changes come by {@link #onMetadata}. */
  public void start() {
    follow(around.image().get());
  }

  /** Loads what is new in the background; nobody's command waits for that. */
  @Override
  public CompletionStage<Void> onMetadata(MetadataDelta delta, MetadataImage image) {
    follow(image);
    return CompletableFuture.completedFuture(null);
  }

  private synchronized void follow(MetadataImage image) {
    TopicImage topic = image.topics().getTopic(Topic.TRANSACTION_STATE_TOPIC_NAME);
    Table now = table;
    if (now != null && (topic == null || !topic.id().equals(now.topicId()))) {
      LOG.warn("__transaction_state was deleted: all transactional ids are forgotten");
      table = null;
      closeAll(now);
      now = null;
    }
    if (topic != null && now == null && !closed) {
      open(topic);
    } else if (topic != null
        && now != null
        && topic.partitions().size() != now.partitions().length()) {
      LOG.error(
          "__transaction_state now has {} partitions; it must keep its {}",
          topic.partitions().size(),
          now.partitions().length());
    }
  }

  private void open(TopicImage topic) {
    int count = topic.partitions().size();
    AtomicReferenceArray<TransactionPartition> partitions = new AtomicReferenceArray<>(count);
    for (int i = 0; i < count; i++) {
      partitions.set(i, newPartition(i));
    }
    table = new Table(topic.id(), partitions);
    for (int i = 0; i < count; i++) {
      loadLater(partitions.get(i), 0);
    }
  }

  private TransactionPartition newPartition(int index) {
    return new TransactionPartition(index, around.timers(), producerIds, owner, afterDurable);
  }

  private void loadLater(TransactionPartition partition, int attempt) {
    if (attempt == 0) {
      loader.execute(() -> load(partition, attempt));
      return;
    }
    long delayMs = Math.min(MAX_LOAD_BACKOFF_MS, MIN_LOAD_BACKOFF_MS << Math.min(attempt - 1, 10));
    around.timers().schedule(delayMs, () -> loader.execute(() -> load(partition, attempt)));
  }

  private void load(TransactionPartition target, int attempt) {
    if (closed || target.refusal() != Errors.COORDINATOR_LOAD_IN_PROGRESS) {
      return;
    }
    Partition partition =
        around
            .partitions()
            .get(new TopicPartition(Topic.TRANSACTION_STATE_TOPIC_NAME, target.index()));
    if (partition == null || partition.log().failure().isPresent()) {
      loadLater(target, attempt + 1);
      return;
    }
    try {
      PartitionStateLog stateLog = new PartitionStateLog(partition);
      TransactionStateMachine machine = new TransactionStateMachine(config);
      long end = stateLog.load(machine, config.loadBufferBytes());
      stateLog.whenDurable(
          end,
          failure ->
              afterDurable.execute(
                  () -> {
                    if (failure == null) {
                      target.activate(machine, stateLog);
                    } else {
                      loadLater(target, attempt + 1);
                    }
                  }));
    } catch (RuntimeException e) {
      LOG.error("Cannot load __transaction_state-{}; trying again", target.index(), e);
      loadLater(target, attempt + 1);
    }
  }

  private final class PartitionOwner implements TransactionPartition.Owner {
    @Override
    public void onPrepared(TransactionPartition partition, Transaction prepared) {
      markers.start(partition, prepared);
    }

    @Override
    public void onFailure(TransactionPartition partition, Throwable cause) {
      replace(partition);
    }
  }

  private synchronized void replace(TransactionPartition failed) {
    Table now = table;
    if (now == null || closed) {
      return;
    }
    TransactionPartition fresh = newPartition(failed.index());
    if (now.partitions().compareAndSet(failed.index(), failed, fresh)) {
      loadLater(fresh, 1);
    }
  }

  private static void closeAll(Table old) {
    for (int i = 0; i < old.partitions().length(); i++) {
      old.partitions().get(i).close();
    }
  }

  /** Answers what still waits with NOT_COORDINATOR. What is unfinished goes on after a restart. */
  @Override
  public synchronized void close() {
    closed = true;
    Table now = table;
    table = null;
    if (now != null) {
      closeAll(now);
    }
    loader.shutdownNow();
    afterDurable.shutdown();
  }
}

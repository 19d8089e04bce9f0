package dev.naru.broker.txn;

import dev.naru.broker.Timers;
import dev.naru.broker.cluster.Peers;
import dev.naru.broker.group.OffsetsTransactions;
import dev.naru.broker.metadata.Controller;
import dev.naru.broker.metadata.MetadataListener;
import dev.naru.broker.metadata.MetadataView;
import dev.naru.broker.partition.Partition;
import dev.naru.broker.partition.PartitionLookup;
import dev.naru.broker.txn.TransactionCommand.AddPartitions;
import dev.naru.broker.txn.TransactionCommand.EndTransaction;
import dev.naru.broker.txn.TransactionCommand.InitProducerId;
import java.util.ArrayList;
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
import java.util.function.UnaryOperator;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.utils.Utils;
import org.apache.kafka.image.MetadataDelta;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.image.TopicImage;
import org.apache.kafka.metadata.PartitionRegistration;
import org.apache.kafka.server.common.TransactionVersion;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The transaction coordinator of this node. Any thread.
 *
 * <p>It follows the metadata: the partitions of {@code __transaction_state} that this node leads
 * are loaded in the background (requests are told COORDINATOR_LOAD_IN_PROGRESS meanwhile), and let
 * go when it does not lead them any more, or leads them in another epoch: another node may have
 * written there in between. Requests for what others lead are told NOT_COORDINATOR. It turns the
 * clock into timeouts.
 */
public final class TransactionService
    implements TransactionVerifier, MetadataListener, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(TransactionService.class);
  private static final long MIN_LOAD_BACKOFF_MS = 20;
  private static final long MAX_LOAD_BACKOFF_MS = 500;

  /**
   * What the coordinator needs of the node.
   *
   * @param partitions what this node has
   * @param offsets where the transactions of {@code __consumer_offsets} end
   */
  public record Surroundings(
      Controller controller,
      MetadataView metadata,
      PartitionLookup partitions,
      OffsetsTransactions offsets,
      Timers timers) {}

  /**
   * The partitions of {@code __transaction_state}, null where this node does not lead; the number
   * never changes.
   */
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
    this(around, config, peers, UnaryOperator.identity());
  }

  /**
   * @param faults what befalls markers on their way, in tests
   */
  TransactionService(
      Surroundings around,
      TransactionConfig config,
      Peers peers,
      UnaryOperator<MarkerWriter> faults) {
    this.around = around;
    this.config = config;
    this.producerIds = new ProducerIds(around.controller());
    this.markerWriter =
        new PartitionMarkerWriter(
            around.partitions(), around.offsets(), around.timers(), afterDurable);
    this.markers =
        new TransactionMarkers(faults.apply(routed(peers)), this::exists, around.timers());
    around.partitions().onDeparture(this::departed);
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
                  around.metadata().image().topics().getTopic(Topic.TRANSACTION_STATE_TOPIC_NAME);
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
    TopicImage topic =
        around.metadata().image().topics().getTopic(Topic.TRANSACTION_STATE_TOPIC_NAME);
    return topic == null ? -1 : partitionFor(transactionalId, topic.partitions().size());
  }

  private static int partitionFor(String transactionalId, int count) {
    return Utils.abs(transactionalId.hashCode()) % count;
  }

  /** The partition that has this id, or null when this node does not coordinate it. */
  private TransactionPartition partitionOf(String transactionalId) {
    Table now = table;
    return now == null
        ? null
        : now.partitions().get(partitionFor(transactionalId, now.partitions().length()));
  }

  /** Those that this node coordinates. */
  private List<TransactionPartition> partitions() {
    Table now = table;
    if (now == null) {
      return List.of();
    }
    List<TransactionPartition> led = new ArrayList<>();
    for (int i = 0; i < now.partitions().length(); i++) {
      TransactionPartition partition = now.partitions().get(i);
      if (partition != null) {
        led.add(partition);
      }
    }
    return led;
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
      refusal = table == null ? Errors.COORDINATOR_NOT_AVAILABLE : Errors.NOT_COORDINATOR;
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
    TopicImage topic = around.metadata().image().topics().getTopic(partition.topic());
    return topic != null && topic.partitions().containsKey(partition.partition());
  }

  // ---- metadata and loading ----

  /** Begins with the metadata as it is now; later changes come by {@link #onMetadata}. */
  public void start() {
    follow(around.metadata().image());
  }

  /** Lets go of what is lost at once; loads what is new in the background, for nobody waits. */
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
    if (topic == null || closed) {
      return;
    }
    if (now == null) {
      now = new Table(topic.id(), new AtomicReferenceArray<>(topic.partitions().size()));
      table = now;
    } else if (topic.partitions().size() != now.partitions().length()) {
      LOG.error(
          "__transaction_state now has {} partitions; it must keep its {}",
          topic.partitions().size(),
          now.partitions().length());
    }
    for (int i = 0; i < now.partitions().length(); i++) {
      lead(now, i, topic.partitions().get(i));
    }
  }

  private void lead(Table now, int index, PartitionRegistration registration) {
    boolean led = registration != null && registration.leader == around.metadata().nodeId();
    TransactionPartition current = now.partitions().get(index);
    if (current == null ? !led : led && current.coordinatorEpoch() == registration.leaderEpoch) {
      return;
    }
    TransactionPartition next = led ? newPartition(index, registration.leaderEpoch) : null;
    now.partitions().set(index, next);
    if (current != null) {
      letGo(current);
    }
    if (next != null) {
      loadLater(next, 0);
    }
  }

  private void letGo(TransactionPartition partition) {
    partition.close();
    markers.forget(partition);
  }

  /** The log is another one now, or none: whether or not the metadata has said so already. */
  private synchronized void departed(Partition gone) {
    Table now = table;
    if (now == null || closed || !gone.topicId().equals(now.topicId())) {
      return;
    }
    TransactionPartition current = now.partitions().get(gone.topicPartition().partition());
    if (current != null) {
      TransactionPartition fresh = newPartition(current.index(), current.coordinatorEpoch());
      now.partitions().set(current.index(), fresh);
      letGo(current);
      loadLater(fresh, 1);
    }
  }

  private TransactionPartition newPartition(int index, int leaderEpoch) {
    return new TransactionPartition(
        index, leaderEpoch, around.timers(), producerIds, owner, afterDurable);
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
            .find(new TopicPartition(Topic.TRANSACTION_STATE_TOPIC_NAME, target.index()));
    if (partition == null
        || partition.leaderEpoch() != target.coordinatorEpoch()
        || partition.log().failure().isPresent()) {
      loadLater(target, attempt + 1);
      return;
    }
    try {
      PartitionStateLog stateLog = new PartitionStateLog(partition, target.coordinatorEpoch());
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
      if (target.refusal() != Errors.COORDINATOR_LOAD_IN_PROGRESS) {
        LOG.debug("__transaction_state-{} left while it was loaded", target.index(), e);
        return;
      }
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
    TransactionPartition fresh = newPartition(failed.index(), failed.coordinatorEpoch());
    if (now.partitions().compareAndSet(failed.index(), failed, fresh)) {
      markers.forget(failed);
      loadLater(fresh, 1);
    }
  }

  private static void closeAll(Table old) {
    for (int i = 0; i < old.partitions().length(); i++) {
      TransactionPartition partition = old.partitions().get(i);
      if (partition != null) {
        partition.close();
      }
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

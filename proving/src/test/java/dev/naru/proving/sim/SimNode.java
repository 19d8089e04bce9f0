package dev.naru.proving.sim;

import dev.naru.broker.api.ApiHandler;
import dev.naru.broker.api.ApiTable;
import dev.naru.broker.api.ApiVersionsHandler;
import dev.naru.broker.cluster.ClusterCore;
import dev.naru.broker.cluster.ControllerHandlers;
import dev.naru.broker.cluster.NodeAddress;
import dev.naru.broker.cluster.Registrations;
import dev.naru.broker.config.BrokerConfig;
import dev.naru.broker.config.LiveConfigs;
import dev.naru.broker.fetch.FetchHandler;
import dev.naru.broker.fetch.FetchSessions;
import dev.naru.broker.fetch.ListOffsetsHandler;
import dev.naru.broker.fetch.NodeFetchHandler;
import dev.naru.broker.group.GroupConfigRules;
import dev.naru.broker.metadata.AdminController;
import dev.naru.broker.metadata.ControllerService;
import dev.naru.broker.metadata.MetadataPublisher;
import dev.naru.broker.metadata.MetadataView;
import dev.naru.broker.metadata.OneLogRecordStore;
import dev.naru.broker.metadata.RecordLogs;
import dev.naru.broker.partition.PartitionLookup;
import dev.naru.broker.partition.PartitionReconciler;
import dev.naru.broker.partition.PartitionRegistry;
import dev.naru.broker.produce.ProduceHandler;
import dev.naru.broker.topic.TopicHandlers;
import dev.naru.broker.topic.TopicServices;
import dev.naru.log.Durability;
import dev.naru.log.LogStoreConfig;
import dev.naru.log.bookkeeper.BlockCache;
import dev.naru.log.bookkeeper.LedgerLogs;
import dev.naru.log.bookkeeper.LedgerStorage;
import dev.naru.log.bookkeeper.SegmentLists;
import dev.naru.log.bookkeeper.Unacknowledged;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.common.errors.CoordinatorNotAvailableException;
import org.apache.kafka.server.common.MetadataVersion;

/**
 * One process of a node: the product's broker, put together as {@code Broker} does it, without
 * sockets and threads. What needs threads of Kafka's own, groups and transactions, is left out.
 */
final class SimNode {
  private static final int PORT = 9000;
  private static final long CACHE_BYTES = 256 << 10;
  private static final long UNACKNOWLEDGED_BYTES = 16 << 20;
  private static final long MAINTENANCE_MS = 1_000;
  private static final LogStoreConfig LOGS =
      new LogStoreConfig(24L * 60 * 60 * 1000, 600_000, 300_000, false, 5_000, 1 << 20);

  final Proc proc;
  final MetadataView view;
  final PartitionRegistry partitions = new PartitionRegistry();
  final ClusterCore core;
  private final PartitionReconciler reconciler;
  private final LedgerLogs logs;
  private final LedgerLogs metadataLogs;
  private final Executor openers;
  private final Executor metadataThread;

  SimNode(Cluster cluster, Proc proc) {
    this.proc = proc;
    int id = proc.node;
    BrokerConfig config =
        BrokerConfig.of(
            Map.of(
                "node.id",
                Integer.toString(id),
                "listeners",
                "PLAINTEXT://127.0.0.1:" + (PORT + id)));
    metadataThread = proc.thread("metadata");
    openers = proc.thread("openers");
    Executor workers = proc.thread("workers");
    logs = logs(cluster, "logs", LedgerLogs.Whose.OWN);
    metadataLogs = logs(cluster, "metadata", LedgerLogs.Whose.ALL);
    view = new MetadataView(id, Cluster.ID);
    MetadataPublisher metadata = new MetadataPublisher(view, metadataThread);
    LiveConfigs configs = new LiveConfigs(config);
    GroupConfigRules groupRules = new GroupConfigRules(config);
    reconciler = new PartitionReconciler(id, partitions, logs, configs, openers, 1, true);
    PartitionLookup lookup = new PartitionLookup(view, partitions, reconciler::isOffline);
    SimLinks links = new SimLinks(cluster.net, proc);
    core =
        new ClusterCore(
            view,
            metadata,
            new ClusterCore.Surroundings(
                new SimCoordination(cluster.zoo, proc),
                links,
                new SimProbe(cluster.net, proc),
                proc,
                configs,
                epoch ->
                    new OneLogRecordStore(metadataLogs, RecordLogs.config(Durability.FSYNC), epoch),
                log -> new ControllerService(log, configs, groupRules, cluster::nextTopicId)),
            incarnation ->
                Registrations.of(config, Cluster.ID, incarnation, "127.0.0.1", PORT + id));
    links.onBroken(core::broken);
    metadata.addListener(reconciler);
    List<ApiHandler> forNodes =
        new ArrayList<>(core.handlers(new NodeFetchHandler(lookup, proc, 1 << 20)));
    forNodes.addAll(
        ControllerHandlers.all(services(core.controllerForNodes(), lookup, configs, workers)));
    AtomicReference<ApiTable> table = new AtomicReference<>();
    forNodes.add(
        new ApiVersionsHandler(table::get, MetadataVersion.latestProduction().featureLevel()));
    table.set(new ApiTable(forNodes));
    cluster.net.listen(proc, true, table.get());
    List<ApiHandler> forClients = new ArrayList<>();
    forClients.add(
        new ProduceHandler(
            lookup,
            (id1, producer, epoch, names, mode) ->
                CompletableFuture.failedFuture(
                    new CoordinatorNotAvailableException("no transactions here")),
            proc));
    forClients.add(new FetchHandler(lookup, new FetchSessions(100), proc, 1 << 20));
    forClients.add(new ListOffsetsHandler(lookup, workers));
    forClients.addAll(TopicHandlers.all(services(core.controller(), lookup, configs, workers)));
    cluster.net.listen(proc, false, new ApiTable(forClients));
  }

  private TopicServices services(
      AdminController controller, PartitionLookup lookup, LiveConfigs configs, Executor workers) {
    return new TopicServices(
        view, controller, lookup, configs, new GroupConfigRules(configs.started()), workers);
  }

  private LedgerLogs logs(Cluster cluster, String tree, LedgerLogs.Whose whose) {
    SegmentLists lists = cluster.zoo.lists(proc, tree);
    return new LedgerLogs(
        new LedgerStorage(
            cluster.ledgers(proc),
            lists,
            new BlockCache(CACHE_BYTES),
            new Unacknowledged(UNACKNOWLEDGED_BYTES),
            proc.thread("readers"),
            proc::schedule,
            proc::nowMs),
        whose,
        LOGS,
        proc.thread("commit"));
  }

  /** As a node starts; what follows is in its own hands. */
  void start() {
    core.start(new NodeAddress(proc.node, "127.0.0.1", PORT + proc.node))
        .thenRun(
            () -> {
              core.watch(partitions, reconciler);
              core.register()
                  .whenComplete(
                      (nothing, refusal) -> {
                        if (refusal != null && !proc.isDead()) {
                          proc.world.fail(new Oracle.Violation(proc + " is refused: " + refusal));
                        }
                      });
            });
    maintainLater(1);
  }

  private void maintainLater(int round) {
    proc.schedule(
        MAINTENANCE_MS,
        () -> {
          boolean thorough = round % 5 == 0;
          openers.execute(() -> logs.maintain(proc.nowMs(), thorough));
          metadataThread.execute(() -> metadataLogs.maintain(proc.nowMs(), thorough));
          maintainLater(round + 1);
        });
  }

  /** Gives everything away, then ends. */
  void leave(Runnable left) {
    core.leave(15_000)
        .thenRun(
            () -> {
              core.close();
              proc.schedule(500, left);
            });
  }

  /** Who this node believes to lead what, and what it has. */
  @Override
  public String toString() {
    return proc
        + " follows "
        + core.role().controller()
        + ", has "
        + partitions.all().stream()
            .map(
                each ->
                    each.topicPartition()
                        + "@"
                        + each.leaderEpoch()
                        + (each.log().failure().isPresent() ? " failed" : ""))
            .sorted()
            .toList()
        + ", offline "
        + reconciler.offline().keySet();
  }
}

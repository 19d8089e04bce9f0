package dev.naru.broker;

import dev.naru.broker.api.ApiHandler;
import dev.naru.broker.api.ApiTable;
import dev.naru.broker.api.ApiVersionsHandler;
import dev.naru.broker.cluster.ClusterMember;
import dev.naru.broker.cluster.ClusterSeat;
import dev.naru.broker.cluster.ControllerHandlers;
import dev.naru.broker.config.BrokerConfig;
import dev.naru.broker.config.Listener;
import dev.naru.broker.config.LiveConfigs;
import dev.naru.broker.fetch.FetchHandler;
import dev.naru.broker.fetch.FetchSessions;
import dev.naru.broker.fetch.ListOffsetsHandler;
import dev.naru.broker.fetch.NearReads;
import dev.naru.broker.fetch.NodeFetchHandler;
import dev.naru.broker.fetch.OffsetForLeaderEpochHandler;
import dev.naru.broker.fetch.ReplicaSelector;
import dev.naru.broker.group.GroupConfigRules;
import dev.naru.broker.group.GroupContext;
import dev.naru.broker.group.GroupHandlers;
import dev.naru.broker.group.GroupService;
import dev.naru.broker.metadata.AdminController;
import dev.naru.broker.metadata.ControllerService;
import dev.naru.broker.metadata.LogRecordStore;
import dev.naru.broker.metadata.MetadataLog;
import dev.naru.broker.metadata.MetadataPublisher;
import dev.naru.broker.metadata.MetadataView;
import dev.naru.broker.metadata.NodeIdentity;
import dev.naru.broker.net.ConnectionLimits;
import dev.naru.broker.net.FrontConfig;
import dev.naru.broker.net.NettyFront;
import dev.naru.broker.partition.PartitionLookup;
import dev.naru.broker.partition.PartitionReconciler;
import dev.naru.broker.partition.PartitionRegistry;
import dev.naru.broker.produce.ProduceHandler;
import dev.naru.broker.tls.ListenerTls;
import dev.naru.broker.topic.TopicHandlers;
import dev.naru.broker.topic.TopicServices;
import dev.naru.broker.txn.RoutedVerifier;
import dev.naru.broker.txn.TransactionConfig;
import dev.naru.broker.txn.TransactionHandlers;
import dev.naru.broker.txn.TransactionService;
import dev.naru.broker.txn.TransactionVerifier;
import dev.naru.log.Disk;
import dev.naru.log.LogStore;
import dev.naru.log.Logs;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.server.common.MetadataVersion;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A node. {@link #start} returns when clients can be served; the group coordinator, whose classes
 * take most of a second to load, comes up behind it, and requests that need it wait.
 *
 * <p>Threads: event loops ({@code naru-io}), the metadata thread, the log's few, the group
 * coordinator's, and a few workers for what may block, which end when idle. None per partition or
 * connection.
 */
public final class Broker implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Broker.class);

  /** A share of the direct memory that the JVM may use, for requests in the works. */
  private static final long MIN_IN_FLIGHT_BYTES = 16 << 20;

  /** Logs that are taken over at a time, each of which waits for bookies and ZooKeeper. */
  private static final int TAKEOVERS = 32;

  private final BrokerConfig config;

  /** Null for a node of its own. */
  private final ClusterSeat seat;

  /** What has been started, last first; closed in that order. */
  private final Deque<AutoCloseable> started = new ArrayDeque<>();

  /** What this node knows of the cluster; null before it is started. */
  private MetadataView view;

  /** By the listener's name. */
  private final Map<String, Integer> ports = new LinkedHashMap<>();

  /** Of the listeners that have it. */
  private final List<ListenerTls> tls = new ArrayList<>();

  private Broker(BrokerConfig config, ClusterSeat seat) {
    this.config = config;
    this.seat = seat;
  }

  /**
   * Starts a node.
   *
   * @throws BrokerException the port cannot be listened on
   * @throws org.apache.kafka.common.config.ConfigException TLS cannot be set up as it was told
   * @throws dev.naru.log.LogStoreException the data directory cannot be used
   */
  public static Broker start(BrokerConfig config) {
    return started(new Broker(config, null));
  }

  /**
   * Starts a node of a cluster, whose logs live where its other nodes reach them.
   *
   * @throws BrokerException a port cannot be listened on, or the cluster does not let it in
   */
  public static Broker start(BrokerConfig config, ClusterSeat seat) {
    return started(new Broker(config, seat));
  }

  private static Broker started(Broker broker) {
    try {
      broker.run();
      return broker;
    } catch (RuntimeException e) {
      broker.close();
      throw e;
    }
  }

  private void run() {
    warnOfIneffectiveOptions();
    refuseKafkasData();
    Logs logs = logs();
    NodeIdentity identity = identity();
    view = new MetadataView(identity.nodeId(), identity.clusterId());
    ExecutorService metadataThread = MetadataPublisher.newThread();
    started.push(() -> stop(metadataThread));
    MetadataPublisher metadata = new MetadataPublisher(view, metadataThread);
    LiveConfigs configs = new LiveConfigs(config);
    ThreadPoolExecutor workers = workers(config.getInt("num.io.threads"));
    started.push(() -> stop(workers));
    PartitionRegistry partitions = new PartitionRegistry();
    ThreadPoolExecutor openers = seat == null ? workers : pool("naru-takeover", TAKEOVERS + 1);
    if (seat != null) {
      started.push(() -> stop(openers));
    }
    PartitionReconciler reconciler =
        new PartitionReconciler(
            identity.nodeId(),
            partitions,
            logs,
            configs,
            openers,
            seat == null ? config.getInt("num.recovery.threads.per.data.dir") : TAKEOVERS,
            seat != null);
    PartitionLookup lookup = new PartitionLookup(view, partitions, reconciler::isOffline);
    GroupConfigRules groupRules = new GroupConfigRules(config);
    NettyFront front = new NettyFront(frontConfig());
    started.push(front);
    ClusterMember member = null;
    ControllerService own = null;
    if (seat == null) {
      own = new ControllerService(metadataLog(logs, metadata), configs, groupRules);
    } else {
      member = new ClusterMember(config, seat, view, metadata, configs, groupRules, front);
      started.push(member);
    }
    AdminController controller = own == null ? member.controller() : own;
    await(metadata.addListener(reconciler));
    AtomicReference<TransactionVerifier> verifierLater = new AtomicReference<>();
    GroupService groups =
        new GroupService(
            new GroupContext(
                view,
                partitions,
                controller,
                verifierLater::get,
                front,
                config.valuesWithPrefix("group.", "offsets.", "offset.")));
    started.push(groups);
    TransactionService.Surroundings around =
        new TransactionService.Surroundings(controller, view, lookup, groups, front);
    TransactionService transactions =
        member == null
            ? new TransactionService(around, transactionConfig())
            : new TransactionService(around, transactionConfig(), member.peers());
    TransactionVerifier verifier =
        member == null ? transactions : new RoutedVerifier(transactions, member.peers());
    verifierLater.set(verifier);
    started.push(transactions);
    await(metadata.addListener(groups));
    await(metadata.addListener(transactions));

    ProduceHandler produce = new ProduceHandler(lookup, verifier, front);
    await(
        metadata.addListener(
            new LiveOptions(
                configs,
                now -> {
                  logs.reconfigure(now.logStore());
                  front.limits(connectionLimits(now));
                  produce.verifyTransactions(verifiesTransactions(now));
                  resize(workers, now.getInt("num.io.threads"));
                })));

    List<ApiHandler> handlers = new ArrayList<>();
    handlers.add(produce);
    handlers.add(fetch(view, lookup, member, front));
    handlers.add(new ListOffsetsHandler(lookup, workers));
    handlers.add(new OffsetForLeaderEpochHandler(lookup));
    handlers.addAll(
        TopicHandlers.all(
            new TopicServices(view, controller, lookup, configs, groupRules, workers)));
    handlers.addAll(GroupHandlers.all(groups, transactions::coordinatorPartition));
    handlers.addAll(TransactionHandlers.all(transactions, groups::partitionFor));
    if (member != null) {
      List<ApiHandler> forNodes = new ArrayList<>(TransactionHandlers.forNodes(transactions));
      AdminController asked = member.controllerForNodes();
      forNodes.addAll(
          ControllerHandlers.all(
              new TopicServices(view, asked, lookup, configs, groupRules, workers)));
      member.start(forNodes, new NodeFetchHandler(lookup, front, config.getInt("fetch.max.bytes")));
    }
    BrokerConfig now = configs.at(view.image()).broker();
    listen(front, handlers, now);
    configs.checkWith(next -> tls.forEach(one -> one.check(next)));
    await(
        metadata.addListener(
            new LiveOptions(configs, next -> tls.forEach(one -> one.reconfigure(next)))));
    if (member == null) {
      await(own.registerBroker(now.withPorts(ports)));
    } else {
      started.push(member::leave);
      member.watch(partitions, reconciler);
      member.join(now.withPorts(ports));
    }
    groups.start();
    LOG.info("Node {} of cluster {} serves {}", identity.nodeId(), identity.clusterId(), address());
  }

  private Logs logs() {
    if (seat != null) {
      return seat.logs();
    }
    LogStore store =
        LogStore.open(
            Disk.real(), config.dataDirectory(), System::currentTimeMillis, config.logStore());
    started.push(store);
    return store;
  }

  private NodeIdentity identity() {
    return seat == null
        ? NodeIdentity.loadOrCreate(Disk.real(), config.dataDirectory(), config.nodeId())
        : new NodeIdentity(seat.clusterId(), config.nodeId());
  }

  /**
   * @param member null for a node of its own
   */
  private FetchHandler fetch(
      MetadataView view, PartitionLookup lookup, ClusterMember member, NettyFront front) {
    FetchSessions sessions =
        new FetchSessions(config.getInt("max.incremental.fetch.session.cache.slots"));
    int maxBytes = config.getInt("fetch.max.bytes");
    if (member == null || config.getString(BrokerConfig.REPLICA_SELECTOR) == null) {
      return new FetchHandler(lookup, sessions, front, maxBytes);
    }
    return new FetchHandler(
        lookup,
        sessions,
        front,
        maxBytes,
        new ReplicaSelector(view, front),
        new NearReads(view, member.peers(), seat.reads(), front));
  }

  private MetadataLog metadataLog(Logs logs, MetadataPublisher metadata) {
    return MetadataLog.open(
        new LogRecordStore(logs, config.durability()),
        metadata,
        ControllerService.bootstrap(),
        System::currentTimeMillis,
        0);
  }

  private void listen(NettyFront front, List<ApiHandler> handlers, BrokerConfig now) {
    AtomicReference<ApiTable> table = new AtomicReference<>();
    ApiVersionsHandler versions =
        new ApiVersionsHandler(table::get, MetadataVersion.latestProduction().featureLevel());
    handlers.add(versions);
    table.set(new ApiTable(handlers));
    // A mistake with one listener is told before anybody is let in by another.
    Map<String, ListenerTls> byName = new HashMap<>();
    for (Listener listener : now.listeners()) {
      if (listener.isTls()) {
        ListenerTls own = ListenerTls.of(now, listener);
        started.addLast(own);
        tls.add(own);
        byName.put(listener.name(), own);
      }
    }
    started.push(front::stopListening);
    for (Listener listener : now.listeners()) {
      ListenerTls own = byName.get(listener.name());
      ports.put(listener.name(), listen(front, listener, own, table.get(), versions));
    }
  }

  private static int listen(
      NettyFront front,
      Listener listener,
      ListenerTls tls,
      ApiTable table,
      ApiVersionsHandler versions) {
    try {
      return front.listen(listener, tls, table, versions).getPort();
    } catch (Exception e) {
      throw new BrokerException(
          "cannot listen on "
              + listener.address()
              + ": "
              + e.getMessage()
              + "; stop what uses it, or choose another address with --listen",
          e);
    }
  }

  private FrontConfig frontConfig() {
    long budget = config.getLong("queued.max.request.bytes");
    if (budget <= 0) {
      budget = Math.max(MIN_IN_FLIGHT_BYTES, Runtime.getRuntime().maxMemory() / 4);
    }
    return new FrontConfig(
        config.getInt("socket.request.max.bytes"),
        budget,
        connectionLimits(config),
        config.getInt("socket.send.buffer.bytes"),
        config.getInt("socket.receive.buffer.bytes"),
        config.getInt("socket.listen.backlog.size"),
        config.getLong("connections.max.idle.ms"),
        config.getInt("num.network.threads"));
  }

  private static ConnectionLimits connectionLimits(BrokerConfig config) {
    Map<InetAddress, Integer> overrides = new HashMap<>();
    config
        .connectionOverrides()
        .forEach(
            (host, most) -> {
              try {
                for (InetAddress address : InetAddress.getAllByName(host)) {
                  overrides.put(address, most);
                }
              } catch (UnknownHostException e) {
                LOG.warn("max.connections.per.ip.overrides: the host {} is not known here", host);
              }
            });
    return new ConnectionLimits(
        config.getInt("max.connections"),
        config.getInt("max.connections.per.ip"),
        Map.copyOf(overrides),
        config.getInt("max.connection.creation.rate"));
  }

  private static boolean verifiesTransactions(BrokerConfig config) {
    return config.getBoolean("transaction.partition.verification.enable");
  }

  /** One line for each reason, with all options that it holds for. */
  private void warnOfIneffectiveOptions() {
    Map<String, List<String>> byReason = new TreeMap<>();
    config
        .ineffective()
        .forEach((name, why) -> byReason.computeIfAbsent(why, w -> new ArrayList<>()).add(name));
    byReason.forEach(
        (why, names) ->
            LOG.warn(
                "{} {} no effect in Naru because {}",
                String.join(", ", names),
                names.size() == 1 ? "has" : "have",
                why));
  }

  /** Both could live side by side, and a user would look for records that are not there. */
  private void refuseKafkasData() {
    if (Files.exists(config.dataDirectory().resolve("meta.properties"))) {
      throw new BrokerException(
          "the data directory "
              + config.dataDirectory()
              + " holds Apache Kafka's data, which Naru cannot read; give it another one",
          null);
    }
  }

  private TransactionConfig transactionConfig() {
    return new TransactionConfig(
        config.getInt("transaction.max.timeout.ms"),
        config.getInt("transactional.id.expiration.ms"),
        config.getInt("transaction.abort.timed.out.transaction.cleanup.interval.ms"),
        config.getInt("transaction.remove.expired.transaction.cleanup.interval.ms"),
        config.getInt("transaction.state.log.num.partitions"),
        config.getInt("transaction.state.log.segment.bytes"),
        config.getInt("transaction.state.log.load.buffer.size"),
        config.getBoolean("transaction.two.phase.commit.enable"),
        config.getInt("add.partitions.to.txn.retry.backoff.max.ms"));
  }

  /** For what may block: opening and deleting logs, look-ups by time. */
  private static ThreadPoolExecutor workers(int threads) {
    return pool("naru-worker", threads);
  }

  private static ThreadPoolExecutor pool(String name, int threads) {
    ThreadPoolExecutor executor =
        new ThreadPoolExecutor(
            threads,
            threads,
            5,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            task -> {
              Thread thread = new Thread(task, name);
              thread.setDaemon(true);
              return thread;
            });
    executor.allowCoreThreadTimeOut(true);
    return executor;
  }

  private static void resize(ThreadPoolExecutor workers, int threads) {
    // The maximum must never be below the core.
    if (threads > workers.getCorePoolSize()) {
      workers.setMaximumPoolSize(threads);
      workers.setCorePoolSize(threads);
    } else {
      workers.setCorePoolSize(threads);
      workers.setMaximumPoolSize(threads);
    }
  }

  /** HOST:PORT of the first listener. */
  public String address() {
    return listeners().get(0).address();
  }

  /** Where clients connect, with the ports that were taken. */
  public List<Listener> listeners() {
    return config.withPorts(ports).listeners();
  }

  /** Kafka's id of the cluster that this node is. */
  public String clusterId() {
    return view.clusterId();
  }

  /** Whether the cluster has a topic of this name, as far as this node has heard. */
  public boolean hasTopic(String name) {
    return view.image().topics().getTopic(name) != null;
  }

  private static void await(java.util.concurrent.CompletionStage<?> stage) {
    try {
      stage.toCompletableFuture().join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw e;
    }
  }

  private static void stop(ExecutorService executor) throws InterruptedException {
    executor.shutdown();
    if (!executor.awaitTermination(10, TimeUnit.SECONDS)) {
      LOG.warn("Work was still under way 10 s after the stop");
    }
  }

  /** Stops taking requests, then stops the parts in the reverse order of their start. */
  @Override
  public void close() {
    while (!started.isEmpty()) {
      AutoCloseable part = started.pop();
      try {
        part.close();
      } catch (Exception e) {
        LOG.error("A part of the node did not stop cleanly", e);
      }
    }
  }
}

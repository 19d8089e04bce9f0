package dev.naru.broker.cluster;

import dev.naru.broker.BrokerException;
import dev.naru.broker.api.ApiHandler;
import dev.naru.broker.api.ApiTable;
import dev.naru.broker.api.ApiVersionsHandler;
import dev.naru.broker.config.BrokerConfig;
import dev.naru.broker.config.Listener;
import dev.naru.broker.config.LiveConfigs;
import dev.naru.broker.group.GroupConfigRules;
import dev.naru.broker.metadata.AdminController;
import dev.naru.broker.metadata.ControllerService;
import dev.naru.broker.metadata.MetadataPublisher;
import dev.naru.broker.metadata.MetadataView;
import dev.naru.broker.metadata.OneLogRecordStore;
import dev.naru.broker.metadata.RecordLogs;
import dev.naru.broker.net.NettyFront;
import dev.naru.broker.partition.Partition;
import dev.naru.broker.partition.PartitionReconciler;
import dev.naru.broker.partition.PartitionRegistry;
import dev.naru.broker.sasl.SaslHandlers;
import dev.naru.log.Durability;
import dev.naru.log.LogId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.BrokerRegistrationRequestData;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.image.TopicImage;
import org.apache.kafka.metadata.BrokerRegistration;
import org.apache.kafka.metadata.PartitionRegistration;
import org.apache.kafka.server.common.MetadataVersion;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A node as a member of its cluster: its links to the others, its part in the metadata, its way in
 * and out. {@link #start} and {@link #join} block; they are called by the thread that starts the
 * node.
 */
public final class ClusterMember implements AutoCloseable {
  /** The listener of the node links, in registrations. */
  public static final String NODES = "NODES";

  private static final Logger LOG = LoggerFactory.getLogger(ClusterMember.class);
  private static final long PATIENCE_MS = 60_000;
  private static final long LEAVE_MS = 15_000;
  private static final long LOOK_MS = 500;
  private static final long SWEEP_MS = 600_000;

  private final BrokerConfig config;
  private final ClusterSeat seat;
  private final MetadataView view;
  private final MetadataPublisher publisher;
  private final NettyFront front;
  private final NetworkLinks links;
  private final ClusterRole role;
  private final Membership membership;
  private final AdminController controller;
  private final AtomicReference<BrokerConfig> bound = new AtomicReference<>();
  private volatile boolean closed;

  /** Starts the thread of the links; nothing else happens before {@link #start}. */
  public ClusterMember(
      BrokerConfig config,
      ClusterSeat seat,
      MetadataView view,
      MetadataPublisher publisher,
      LiveConfigs configs,
      GroupConfigRules groupRules,
      NettyFront front) {
    this.config = config;
    this.seat = seat;
    this.view = view;
    this.publisher = publisher;
    this.front = front;
    this.links = NetworkLinks.start(config.nodeId(), seat.secret(), NodeLinks.REQUEST_TIMEOUT_MS);
    this.role =
        new ClusterRole(
            view,
            seat.coordination(),
            publisher,
            links,
            epoch ->
                new OneLogRecordStore(
                    seat.metadataLogs(), RecordLogs.config(Durability.FSYNC), epoch),
            log -> new ControllerService(log, configs, groupRules),
            front);
    this.membership = new Membership(config.nodeId(), role, links, front, this::registration);
    role.onNodes(membership::look);
    this.controller =
        CurrentController.orRemote(
            this::ownController,
            new RemoteController(
                new RemoteController.Surroundings(
                    links, role::controller, view, role.progress(), configs, front)));
  }

  private ControllerService ownController() {
    ClusterRole.Active active = role.active();
    return active == null ? null : active.topics();
  }

  /** Who changes the metadata, wherever it is. */
  public AdminController controller() {
    return controller;
  }

  /** For other nodes that ask here. */
  public AdminController controllerForNodes() {
    return CurrentController.orRefusal(this::ownController);
  }

  /** The other nodes, for what must be done where a partition is led. */
  public Peers peers() {
    return new Peers(config.nodeId(), links, this::leader);
  }

  private NodeAddress leader(TopicPartition partition) {
    MetadataImage image = view.image();
    TopicImage topic = image.topics().getTopic(partition.topic());
    PartitionRegistration registration =
        topic == null ? null : topic.partitions().get(partition.partition());
    BrokerRegistration leader =
        registration == null ? null : image.cluster().broker(registration.leader);
    return leader == null
        ? null
        : leader
            .node(NODES)
            .map(node -> new NodeAddress(node.id(), node.host(), node.port()))
            .orElse(null);
  }

  /**
   * Listens for other nodes, and returns when this node knows the metadata.
   *
   * @param handlers what other nodes are served besides the controller's own
   */
  public void start(List<ApiHandler> handlers) {
    NodeAddress own = listen(handlers);
    try {
      CompletableFuture<Void> known = role.start();
      seat.coordination().announce(own);
      known.get(PATIENCE_MS, TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw new BrokerException(
          "no node of the cluster became its controller within "
              + PATIENCE_MS / 1000
              + " s; are enough of them running, and do they reach each other?",
          e);
    } catch (ExecutionException e) {
      throw new BrokerException("this node could not follow its cluster: " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BrokerException("interrupted while the node joined its cluster", e);
    }
  }

  private NodeAddress listen(List<ApiHandler> handlers) {
    List<ApiHandler> all = new ArrayList<>(handlers);
    all.addAll(NodeHandlers.all(role, publisher.thread(), front));
    all.addAll(SaslHandlers.all());
    AtomicReference<ApiTable> table = new AtomicReference<>();
    ApiVersionsHandler versions =
        new ApiVersionsHandler(table::get, MetadataVersion.latestProduction().featureLevel());
    all.add(versions);
    table.set(new ApiTable(all));
    String host = config.listeners().get(0).host();
    Listener listener =
        new Listener(
            NODES, SecurityProtocol.SASL_PLAINTEXT, host, seat.linkPort(), host, seat.linkPort());
    try {
      int port = front.listenToNodes(listener, seat.secret(), table.get(), versions).getPort();
      return new NodeAddress(config.nodeId(), host, port);
    } catch (Exception e) {
      throw new BrokerException(
          "cannot listen for other nodes on "
              + listener.address()
              + ": "
              + e.getMessage()
              + "; the five ports after the Kafka port must be free",
          e);
    }
  }

  /**
   * Lets this node into the cluster, now that clients can reach it; returns when it is in.
   *
   * @param now with the ports that were taken
   */
  public void join(BrokerConfig now) {
    bound.set(now);
    long deadlineNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PATIENCE_MS);
    try {
      membership.register().get(PATIENCE_MS, TimeUnit.MILLISECONDS);
      while (!isIn()) {
        if (System.nanoTime() > deadlineNs) {
          throw new TimeoutException("this node is registered, and does not see that");
        }
        TimeUnit.MILLISECONDS.sleep(5);
      }
    } catch (TimeoutException e) {
      throw new BrokerException("the cluster's controller did not let this node in", e);
    } catch (ExecutionException e) {
      throw new BrokerException(
          "the cluster does not let this node in: " + e.getCause().getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BrokerException("interrupted while the node joined its cluster", e);
    }
  }

  private boolean isIn() {
    BrokerRegistration own = view.image().cluster().broker(config.nodeId());
    return own != null && !own.fenced();
  }

  private BrokerRegistrationRequestData registration(Uuid incarnation) {
    return Registrations.of(
        bound.get(),
        view.clusterId(),
        incarnation,
        config.listeners().get(0).host(),
        seat.linkPort());
  }

  /**
   * Keeps partitions in service whose log failed here: what was wrong with the storage may have
   * passed, and opening a log again is harmless while this node is its owner for sure. And while
   * this node is the controller, has it looked for what is left of logs that exist no more.
   */
  public void watch(PartitionRegistry partitions, PartitionReconciler reconciler) {
    Map<Partition, Long> failing = new ConcurrentHashMap<>();
    front.schedule(LOOK_MS, () -> look(partitions, reconciler, failing));
    front.schedule(SWEEP_MS, this::sweep);
  }

  /** The controller knows for sure which topics there are. */
  private void sweep() {
    if (closed) {
      return;
    }
    if (role.active() != null) {
      seat.leftovers().sweep(this::isDeleted);
    }
    front.schedule(SWEEP_MS, this::sweep);
  }

  private boolean isDeleted(LogId id) {
    MetadataImage image = view.image();
    return role.active() != null && image.topics().getTopic(id.topicId()) == null;
  }

  private void look(
      PartitionRegistry partitions, PartitionReconciler reconciler, Map<Partition, Long> failing) {
    if (closed) {
      return;
    }
    List<Partition> again = new ArrayList<>();
    for (Partition partition : partitions.all()) {
      if (partition.log().failure().isPresent()) {
        Long sinceNs = failing.putIfAbsent(partition, System.nanoTime());
        // The metadata that says that this node owns it must be newer than the failure.
        if (sinceNs != null && role.confirmedNs() - sinceNs > 0) {
          again.add(partition);
        }
      }
    }
    failing
        .keySet()
        .removeIf(partition -> !partitions.isCurrent(partition) || again.contains(partition));
    publisher.thread().execute(() -> reconciler.openAgain(again));
    front.schedule(LOOK_MS, () -> look(partitions, reconciler, failing));
  }

  /** Gives what this node owns to the others, while clients are still served. Blocks. */
  public void leave() {
    MetadataImage image = view.image();
    boolean alone =
        image.cluster().brokers().values().stream()
            .noneMatch(broker -> broker.id() != config.nodeId() && !broker.fenced());
    if (!alone && !membership.leave(LEAVE_MS)) {
      LOG.warn("Not everything that this node owned was given away; the others take it over");
    }
  }

  @Override
  public void close() {
    closed = true;
    role.close();
    seat.coordination().depart();
    links.close();
  }
}

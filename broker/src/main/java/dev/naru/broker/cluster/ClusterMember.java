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
import dev.naru.broker.partition.PartitionReconciler;
import dev.naru.broker.partition.PartitionRegistry;
import dev.naru.broker.sasl.SaslHandlers;
import dev.naru.log.Durability;
import dev.naru.log.LogId;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.BrokerRegistrationRequestData;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.apache.kafka.image.MetadataImage;
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
  private static final long SWEEP_MS = 600_000;

  private final BrokerConfig config;
  private final ClusterSeat seat;
  private final MetadataView view;
  private final NettyFront front;
  private final NetworkLinks links;
  private final ClusterCore core;
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
    this.front = front;
    this.links = NetworkLinks.start(config.nodeId(), seat.secret(), NodeLinks.REQUEST_TIMEOUT_MS);
    this.core =
        new ClusterCore(
            view,
            publisher,
            new ClusterCore.Surroundings(
                seat.coordination(),
                links,
                new SocketProbe(),
                front,
                configs,
                epoch ->
                    new OneLogRecordStore(
                        seat.metadataLogs(), RecordLogs.config(Durability.FSYNC), epoch),
                log -> new ControllerService(log, configs, groupRules)),
            this::registration);
    links.onBroken(core::broken);
  }

  /** Who changes the metadata, wherever it is. */
  public AdminController controller() {
    return core.controller();
  }

  /** For other nodes that ask here. */
  public AdminController controllerForNodes() {
    return core.controllerForNodes();
  }

  /** The other nodes, for what must be done where a partition is led. */
  public Peers peers() {
    return core.peers();
  }

  /**
   * Listens for other nodes, and returns when this node knows the metadata.
   *
   * @param handlers what other nodes are served besides the controller's own
   * @param records what answers their fetches, other than those of the metadata
   */
  public void start(List<ApiHandler> handlers, ApiHandler records) {
    NodeAddress own = listen(handlers, records);
    try {
      core.start(own).get(PATIENCE_MS, TimeUnit.MILLISECONDS);
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

  private NodeAddress listen(List<ApiHandler> handlers, ApiHandler records) {
    List<ApiHandler> all = new ArrayList<>(handlers);
    all.addAll(core.handlers(records));
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
      core.register().get(PATIENCE_MS, TimeUnit.MILLISECONDS);
      while (!core.isIn()) {
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

  private BrokerRegistrationRequestData registration(Uuid incarnation) {
    return Registrations.of(
        bound.get(),
        view.clusterId(),
        incarnation,
        config.listeners().get(0).host(),
        seat.linkPort());
  }

  /**
   * As {@link ClusterCore#watch}. And while this node is the controller, has it looked for what is
   * left of logs that exist no more.
   */
  public void watch(PartitionRegistry partitions, PartitionReconciler reconciler) {
    core.watch(partitions, reconciler);
    front.schedule(SWEEP_MS, this::sweep);
  }

  /** The controller knows for sure which topics there are. */
  private void sweep() {
    if (closed) {
      return;
    }
    if (core.role().active() != null) {
      seat.leftovers().sweep(this::isDeleted);
    }
    front.schedule(SWEEP_MS, this::sweep);
  }

  private boolean isDeleted(LogId id) {
    MetadataImage image = view.image();
    return core.role().active() != null && image.topics().getTopic(id.topicId()) == null;
  }

  /** Gives what this node owns to the others, while clients are still served. Blocks. */
  public void leave() {
    if (!core.leave(LEAVE_MS).join()) {
      LOG.warn("Not everything that this node owned was given away; the others take it over");
    }
  }

  @Override
  public void close() {
    closed = true;
    core.close();
    links.close();
  }
}

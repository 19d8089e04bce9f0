package dev.naru.broker.cluster;

import dev.naru.broker.Timers;
import dev.naru.broker.api.ApiHandler;
import dev.naru.broker.config.LiveConfigs;
import dev.naru.broker.metadata.AdminController;
import dev.naru.broker.metadata.ControllerService;
import dev.naru.broker.metadata.MetadataLog;
import dev.naru.broker.metadata.MetadataPublisher;
import dev.naru.broker.metadata.MetadataView;
import dev.naru.broker.metadata.RecordStore;
import dev.naru.broker.partition.Partition;
import dev.naru.broker.partition.PartitionReconciler;
import dev.naru.broker.partition.PartitionRegistry;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.IntFunction;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.BrokerRegistrationRequestData;
import org.apache.kafka.image.ClusterImage;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.image.TopicImage;
import org.apache.kafka.metadata.BrokerRegistration;
import org.apache.kafka.metadata.PartitionRegistration;

/**
 * What a member of a cluster does, without threads, sockets and clocks of its own: its part in the
 * metadata, its way in and out, and the partitions that fail. {@link ClusterMember} is the shell
 * around it; a simulation has another. Any thread, nothing blocks.
 */
public final class ClusterCore implements AutoCloseable {
  private static final long LOOK_MS = 200;

  /**
   * What it is given.
   *
   * @param probe tells a dead process from one that is slow; closed with the core
   * @param stores the metadata log as the owner of a controller epoch opens it; may block
   * @param commands what changes the metadata, once this node owns its log
   */
  public record Surroundings(
      Coordination coordination,
      NodeLinks links,
      PeerProbe probe,
      Timers timers,
      LiveConfigs configs,
      IntFunction<RecordStore> stores,
      Function<MetadataLog, ControllerService> commands) {}

  private final MetadataView view;
  private final MetadataPublisher publisher;
  private final Surroundings around;
  private final ClusterRole role;
  private final Membership membership;
  private final PeerWatch peerWatch;
  private final AdminController controller;

  /** As it was seen last; the metadata thread's. */
  private ClusterImage registered;

  private volatile boolean closed;

  /**
   * @param registration what this node says of itself, as this process of it
   */
  public ClusterCore(
      MetadataView view,
      MetadataPublisher publisher,
      Surroundings around,
      Function<Uuid, BrokerRegistrationRequestData> registration) {
    this.view = view;
    this.publisher = publisher;
    this.around = around;
    this.role =
        new ClusterRole(
            view,
            around.coordination(),
            publisher,
            around.links(),
            around.stores(),
            around.commands(),
            around.timers());
    this.membership =
        new Membership(view.nodeId(), role, around.links(), around.timers(), registration);
    this.peerWatch =
        new PeerWatch(
            around.links(), around.probe(), around.timers(), this::otherProcesses, this::judged);
    role.takeForGone(peerWatch::isDead);
    role.onNodes(
        () -> {
          membership.look();
          peerWatch.peersChanged();
        });
    publisher.onImage(this::imageIs);
    this.controller =
        CurrentController.orRemote(
            this::ownController,
            new RemoteController(
                new RemoteController.Surroundings(
                    around.links(),
                    role::controller,
                    view,
                    role.progress(),
                    around.configs(),
                    around.timers())));
  }

  @SuppressWarnings("ReferenceEquality") // It is another one only when something in it changed.
  private void imageIs() {
    ClusterImage nodes = view.image().cluster();
    if (nodes != registered) {
      registered = nodes;
      peerWatch.peersChanged();
    }
  }

  /** Those whose addresses are known, and are of the process that is announced. */
  private List<Peer> otherProcesses() {
    List<Peer> peers = new ArrayList<>();
    Map<Integer, BrokerRegistration> known = view.image().cluster().brokers();
    role.announced()
        .forEach(
            (id, incarnation) -> {
              BrokerRegistration registration = known.get(id);
              if (id != view.nodeId()
                  && registration != null
                  && registration.incarnationId().equals(incarnation)) {
                Registrations.peer(registration).ifPresent(peers::add);
              }
            });
    return peers;
  }

  private void judged(Peer peer) {
    if (peerWatch.isDead(peer.nodeId(), peer.incarnation())) {
      around.coordination().declareDead(peer.nodeId(), peer.incarnation());
    }
    role.lookAgain();
  }

  /** A connection to that node broke, or was refused: its process may be dead. */
  public void broken(NodeAddress address) {
    peerWatch.broken(address);
  }

  private ControllerService ownController() {
    ClusterRole.Active active = role.active();
    return active == null ? null : active.topics();
  }

  /** This node's part in the metadata. */
  public ClusterRole role() {
    return role;
  }

  /** Who changes the metadata, wherever it is. */
  public AdminController controller() {
    return controller;
  }

  /** For other nodes that ask here. */
  public AdminController controllerForNodes() {
    return CurrentController.orRefusal(this::ownController);
  }

  /**
   * What other nodes ask of the controller about nodes and metadata.
   *
   * @param records what answers their fetches, other than those of the metadata
   */
  public List<ApiHandler> handlers(ApiHandler records) {
    return NodeHandlers.all(role, publisher.thread(), around.timers(), records);
  }

  /** The other nodes, for what must be done where a partition is led. */
  public Peers peers() {
    return new Peers(view.nodeId(), around.links(), this::leader);
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
            .node(ClusterMember.NODES)
            .map(node -> new NodeAddress(node.id(), node.host(), node.port()))
            .orElse(null);
  }

  /**
   * Shows this node to the others and follows the metadata.
   *
   * @param own where this node listens for the others
   * @return completes when this node knows the metadata
   */
  public CompletableFuture<Void> start(NodeAddress own) {
    CompletableFuture<Void> known = role.start();
    around.coordination().announce(own);
    peerWatch.start();
    return known;
  }

  /**
   * Lets this node into the cluster, now that clients can reach it.
   *
   * @return completes when the controller knows it; {@link #isIn} says when this node sees that
   */
  public CompletableFuture<Void> register() {
    return membership.register();
  }

  /** Whether this node sees itself among those that may own partitions. */
  public boolean isIn() {
    BrokerRegistration own = view.image().cluster().broker(view.nodeId());
    return own != null && !own.fenced();
  }

  /**
   * Keeps partitions in service whose log failed here: what was wrong with the storage may have
   * passed, and opening a log again is harmless while this node is its owner for sure.
   */
  public void watch(PartitionRegistry partitions, PartitionReconciler reconciler) {
    Map<Partition, Long> failing = new ConcurrentHashMap<>();
    around.timers().schedule(LOOK_MS, () -> look(partitions, reconciler, failing));
  }

  private void look(
      PartitionRegistry partitions, PartitionReconciler reconciler, Map<Partition, Long> failing) {
    if (closed) {
      return;
    }
    List<Partition> again = new ArrayList<>();
    for (Partition partition : partitions.all()) {
      if (partition.log().failure().isPresent()) {
        Long sinceMs = failing.putIfAbsent(partition, around.timers().elapsedMs());
        // The metadata that says that this node owns it must be newer than the failure.
        if (sinceMs != null && role.confirmedMs() > sinceMs) {
          again.add(partition);
        }
      }
    }
    failing
        .keySet()
        .removeIf(partition -> !partitions.isCurrent(partition) || again.contains(partition));
    publisher.thread().execute(() -> reconciler.openAgain(again));
    around.timers().schedule(LOOK_MS, () -> look(partitions, reconciler, failing));
  }

  /**
   * Gives what this node owns to the others, while clients are still served.
   *
   * @return completes with whether all of it was given away; never fails
   */
  public CompletableFuture<Boolean> leave(long timeoutMs) {
    boolean alone =
        view.image().cluster().brokers().values().stream()
            .noneMatch(broker -> broker.id() != view.nodeId() && !broker.fenced());
    return alone ? CompletableFuture.completedFuture(true) : membership.leave(timeoutMs);
  }

  /** Gives up what this node is. */
  @Override
  public void close() {
    closed = true;
    peerWatch.close();
    role.close();
    around.coordination().depart();
  }
}

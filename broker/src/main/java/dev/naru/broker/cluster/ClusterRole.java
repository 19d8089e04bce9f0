package dev.naru.broker.cluster;

import dev.naru.broker.Timers;
import dev.naru.broker.cluster.Coordination.Claim;
import dev.naru.broker.cluster.MetadataFetch.Position;
import dev.naru.broker.metadata.ControllerService;
import dev.naru.broker.metadata.MetadataHistory.Piece;
import dev.naru.broker.metadata.MetadataLog;
import dev.naru.broker.metadata.MetadataPosition;
import dev.naru.broker.metadata.MetadataProgress;
import dev.naru.broker.metadata.MetadataPublisher;
import dev.naru.broker.metadata.MetadataView;
import dev.naru.broker.metadata.MetadataWaiters;
import dev.naru.broker.metadata.NodeService;
import dev.naru.broker.metadata.RecordStore;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.BiPredicate;
import java.util.function.Function;
import java.util.function.IntFunction;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.FetchResponse;
import org.apache.kafka.image.MetadataDelta;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.image.MetadataProvenance;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This node's part in the metadata of its cluster: it owns the metadata log and is the controller,
 * or it follows the node that does.
 *
 * <p>{@link Coordination} says who may try; opening the log fences whoever had it before, and that
 * is what counts. A controller whose log fails gives up its claim and begins anew as a follower.
 *
 * <p>All state belongs to the metadata thread; the public methods may come from any.
 */
public final class ClusterRole implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ClusterRole.class);
  private static final int NOBODY = -1;
  private static final int POLL_MS = 2_000;
  private static final int ANSWER_MS = 4_000;
  private static final long AGAIN_MS = 100;

  /** A controller at work, with what it changes the metadata by. */
  public record Active(Claim claim, MetadataLog log, ControllerService topics, NodeService nodes) {}

  private final int nodeId;
  private final Coordination coordination;
  private final MetadataView view;
  private final MetadataPublisher publisher;
  private final Executor thread;
  private final NodeLinks links;
  private final IntFunction<RecordStore> stores;
  private final Function<MetadataLog, ControllerService> topics;
  private final Timers timers;
  private final List<Runnable> whenFollowed = new ArrayList<>();
  private final MetadataWaiters waiters = new MetadataWaiters();
  private volatile Claim claim;
  private volatile Active active;
  private volatile Runnable whenNodesChange = () -> {};
  private volatile BiPredicate<Integer, Uuid> dead = (node, incarnation) -> false;
  private volatile Map<Integer, Uuid> announced = Map.of();
  private volatile Map<Integer, Uuid> alive = Map.of();
  private volatile long confirmedMs = Long.MIN_VALUE;
  private volatile boolean closed;

  /** Whether a claim was given up of which the others may not have heard. */
  private boolean givenUp;

  /**
   * @param stores the metadata log as the owner of a controller epoch opens it; may block
   */
  public ClusterRole(
      MetadataView view,
      Coordination coordination,
      MetadataPublisher publisher,
      NodeLinks links,
      IntFunction<RecordStore> stores,
      Function<MetadataLog, ControllerService> topics,
      Timers timers) {
    this.nodeId = view.nodeId();
    this.view = view;
    this.coordination = coordination;
    this.publisher = publisher;
    this.thread = publisher.thread();
    this.links = links;
    this.stores = stores;
    this.topics = topics;
    this.timers = timers;
  }

  /**
   * Begins.
   *
   * @return completes when this node knows the metadata
   */
  public CompletableFuture<Void> start() {
    CompletableFuture<Void> known = new CompletableFuture<>();
    thread.execute(() -> whenFollowed.add(() -> known.complete(null)));
    coordination.watchNodes(nodes -> thread.execute(() -> nodesAre(nodes)));
    coordination.watchController(next -> thread.execute(() -> controllerIs(next)));
    return known;
  }

  /** Tells, on the metadata thread, that {@link #alive} has changed. Before {@link #start}. */
  void onNodes(Runnable told) {
    whenNodesChange = told;
  }

  /**
   * Says which process of another node is dead, though it may be announced for a while. Before
   * {@link #start}.
   */
  void takeForGone(BiPredicate<Integer, Uuid> deadProcesses) {
    dead = deadProcesses;
  }

  /** That has changed. */
  void lookAgain() {
    thread.execute(() -> nodesAre(announced));
  }

  /** What this node does as the controller; null while another node is. */
  public Active active() {
    return active;
  }

  /** Where the controller listens for other nodes; null while nobody is it. */
  public NodeAddress controller() {
    Claim now = claim;
    return now == null ? null : now.node();
  }

  /** How far this node follows the metadata. */
  public MetadataProgress progress() {
    return waiters;
  }

  /** Which process of each node is announced; some of these may be dead. */
  Map<Integer, Uuid> announced() {
    return announced;
  }

  /** Which process of each node the cluster sees. */
  public Map<Integer, Uuid> alive() {
    return alive;
  }

  /**
   * When the controller last said that this node's metadata is what there is, by {@link
   * Timers#elapsedMs}; {@link Long#MIN_VALUE} for never.
   */
  public long confirmedMs() {
    return active != null ? timers.elapsedMs() : confirmedMs;
  }

  // ---- on the metadata thread ----

  private void nodesAre(Map<Integer, Uuid> nodes) {
    announced = Map.copyOf(nodes);
    Map<Integer, Uuid> living = new HashMap<>(nodes);
    living.entrySet().removeIf(node -> dead.test(node.getKey(), node.getValue()));
    alive = Map.copyOf(living);
    whenNodesChange.run();
    lookAround();
  }

  private void lookAround() {
    Active now = active;
    if (now != null) {
      now.nodes()
          .see(alive)
          .whenComplete(
              (done, error) -> {
                if (error != null && now.equals(active)) {
                  LOG.warn("The change of nodes could not be taken over", error);
                }
              });
    }
  }

  private void controllerIs(Claim next) {
    if (closed || (claim != null && claim.equals(next))) {
      return;
    }
    givenUp = false;
    claim = next;
    view.controllerId(next == null ? NOBODY : next.node().nodeId());
    resign();
    if (next == null) {
      claimLater(0);
    } else if (next.node().nodeId() == nodeId) {
      become(next);
    } else {
      LOG.info("{} is the controller, epoch {}", next.node(), next.epoch());
      follow(next);
    }
  }

  private void resign() {
    Active before = active;
    active = null;
    if (before != null) {
      LOG.info("Not the controller any more");
      before.log().resign();
    }
  }

  private void claimLater(long delayMs) {
    timers.schedule(delayMs, () -> thread.execute(this::claimNow));
  }

  private void claimNow() {
    if (closed || claim != null) {
      return;
    }
    if (givenUp) {
      // Or the old claim would be found to be this node's, and nobody would be told of a new one.
      coordination.resignController();
    }
    coordination
        .claimController()
        .whenComplete(
            (won, error) -> {
              if (error != null) {
                LOG.debug("The claim to be the controller was not answered", error);
                claimLater(AGAIN_MS);
              }
            });
  }

  private void become(Claim mine) {
    long fromMs = timers.elapsedMs();
    try {
      MetadataLog log =
          MetadataLog.open(
              stores.apply(mine.epoch()),
              publisher,
              ControllerService.bootstrap(),
              timers::nowMs,
              mine.epoch());
      log.onFailure(error -> giveUp(mine));
      active = new Active(mine, log, topics.apply(log), new NodeService(log, nodeId));
      LOG.info(
          "This node is the controller, epoch {}, after {} ms",
          mine.epoch(),
          timers.elapsedMs() - fromMs);
      followed();
      lookAround();
    } catch (RuntimeException e) {
      LOG.warn("The metadata log could not be taken over", e);
      giveUp(mine);
    }
  }

  /** Somebody else may have better luck, and then this node may, too. */
  private void giveUp(Claim mine) {
    if (mine.equals(claim)) {
      resign();
      claim = null;
      givenUp = true;
      view.controllerId(NOBODY);
      coordination.resignController();
      claimLater(AGAIN_MS * 5);
    }
  }

  private void followed() {
    confirmedMs = timers.elapsedMs();
    whenFollowed.forEach(Runnable::run);
    whenFollowed.clear();
  }

  private void follow(Claim leader) {
    if (closed || !leader.equals(claim)) {
      return;
    }
    MetadataImage image = publisher.image();
    Position position =
        new Position(
            image.provenance().lastContainedEpoch(), image.provenance().lastContainedOffset());
    links
        .send(leader.node(), MetadataFetch.request(position, POLL_MS), ANSWER_MS)
        .whenComplete(
            (response, error) -> thread.execute(() -> answered(leader, position, response, error)));
  }

  private void answered(
      Claim leader, Position asked, AbstractResponse response, Throwable failure) {
    if (closed || !leader.equals(claim)) {
      return;
    }
    Throwable error = failure;
    if (error == null) {
      try {
        take(MetadataFetch.piece(asked, ((FetchResponse) response).data()));
        followed();
        follow(leader);
        return;
      } catch (RuntimeException e) {
        error = e;
      }
    }
    LOG.debug("{} did not tell what has become of the metadata", leader.node(), error);
    timers.schedule(AGAIN_MS, () -> thread.execute(() -> follow(leader)));
  }

  private void take(Piece piece) {
    MetadataProvenance provenance =
        new MetadataProvenance(piece.offset(), piece.epoch(), timers.nowMs(), true);
    if (piece.whole()) {
      publisher
          .publishState(piece.records(), provenance)
          .whenComplete((done, error) -> reached(piece));
    } else if (!piece.records().isEmpty()) {
      MetadataDelta delta = new MetadataDelta.Builder().setImage(publisher.image()).build();
      piece.records().forEach(message -> delta.replay(message.message()));
      publisher
          .publish(delta, delta.apply(provenance))
          .whenComplete((done, error) -> reached(piece));
    }
  }

  private void reached(Piece piece) {
    waiters.reached(new MetadataPosition(piece.epoch(), piece.offset()));
  }

  /** Gives up what this node is; others take over. */
  @Override
  public void close() {
    closed = true;
    thread.execute(
        () -> {
          if (active != null) {
            resign();
            coordination.resignController();
          }
        });
  }
}

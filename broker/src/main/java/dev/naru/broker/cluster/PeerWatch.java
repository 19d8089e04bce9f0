package dev.naru.broker.cluster;

import dev.naru.broker.Timers;
import dev.naru.broker.cluster.PeerProbe.Finding;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.requests.ApiVersionsRequest;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a connection to each other node of the cluster, and when one breaks finds out at once
 * whether the process at its other end is dead: a {@link FailureDetector} with a clock, links and a
 * {@link PeerProbe}. What it says is told to {@link ClusterRole}, which takes a dead process for
 * gone although its session with ZooKeeper lasts for some more seconds.
 *
 * <p>Any thread. Listeners are called on the threads of timers, links and probes, and must not
 * block.
 */
public final class PeerWatch implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(PeerWatch.class);

  /** How often whoever has not answered yet is asked again. */
  private static final long LOOK_MS = 500;

  /** Whoever has answered is asked again so often: the connection is there without that. */
  private static final long ASK_AGAIN_MS = 10_000;

  private static final int ANSWER_MS = 5_000;

  private final NodeLinks links;
  private final PeerProbe probe;
  private final Timers timers;
  private final Supplier<? extends Collection<Peer>> peers;
  private final Consumer<Peer> onChange;
  private final FailureDetector detector = new FailureDetector();

  /** When a process was asked last; {@link Long#MAX_VALUE} until that is answered. */
  private final Map<Peer, Long> asked = new HashMap<>();

  private long probeTimerMs = Long.MAX_VALUE;
  private volatile boolean closed;

  /**
   * @param peers the processes of other nodes that are announced and registered, as of now
   * @param onChange told of a process that is dead, or is not after all: {@link #isDead} tells
   */
  public PeerWatch(
      NodeLinks links,
      PeerProbe probe,
      Timers timers,
      Supplier<? extends Collection<Peer>> peers,
      Consumer<Peer> onChange) {
    this.links = links;
    this.probe = probe;
    this.timers = timers;
    this.peers = peers;
    this.onChange = onChange;
  }

  /** Begins. */
  public void start() {
    look();
  }

  /** Whether that process of a node is dead. */
  public synchronized boolean isDead(int nodeId, Uuid incarnation) {
    return detector.isDead(nodeId, incarnation);
  }

  /** A connection to that node broke, or was refused: a reason to look. */
  public void broken(NodeAddress address) {
    synchronized (this) {
      detector.broken(address.nodeId(), timers.elapsedMs());
    }
    probeDue();
  }

  private void look() {
    if (closed) {
      return;
    }
    timers.schedule(LOOK_MS, this::look);
    ask(true);
  }

  /**
   * There may be others to watch than before. Whoever comes is asked at once: only who has answered
   * can be seen to die, and until then it takes the end of its session with ZooKeeper.
   */
  public void peersChanged() {
    if (!closed) {
      ask(false);
    }
  }

  /**
   * @param again also those that were asked before
   */
  private void ask(boolean again) {
    List<Peer> toAsk = new ArrayList<>();
    synchronized (this) {
      Collection<Peer> now = peers.get();
      detector.watch(now);
      asked.keySet().retainAll(now);
      for (Peer peer : now) {
        Long lastMs = asked.get(peer);
        if (lastMs == null || (again && isDue(peer, lastMs))) {
          asked.put(peer, Long.MAX_VALUE);
          toAsk.add(peer);
        }
      }
    }
    toAsk.forEach(this::ask);
  }

  private boolean isDue(Peer peer, long lastMs) {
    return lastMs != Long.MAX_VALUE
        && (detector.isUnheard(peer) || timers.elapsedMs() - lastMs >= ASK_AGAIN_MS);
  }

  /** Any answer will do; the connection that was made for it stays. */
  private void ask(Peer peer) {
    links
        .send(peer.link(), new ApiVersionsRequest.Builder(), ANSWER_MS)
        .whenComplete((response, error) -> answered(peer, error));
  }

  private void answered(Peer peer, Throwable error) {
    boolean alive = false;
    synchronized (this) {
      asked.computeIfPresent(peer, (same, before) -> timers.elapsedMs());
      if (error == null) {
        alive = detector.answered(peer, timers.elapsedMs());
      }
    }
    if (alive) {
      LOG.warn("{} is alive after all: it answers, and its session goes on", peer.link());
      onChange.accept(peer);
    }
  }

  private void probeDue() {
    List<Peer> due;
    synchronized (this) {
      if (closed) {
        return;
      }
      due = detector.due(timers.elapsedMs());
      long nextMs = detector.nextMs();
      if (nextMs < probeTimerMs) {
        probeTimerMs = nextMs;
        timers.schedule(
            Math.max(1, nextMs - timers.elapsedMs()),
            () -> {
              synchronized (this) {
                probeTimerMs = Long.MAX_VALUE;
              }
              probeDue();
            });
      }
    }
    for (Peer peer : due) {
      probe.probe(peer.ports()).thenAccept(finding -> probed(peer, finding));
    }
  }

  private void probed(Peer peer, Finding finding) {
    boolean dead;
    synchronized (this) {
      dead = !closed && detector.probed(peer, finding, timers.elapsedMs());
    }
    if (dead) {
      LOG.warn(
          "{} is dead: its connections broke and its ports are refused ({} times, {} ports)",
          peer.link(),
          FailureDetector.REFUSALS,
          peer.ports().size());
      onChange.accept(peer);
    } else {
      LOG.debug("{} was tried, since a connection to it broke: {}", peer.link(), finding);
    }
    probeDue();
  }

  /** Ends; nobody is told anything any more. */
  @Override
  public void close() {
    closed = true;
    probe.close();
  }
}

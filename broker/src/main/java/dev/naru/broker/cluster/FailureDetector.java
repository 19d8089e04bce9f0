package dev.naru.broker.cluster;

import dev.naru.broker.cluster.PeerProbe.Finding;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.common.Uuid;

/**
 * Tells processes that are dead from those that are slow, stopped or cut off. When a process dies,
 * its machine refuses connections to its ports from then on; nothing else looks like that for long.
 * So a process is dead when
 *
 * <ul>
 *   <li>it had answered on its link as the incarnation that it is,
 *   <li>then a connection to it broke, or was refused,
 *   <li>and since then all of its ports were refused, several times in a row over a tenth of a
 *       second.
 * </ul>
 *
 * Whoever does not answer at all is left to the session's timeout: it may be alive on the other
 * side of a network that is away. A verdict is about one incarnation. It decides how fast a
 * takeover is, and nothing else, and it costs a node that was alive after all one move of its
 * partitions: the next incarnation has to answer before anything is held against it.
 *
 * <p>Takes the time, does no I/O. Not safe for threads; {@link PeerWatch} is.
 */
final class FailureDetector {
  /** How long ports are looked at after something broke: a process takes a while to die. */
  static final long SUSPICION_MS = 2_000;

  static final int REFUSALS = 3;
  static final long REFUSED_MS = 100;

  /** By then ZooKeeper would have ended the session of a process that is dead. */
  static final long DOUBT_MS = 15_000;

  private static final long STEP_MS_MIN = 50;
  private static final long STEP_MS_MAX = 250;
  private static final long NEVER = Long.MAX_VALUE;

  private final Map<Integer, Watched> watched = new HashMap<>();

  private static final class Watched {
    private Peer peer;
    private boolean answered;
    private boolean probing;
    private long suspectedUntilMs = NEVER;
    private long nextProbeMs = NEVER;
    private long stepMs;
    private int refusals;
    private long refusedSinceMs;
    private long deadSinceMs = NEVER;

    private Watched(Peer peer) {
      this.peer = peer;
    }

    private boolean isDead() {
      return deadSinceMs != NEVER;
    }

    private void acquit() {
      suspectedUntilMs = NEVER;
      nextProbeMs = NEVER;
      refusals = 0;
    }
  }

  /** From now on these are watched, and no others; of those that were, nothing is forgotten. */
  void watch(Collection<Peer> peers) {
    Map<Integer, Watched> before = Map.copyOf(watched);
    watched.clear();
    for (Peer peer : peers) {
      Watched known = before.get(peer.nodeId());
      if (known == null || !known.peer.isSameProcess(peer)) {
        known = new Watched(peer);
      }
      known.peer = peer;
      watched.put(peer.nodeId(), known);
    }
  }

  /**
   * A process answered on its link.
   *
   * @return whether it was held to be dead until now
   */
  boolean answered(Peer peer, long nowMs) {
    Watched one = of(peer);
    if (one == null) {
      return false;
    }
    if (!one.isDead()) {
      one.answered = true;
      return false;
    }
    // Sooner it may be the next process at the same address, which has not been announced yet.
    if (nowMs - one.deadSinceMs < DOUBT_MS) {
      return false;
    }
    one.deadSinceMs = NEVER;
    one.answered = true;
    return true;
  }

  /** Whether nothing was heard yet of a process that is watched. */
  boolean isUnheard(Peer peer) {
    Watched one = of(peer);
    return one != null && !one.answered;
  }

  /** A connection to a node broke, or was refused. */
  void broken(int nodeId, long nowMs) {
    Watched one = watched.get(nodeId);
    if (one == null || !one.answered || one.isDead()) {
      return;
    }
    if (one.suspectedUntilMs == NEVER) {
      one.stepMs = STEP_MS_MIN;
      one.nextProbeMs = nowMs;
    }
    one.suspectedUntilMs = nowMs + SUSPICION_MS;
  }

  /** Whose ports must be tried now; each of them until {@link #probed} says what came of it. */
  List<Peer> due(long nowMs) {
    List<Peer> due = new ArrayList<>();
    for (Watched one : watched.values()) {
      if (!one.probing && one.nextProbeMs <= nowMs) {
        if (one.suspectedUntilMs <= nowMs) {
          one.acquit();
        } else {
          one.probing = true;
          due.add(one.peer);
        }
      }
    }
    return due;
  }

  /** When {@link #due} is worth asking again, by the same clock; {@link Long#MAX_VALUE}: never. */
  long nextMs() {
    return watched.values().stream()
        .filter(one -> !one.probing)
        .mapToLong(one -> one.nextProbeMs)
        .min()
        .orElse(NEVER);
  }

  /**
   * What came of trying.
   *
   * @return whether this process is dead, as of now
   */
  boolean probed(Peer peer, Finding finding, long nowMs) {
    Watched one = of(peer);
    if (one == null) {
      return false;
    }
    one.probing = false;
    if (one.isDead() || one.suspectedUntilMs == NEVER) {
      return false;
    }
    one.nextProbeMs = nowMs + one.stepMs;
    if (finding != Finding.REFUSED) {
      one.refusals = 0;
      one.stepMs = Math.min(STEP_MS_MAX, one.stepMs * 2);
      return false;
    }
    one.stepMs = STEP_MS_MIN;
    if (one.refusals++ == 0) {
      one.refusedSinceMs = nowMs;
    }
    if (one.refusals < REFUSALS || nowMs - one.refusedSinceMs < REFUSED_MS) {
      return false;
    }
    one.acquit();
    one.deadSinceMs = nowMs;
    return true;
  }

  /** Whether that incarnation is dead. */
  boolean isDead(int nodeId, Uuid incarnation) {
    Watched one = watched.get(nodeId);
    return one != null && one.isDead() && Objects.equals(one.peer.incarnation(), incarnation);
  }

  private Watched of(Peer peer) {
    Watched one = watched.get(peer.nodeId());
    return one != null && one.peer.isSameProcess(peer) ? one : null;
  }
}

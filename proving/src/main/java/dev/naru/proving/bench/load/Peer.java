package dev.naru.proving.bench.load;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** One node, as a {@link ClusterTraffic} sees it: its connections, and who waits for them. */
final class Peer {
  final int id;
  final int port;

  /** The targets that it leads and that have something to send, in turn. */
  final Deque<Target> line = new ArrayDeque<>();

  private final Lane[] lanes;
  private final int firstIndex;
  int leads;
  long connectNs;

  /**
   * @param firstIndex of its connections among those of the traffic
   */
  Peer(int id, int port, int connections, int firstIndex) {
    this.id = id;
    this.port = port;
    this.lanes = new Lane[connections];
    this.firstIndex = firstIndex;
  }

  /** A connection and what is in flight on it, in order. */
  static final class Lane {
    private final Target[] targets;
    private final long[] dueNs;
    private Link link;
    private int sent;
    private int received;

    private Lane(int depth) {
      this.targets = new Target[depth];
      this.dueNs = new long[depth];
    }

    void send(Target target, long timeNs) {
      targets[sent % targets.length] = target;
      dueNs[sent % targets.length] = timeNs;
      sent++;
      // A view for each request: one kept for each connection and partition would be millions.
      link.ask(target.frame, target.frame.rest(), timeNs);
    }

    /** The target of the oldest request in flight, which is not in flight any more. */
    Target receive() {
      return targets[received++ % targets.length];
    }

    boolean isQuiet() {
      return sent == received;
    }

    /** When the latest request in flight was due. */
    long latestDueNs() {
      return dueNs[(sent - 1) % targets.length];
    }

    /** The target of the latest request in flight, which is not in flight any more. */
    Target giveUpLatest() {
      return targets[--sent % targets.length];
    }
  }

  Lane lane(int index) {
    return lanes[index - firstIndex];
  }

  boolean isConnected() {
    for (Lane lane : lanes) {
      if (lane != null) {
        return true;
      }
    }
    return false;
  }

  /** The indexes of connections that there should be. */
  List<Integer> missing() {
    List<Integer> missing = new ArrayList<>();
    for (int i = 0; i < lanes.length; i++) {
      if (lanes[i] == null) {
        missing.add(firstIndex + i);
      }
    }
    return missing;
  }

  void connected(Link link, int depth) {
    Lane lane = new Lane(depth);
    lane.link = link;
    lanes[link.index - firstIndex] = lane;
  }

  /** The connection is gone; returns it with what was in flight. */
  Lane disconnected(Link link) {
    Lane lane = lane(link.index);
    lanes[link.index - firstIndex] = null;
    return lane;
  }

  /** The connection with the fewest requests in flight; null when there is none. */
  Link idlest() {
    Link idlest = null;
    for (Lane lane : lanes) {
      if (lane != null && (idlest == null || lane.link.inFlight() < idlest.inFlight())) {
        idlest = lane.link;
      }
    }
    return idlest;
  }
}

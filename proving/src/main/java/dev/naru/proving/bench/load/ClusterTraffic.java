package dev.naru.proving.bench.load;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.protocol.Errors;

/**
 * Produce requests with acks=all to the partitions of a topic, wherever they are led: each goes to
 * the leader, over one of the connections to that node. When a partition moves or its node dies,
 * the request is sent again, to the next leader, as Kafka's client does, and its latency goes on
 * counting. Errors that a client would not retry end the load.
 *
 * <p>One thread, the one of {@link Wire#run}; who leads what is asked by {@link LeaderWatch}.
 */
public final class ClusterTraffic extends AcknowledgedTraffic implements Closeable {
  private static final int IN_BYTES = 4 << 10;
  private static final Duration LEADERS_PATIENCE = Duration.ofMinutes(3);
  private static final long TICK_NS = TimeUnit.MILLISECONDS.toNanos(2);
  private static final long CONNECT_AGAIN_NS = TimeUnit.MILLISECONDS.toNanos(50);

  private final Wire wire;
  private final LeaderWatch watch;
  private final int connections;
  private final int depth;
  private final List<Target> targets = new ArrayList<>();
  private final List<Peer> peers = new ArrayList<>();
  private final List<Target> held = new ArrayList<>();
  private Leaders leaders;
  private boolean endless;
  private long intervalNs;
  private long startNs;
  private long scheduled;
  private long tickNs = NEVER;
  private long waiting;
  private long unknown;

  /**
   * Connects to the leaders of all partitions.
   *
   * @param ports of nodes to ask for them
   * @param connections to each node
   * @param depth how many requests may be in flight on each
   */
  public ClusterTraffic(
      Wire wire,
      Collection<Integer> ports,
      Topic topic,
      BatchShape shape,
      int connections,
      int depth) {
    super(ProduceFrames.of(topic, shape, (short) -1, 1));
    this.wire = wire;
    this.connections = connections;
    this.depth = depth;
    long nowNs = System.nanoTime();
    for (Frame frame : frames().all()) {
      targets.add(new Target(targets.size(), frame, nowNs));
    }
    wire.add(this);
    watch = new LeaderWatch(ports, topic);
    try {
      follow(watch.awaitComplete(LEADERS_PATIENCE), nowNs);
    } catch (RuntimeException e) {
      watch.close();
      throw e;
    }
  }

  // ---- What is to be sent ---------------------------------------------------------------------

  /** From now on, as many requests as are answered, to all partitions. */
  public void fullSpeed() {
    endless = true;
    long nowNs = System.nanoTime();
    targets.forEach(target -> lineUp(target, nowNs));
  }

  /** From now on, so many requests a second, evenly spread, to the partitions in turn. */
  public void schedule(double requestsPerSecond) {
    intervalNs = Math.round(1e9 / requestsPerSecond);
    scheduled = 0;
    startNs = System.nanoTime();
  }

  /** Nothing new is due any more; what was due is sent and sent again until it is acknowledged. */
  public void endSchedule() {
    intervalNs = 0;
  }

  /** One request to each of these partitions, due now. */
  public void offer(Collection<Integer> partitions) {
    long nowNs = System.nanoTime();
    for (int partition : partitions) {
      offer(targets.get(partition), nowNs, nowNs);
    }
  }

  /** Whether everything that was due is acknowledged. */
  public boolean isSettled() {
    return waiting == 0;
  }

  private void offer(Target target, long dueNs, long nowNs) {
    target.due.addLast(dueNs);
    waiting++;
    if (target.place == Target.Place.IDLE) {
      lineUp(target, nowNs);
    }
  }

  private boolean hasWork(Target target) {
    return endless || !target.due.isEmpty();
  }

  // ---- Sending and answers --------------------------------------------------------------------

  @Override
  boolean ask(Link link, long nowNs) {
    Peer peer = peer(link);
    Target target = peer.line.pollFirst();
    if (target == null) {
      return false;
    }
    long dueNs = endless ? nowNs : target.due.takeFirst();
    if (hasWork(target)) {
      peer.line.addLast(target);
    } else {
      target.place = Target.Place.IDLE;
    }
    peer.lane(link.index).send(target, dueNs);
    return true;
  }

  @Override
  void answered(Link link, ByteBuffer in, int from, int to, long dueNs, long nowNs) {
    Peer peer = peer(link);
    Target target = peer.lane(link.index).receive();
    Errors error = errorIn(in, from + Integer.BYTES);
    if (error == Errors.NONE) {
      acknowledge(dueNs, nowNs);
      target.served(peer.id, nowNs);
      if (!endless) {
        waiting--;
      }
    } else if (error.exception() instanceof RetriableException) {
      again(target, dueNs, nowNs);
    } else {
      throw new NodeError("node " + peer.id + " answered a produce request with " + error);
    }
  }

  @Override
  boolean lost(Link link, IOException why, long nowNs) {
    Peer peer = peer(link);
    Peer.Lane lane = peer.disconnected(link);
    while (!lane.isQuiet()) {
      long dueNs = lane.latestDueNs();
      again(lane.giveUpLatest(), dueNs, nowNs);
    }
    peer.connectNs = nowNs + CONNECT_AGAIN_NS;
    if (!peer.isConnected()) {
      List.copyOf(peer.line).forEach(target -> hold(target, nowNs));
    }
    trouble(nowNs);
    return true;
  }

  /** It may or may not have been stored. */
  private void again(Target target, long dueNs, long nowNs) {
    unknown++;
    if (!endless) {
      target.due.addFirst(dueNs);
    }
    hold(target, nowNs);
  }

  private Peer peer(Link link) {
    return peers.get(link.index / connections);
  }

  // ---- Leaders that change --------------------------------------------------------------------

  /** Into the line of its leader, if there is one that can be reached. */
  private void lineUp(Target target, long nowNs) {
    Peer peer = find(target.leader);
    if (peer == null || !peer.isConnected()) {
      hold(target, nowNs);
      return;
    }
    target.place = Target.Place.LINED;
    peer.line.addLast(target);
    wire.pump(peer.idlest(), nowNs);
  }

  private void hold(Target target, long nowNs) {
    if (target.place == Target.Place.LINED) {
      find(target.leader).line.remove(target);
    }
    if (target.place != Target.Place.HELD) {
      held.add(target);
    }
    target.hold(nowNs);
    trouble(nowNs);
  }

  private void trouble(long nowNs) {
    tickNs = Math.min(tickNs, nowNs + TICK_NS);
    watch.ask();
  }

  @Override
  long dueNs() {
    return intervalNs > 0 ? Math.min(tickNs, startNs + scheduled * intervalNs) : tickNs;
  }

  @Override
  void due(long nowNs) {
    while (intervalNs > 0 && startNs + scheduled * intervalNs <= nowNs) {
      long dueNs = startNs + scheduled * intervalNs;
      offer(targets.get((int) (scheduled % targets.size())), dueNs, nowNs);
      scheduled++;
    }
    if (tickNs <= nowNs) {
      tickNs = NEVER;
      tick(nowNs);
    }
  }

  private void tick(long nowNs) {
    Leaders latest = watch.current();
    if (latest != leaders) {
      follow(latest, nowNs);
    }
    boolean whole = true;
    for (Peer peer : peers) {
      whole &= peer.leads == 0 || connect(peer, nowNs);
    }
    List<Target> released = new ArrayList<>();
    for (Target target : held) {
      if (target.isDue(nowNs)) {
        target.place = Target.Place.IDLE;
        released.add(target);
      }
    }
    held.removeIf(target -> target.place == Target.Place.IDLE);
    for (Target target : released) {
      if (hasWork(target) && target.place == Target.Place.IDLE) {
        lineUp(target, nowNs);
      }
    }
    if (!whole || !held.isEmpty()) {
      trouble(nowNs);
    }
  }

  private void follow(Leaders latest, long nowNs) {
    leaders = latest;
    peers.forEach(peer -> peer.leads = 0);
    for (Target target : targets) {
      int leader = latest.of(target.index);
      Peer peer = leader == Leaders.NONE ? null : findOrAdd(leader);
      if (peer != null) {
        peer.leads++;
      }
      if (leader != target.leader) {
        if (target.place == Target.Place.LINED) {
          hold(target, nowNs);
        }
        target.led(leader, nowNs);
      }
    }
    peers.stream().filter(peer -> peer.leads > 0).forEach(peer -> connect(peer, nowNs));
  }

  private Peer find(int node) {
    for (Peer peer : peers) {
      if (peer.id == node) {
        return peer;
      }
    }
    return null;
  }

  private Peer findOrAdd(int node) {
    Peer peer = find(node);
    OptionalInt port = leaders.port(node);
    if (peer == null && port.isPresent()) {
      peer = new Peer(node, port.getAsInt(), connections, peers.size() * connections);
      peers.add(peer);
    }
    return peer;
  }

  /** Makes the connections that are missing; returns whether none is missing now. */
  private boolean connect(Peer peer, long nowNs) {
    for (int index : peer.missing()) {
      if (nowNs < peer.connectNs) {
        return false;
      }
      try {
        Link link = wire.open(this, peer.port, index, depth, IN_BYTES);
        peer.connected(link, depth);
        wire.pump(link, nowNs);
      } catch (IOException refused) {
        // Whoever waits for this node is held until it is there, or another one leads.
        peer.connectNs = nowNs + CONNECT_AGAIN_NS;
        return false;
      }
    }
    return true;
  }

  // ---- What was seen --------------------------------------------------------------------------

  /** Records that may have been stored without having been acknowledged. */
  public long recordsUnknown() {
    return unknown * frames().recordsPerRequest();
  }

  /** Silences count from now on; see {@link #longestSilenceNs}. */
  public void forgetSilences() {
    targets.forEach(Target::forgetSilence);
  }

  /** The longest time without an acknowledged record on any of these partitions. */
  public long longestSilenceNs(Collection<Integer> partitions) {
    return partitions.stream()
        .mapToLong(partition -> targets.get(partition).longestSilenceNs())
        .max()
        .orElse(0);
  }

  /** Whether since then other nodes than this one have acknowledged on each of these partitions. */
  public boolean isServedWithout(int node, Collection<Integer> partitions, long sinceNs) {
    return partitions.stream().allMatch(p -> targets.get(p).isServedWithout(node, sinceNs));
  }

  @Override
  public void close() {
    watch.close();
  }
}

package dev.naru.proving.sim;

import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.common.Uuid;

/** The simulated cluster: three nodes, the machines under them, and what outlives processes. */
final class Cluster {
  static final String ID = "simulated";
  static final int NODES = 3;

  final World world;
  final Net net;
  final Zoo zoo;
  final Bookies bookies = new Bookies();
  private final SimLedgers.Mutation mutation;

  /** The processes that are there, by node id. */
  final Map<Integer, SimNode> nodes = new TreeMap<>();

  private final long[] skews = new long[NODES + 1];
  private final Set<Integer> starting = new HashSet<>();
  private int processes;
  private long topicIds;

  Cluster(World world, SimLedgers.Mutation mutation) {
    this.world = world;
    this.net = new Net(world);
    this.zoo = new Zoo(world);
    this.mutation = mutation;
  }

  Uuid nextTopicId() {
    return new Uuid(9, ++topicIds);
  }

  SimLedgers ledgers(Proc proc) {
    return new SimLedgers(world, net, zoo, bookies, proc, mutation);
  }

  void start(int id) {
    world.note("node " + id + " starts");
    Proc proc = new Proc(world, id, "n" + id + "." + ++processes);
    proc.skew(skews[id]);
    bookies.of(id).down = false;
    bookies.of(id).silent = false;
    starting.add(id);
    world.after(
        200_000 + world.random.nextInt(400_000),
        proc,
        "starts",
        () -> {
          SimNode node = new SimNode(this, proc);
          starting.remove(id);
          nodes.put(id, node);
          node.start();
        });
  }

  boolean isStarting(int id) {
    return starting.contains(id);
  }

  /** The process and its bookie end; what is on the disk stays. */
  void crash(int id) {
    SimNode node = nodes.remove(id);
    if (node != null) {
      world.note("node " + id + " crashes");
      node.proc.crash();
    }
    bookies.of(id).crash();
  }

  /** SIGSTOP. */
  void stop(int id) {
    world.note("node " + id + " is stopped");
    nodes.get(id).proc.stop();
    bookies.of(id).silent = true;
  }

  /** SIGCONT. */
  void goOn(int id) {
    SimNode node = nodes.get(id);
    if (node != null && node.proc.isStopped()) {
      world.note("node " + id + " goes on");
      node.proc.goOn();
    }
    bookies.of(id).silent = false;
  }

  void skew(int id, long ms) {
    world.note("node " + id + "'s clock is off by " + ms + " ms");
    skews[id] = ms;
    SimNode node = nodes.get(id);
    if (node != null) {
      node.proc.skew(ms);
    }
  }

  /** Whether every node is there and goes on. */
  boolean isWhole() {
    return nodes.size() == NODES && nodes.values().stream().noneMatch(n -> n.proc.isStopped());
  }
}

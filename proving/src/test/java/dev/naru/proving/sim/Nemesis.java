package dev.naru.proving.sim;

/** What goes wrong, one thing after the other and some at the same time, until it is healed. */
final class Nemesis {
  private static final long PAUSE_MS = 2_000;
  private static final long CLOCK_JUMP_MS = 3_600_000;

  private final Cluster cluster;
  private final World world;
  private final int clients;
  private boolean over;

  /**
   * @param clients how many there are, from {@link Simulation#FIRST_CLIENT} on
   */
  Nemesis(Cluster cluster, int clients) {
    this.cluster = cluster;
    this.world = cluster.world;
    this.clients = clients;
  }

  void begin() {
    next();
  }

  private void next() {
    world.after(
        world.latencyUs(PAUSE_MS * 1000),
        null,
        "something goes wrong",
        () -> {
          if (!over) {
            strike();
            next();
          }
        });
  }

  private int someNode() {
    return 1 + world.random.nextInt(Cluster.NODES);
  }

  private void later(long minMs, long maxMs, Runnable healed) {
    long ms = minMs + world.random.nextInt((int) (maxMs - minMs));
    world.after(
        ms * 1000,
        null,
        "something heals",
        () -> {
          if (!over) {
            healed.run();
          }
        });
  }

  private void strike() {
    int node = someNode();
    switch (world.random.nextInt(16)) {
      case 0, 1 -> crash(node);
      case 2, 3 -> stop(node);
      case 4 -> bookie(node);
      case 5 -> zooKeeper();
      case 6 -> cutFromZooKeeper(node);
      case 7 -> expire();
      case 8, 9 -> cut(node);
      case 11, 12 -> slow(node);
      case 13, 14 -> isolate(node);
      case 10 -> cluster.skew(node, world.random.nextBoolean() ? CLOCK_JUMP_MS : -CLOCK_JUMP_MS);
      default -> leave(node);
    }
  }

  /** Two at the same time stop everything: that, too, but seldom. */
  private boolean enoughIsWrong() {
    return !cluster.isWhole() && !world.chance(0.2);
  }

  private void crash(int node) {
    if (!cluster.nodes.containsKey(node) || enoughIsWrong()) {
      return;
    }
    cluster.crash(node);
    later(100, 7_000, () -> startIfGone(node));
  }

  private void startIfGone(int node) {
    if (!cluster.nodes.containsKey(node) && !cluster.isStarting(node)) {
      cluster.start(node);
    }
  }

  private void stop(int node) {
    SimNode there = cluster.nodes.get(node);
    if (there == null || there.proc.isStopped() || enoughIsWrong()) {
      return;
    }
    cluster.stop(node);
    later(200, 9_000, () -> cluster.goOn(node));
  }

  private void bookie(int node) {
    if (enoughIsWrong()) {
      return;
    }
    world.note("bookie " + node + " hangs");
    cluster.bookies.of(node).silent = true;
    later(
        200,
        7_000,
        () -> {
          SimNode there = cluster.nodes.get(node);
          cluster.bookies.of(node).silent = there != null && there.proc.isStopped();
        });
  }

  private void zooKeeper() {
    if (world.random.nextBoolean()) {
      world.note("zookeeper loses answers");
      cluster.zoo.losesAnswers = 0.3;
      later(500, 5_000, () -> cluster.zoo.losesAnswers = 0);
      return;
    }
    world.note("zookeeper is away");
    cluster.zoo.down(true);
    later(200, 7_000, () -> cluster.zoo.down(false));
  }

  private void cutFromZooKeeper(int node) {
    world.note("node " + node + " is cut from zookeeper");
    cluster.zoo.cut(node);
    later(200, 9_000, () -> cluster.zoo.heal(node));
  }

  private void expire() {
    var sessions = cluster.zoo.sessions();
    if (!sessions.isEmpty()) {
      var one = sessions.get(world.random.nextInt(sessions.size()));
      world.note("the session of " + one.proc + " expires");
      cluster.zoo.expire(one);
    }
  }

  private void cut(int node) {
    int other =
        world.random.nextBoolean()
            ? someNode()
            : Simulation.FIRST_CLIENT + world.random.nextInt(clients);
    int from = world.random.nextBoolean() ? node : other;
    int to = from == node ? other : node;
    if (from == to) {
      return;
    }
    world.note("the way from " + from + " to " + to + " is cut");
    cluster.net.cut(from, to);
    later(200, 7_000, () -> cluster.net.heal(from, to));
  }

  /** Clients reach it, the rest of the cluster does not. */
  private void isolate(int node) {
    if (enoughIsWrong()) {
      return;
    }
    world.note("node " + node + " is cut from the other nodes and zookeeper");
    cluster.zoo.cut(node);
    for (int other = 1; other <= Cluster.NODES; other++) {
      if (other != node) {
        cluster.net.cut(node, other);
        cluster.net.cut(other, node);
      }
    }
    later(
        1_000,
        9_000,
        () -> {
          cluster.zoo.heal(node);
          for (int other = 1; other <= Cluster.NODES; other++) {
            cluster.net.heal(node, other);
            cluster.net.heal(other, node);
          }
        });
  }

  private void slow(int node) {
    int from = someNode();
    if (from == node) {
      return;
    }
    int ms = 50 + world.random.nextInt(2_000);
    world.note("the way from " + from + " to " + node + " takes " + ms + " ms more");
    cluster.net.slow(from, node, ms);
    later(500, 8_000, () -> cluster.net.heal(from, node));
  }

  private void leave(int node) {
    SimNode there = cluster.nodes.get(node);
    if (there == null || enoughIsWrong()) {
      return;
    }
    world.note("node " + node + " leaves");
    there.leave(
        () ->
            world.after(
                0,
                null,
                "has left",
                () -> {
                  if (cluster.nodes.get(node) == there) {
                    cluster.crash(node);
                    if (over) {
                      cluster.start(node);
                    } else {
                      later(100, 3_000, () -> startIfGone(node));
                    }
                  }
                }));
  }

  /** From now on nothing goes wrong, and what did is mended. */
  void heal() {
    over = true;
    world.note("everything heals");
    cluster.zoo.heal();
    cluster.net.heal();
    for (int node = 1; node <= Cluster.NODES; node++) {
      cluster.goOn(node);
      if (!cluster.nodes.containsKey(node) && !cluster.isStarting(node)) {
        cluster.start(node);
      }
    }
  }
}

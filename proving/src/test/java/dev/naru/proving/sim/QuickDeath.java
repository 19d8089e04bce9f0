package dev.naru.proving.sim;

import java.util.List;
import java.util.stream.IntStream;
import org.apache.kafka.metadata.BrokerRegistration;

/** A history of a node that dies, comes back, and dies again as soon as it is in. */
final class QuickDeath {
  private static final int VICTIM = 1;
  private static final List<Integer> OTHERS = List.of(2, 3);
  private static final long LOOK_US = 5_000;

  /** Less than it takes to open what such a node gets. */
  private static final long LIFE_US = 50_000;

  private static final long PATIENCE_US = 60_000_000;

  private final World world;
  private final Cluster cluster;
  private long diedMs;
  private long seenAfterMs;

  private QuickDeath(long seed) {
    world = new World(seed, false);
    cluster = new Cluster(world, SimLedgers.Mutation.NONE);
  }

  /** After how long both other nodes had it in their metadata that it was gone again. */
  static long seenAfterMs(long seed) throws InterruptedException {
    QuickDeath history = new QuickDeath(seed);
    history.run();
    return history.seenAfterMs;
  }

  private void run() throws InterruptedException {
    IntStream.rangeClosed(1, Cluster.NODES).forEach(cluster::start);
    world.after(PATIENCE_US, null, "ends", () -> world.fail(new AssertionError("not in time")));
    whenOthersSee(true, this::dieOnce);
    world.run();
  }

  private void dieOnce() {
    cluster.crash(VICTIM);
    whenOthersSee(false, this::comeBack);
  }

  private void comeBack() {
    cluster.start(VICTIM);
    whenOthersSee(true, () -> world.after(LIFE_US, null, "dies again", this::dieAgain));
  }

  private void dieAgain() {
    cluster.crash(VICTIM);
    diedMs = world.nowMs();
    whenOthersSee(false, this::end);
  }

  private void end() {
    seenAfterMs = world.nowMs() - diedMs;
    world.finish();
  }

  private void whenOthersSee(boolean in, Runnable next) {
    if (cluster.isWhole() == in && OTHERS.stream().allMatch(node -> seesVictim(node) == in)) {
      next.run();
    } else {
      world.after(LOOK_US, null, "looks", () -> whenOthersSee(in, next));
    }
  }

  private boolean seesVictim(int node) {
    SimNode seeing = cluster.nodes.get(node);
    BrokerRegistration victim =
        seeing == null ? null : seeing.view.image().cluster().broker(VICTIM);
    return victim != null && !victim.fenced();
  }
}

package dev.naru.proving.cluster;

import dev.naru.proving.checker.Silences;
import dev.naru.proving.checker.Verdict;
import dev.naru.proving.kill.CheckedLoad;
import dev.naru.proving.node.ClusterNode;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * The short form of the fault tests, for every run of the suite: in a cluster of three that is
 * written and read all the time an owner is killed, and another one stands still and wakes.
 */
class ClusterShortIT {
  private static final int NODES = 3;
  private static final int MEMBERS = 2;
  private static final int PER_SECOND = 1_000;
  private static final int PROGRESS = 5;
  private static final Duration PAUSE = Duration.ofSeconds(10);

  @RegisterExtension static final OnCluster CLUSTER = OnCluster.of(NODES);

  private final ClusterView view = CLUSTER.view();
  private final long seed = Long.getLong("seed", System.nanoTime());

  @Test
  void nothingIsLostWhenAnOwnerIsKilledAndAnotherStandsStill() throws Exception {
    System.out.println("cluster short: seed " + seed);
    CheckedLoad.Shape shape =
        CheckedLoad.Shape.of(OnCluster.PARTITIONS).pace(PER_SECOND).withGroupOf(MEMBERS);
    try (CheckedLoad load =
        new CheckedLoad(CLUSTER.cluster().bootstrap(), shape, new Random(seed))) {
      load.start();
      load.awaitProgress(PROGRESS);

      ClusterNode killed = view.owner();
      long killedNs = System.nanoTime();
      killed.kill();
      load.awaitProgress(PROGRESS);
      CLUSTER.heal();
      load.awaitProgress(PROGRESS);
      long servedNs = System.nanoTime();

      ClusterNode other = CLUSTER.cluster().node(killed.id() % NODES + 1);
      long pausedNs = System.nanoTime();
      Zombie zombie = Zombie.pause(CLUSTER, other, PAUSE);
      CLUSTER.heal();
      load.awaitProgress(PROGRESS);
      long wokenNs = System.nanoTime();

      Verdict verdict = load.judge();
      Silences afterKill = load.silences(killedNs, servedNs);
      Silences afterPause = load.silences(pausedNs, wokenNs);
      System.out.printf(
          "cluster short: Z, %s; kill: %s; standstill of %d s: %s,"
              + " no leader %.2f s after waking; %d failures of clients %s%n",
          verdict,
          afterKill,
          PAUSE.toSeconds(),
          afterPause,
          zombie.notLeaderSeconds(),
          load.failures(),
          load.said());
    }
  }
}

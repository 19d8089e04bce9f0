package dev.naru.proving.faults;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.proving.Clients;
import dev.naru.proving.SharedNode;
import dev.naru.proving.checker.Silences;
import dev.naru.proving.checker.Verdict;
import dev.naru.proving.cluster.ClusterView;
import dev.naru.proving.cluster.OnCluster;
import dev.naru.proving.cluster.RefusedStart;
import dev.naru.proving.cluster.Zombie;
import dev.naru.proving.kill.CheckedLoad;
import dev.naru.proving.node.ClusterNode;
import dev.naru.proving.node.TestCluster;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Processes that are killed, or stand still. */
@EnabledIfSystemProperty(named = "soak", matches = "true")
class ProcessFaultsIT {
  private static final int NODES = 3;
  private static final int PROGRESS = 5;
  private static final int RESTARTS_MAX = 20;
  private static final Duration BETWEEN_OWNERS = Duration.ofSeconds(10);
  private static final Duration BETWEEN_BOOKIES = Duration.ofSeconds(20);
  private static final Duration PAUSE = Duration.ofSeconds(15);
  private static final Duration DOWN = Duration.ofSeconds(60);

  @RegisterExtension static final OnCluster CLUSTER = OnCluster.of(NODES);

  private final TestCluster cluster = CLUSTER.cluster();
  private final ClusterView view = CLUSTER.view();

  /** From a fault until everything was healed and served. */
  private record While(long fromNs, long toNs) {}

  private CheckedLoad start(Fault fault) {
    CheckedLoad load =
        new CheckedLoad(cluster.bootstrap(), fault.load(OnCluster.PARTITIONS), fault.random());
    load.start();
    load.awaitProgress(PROGRESS);
    return load;
  }

  private static Silences silences(CheckedLoad load, List<While> faults) {
    Silences all = new Silences(List.of());
    for (While each : faults) {
      all = all.and(load.silences(each.fromNs, each.toNs));
    }
    return all;
  }

  private static void awaitUntil(long timeNs) {
    Clients.await("a time", DOWN.multipliedBy(2), () -> System.nanoTime() - timeNs >= 0);
  }

  private static While served(CheckedLoad load, long fromNs) {
    load.awaitProgress(PROGRESS);
    return new While(fromNs, System.nanoTime());
  }

  @Test
  @Tag("fault-1")
  void theOwnerIsKilledAgainAndAgain() {
    Fault fault = new Fault(1, 10);
    try (CheckedLoad load = start(fault)) {
      List<While> kills = new ArrayList<>();
      do {
        long killedNs = System.nanoTime();
        view.owner().kill();
        load.awaitProgress(PROGRESS);
        CLUSTER.heal();
        awaitUntil(killedNs + BETWEEN_OWNERS.toNanos());
        kills.add(served(load, killedNs));
      } while (fault.lasts());
      Verdict verdict = load.judge();
      fault.held(
          "%d kills of the owner, %s; %s; %d failures of clients",
          kills.size(), silences(load, kills), verdict, load.failures());
    }
  }

  @Test
  @Tag("fault-2")
  void theOwnerStandsStillAgainAndAgain() throws Exception {
    Fault fault = new Fault(2, 10);
    try (CheckedLoad load = start(fault)) {
      List<While> pauses = new ArrayList<>();
      List<Double> noLeader = new ArrayList<>();
      do {
        ClusterNode owner = view.owner();
        long pausedNs = System.nanoTime();
        noLeader.add(Zombie.pause(CLUSTER, owner, PAUSE).notLeaderSeconds());
        CLUSTER.heal();
        pauses.add(served(load, pausedNs));
      } while (fault.lasts());
      Verdict verdict = load.judge();
      fault.held(
          "%d standstills of %d s, no leader at most %.2f s after waking, %s; %s",
          pauses.size(),
          PAUSE.toSeconds(),
          noLeader.stream().mapToDouble(each -> each).max().orElseThrow(),
          silences(load, pauses),
          verdict);
    }
  }

  @Test
  @Tag("fault-5")
  void bookiesDieOneIsDownForAWhileAndOneIsWiped() throws Exception {
    Fault fault = new Fault(5, 10);
    try (CheckedLoad load = start(fault)) {
      long fromNs = System.nanoTime();
      int kills = 0;
      do {
        long killedNs = System.nanoTime();
        ClusterNode node = cluster.node(1 + kills++ % NODES);
        node.kill();
        CLUSTER.heal();
        awaitUntil(killedNs + BETWEEN_BOOKIES.toNanos());
      } while (fault.lasts());

      ClusterNode away = cluster.node(1 + fault.random().nextInt(NODES));
      away.kill();
      awaitUntil(System.nanoTime() + DOWN.toNanos());
      load.awaitProgress(PROGRESS);
      Path bookie = away.dataDirectory().resolve("bookie");
      Path aside = Files.move(bookie, away.dataDirectory().resolve("aside"));
      String said =
          RefusedStart.of(SharedNode.newDirectory("wiped"), cluster, away)
              .mistake(bookie, "bring it back");
      RefusedStart.deleteAll(bookie);
      Files.move(aside, bookie);
      CLUSTER.heal();

      load.awaitProgress(PROGRESS);
      long toNs = System.nanoTime();
      Verdict verdict = load.judge();
      fault.held(
          "%d kills of a bookie and one down for %d s: %s; a wiped one said: %s; %s",
          kills, DOWN.toSeconds(), load.acknowledged(fromNs, toNs), said.strip(), verdict);
    }
  }

  @Test
  @Tag("fault-6")
  void allNodesAreKilledAtOnceAgainAndAgain() {
    Fault fault = new Fault(6, 20);
    try (CheckedLoad load = start(fault)) {
      List<Double> ready = new ArrayList<>();
      do {
        load.awaitProgress(2 + fault.random().nextInt(10));
        cluster.kill();
        long startNs = System.nanoTime();
        cluster.start();
        ready.add((System.nanoTime() - startNs) / 1e9);
        CLUSTER.heal();
      } while (fault.lasts() && ready.size() < RESTARTS_MAX);
      load.awaitProgress(PROGRESS);
      Verdict verdict = load.judge();
      double longest = ready.stream().mapToDouble(each -> each).max().orElseThrow();
      assertTrue(longest < ClusterView.HEAL_DEADLINE.toSeconds());
      fault.held(
          "everything killed %d times, all ready after %.1f s at most; %s; %d failures of clients",
          ready.size(), longest, verdict, load.failures());
    }
  }
}

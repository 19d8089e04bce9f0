package dev.naru.proving.cluster;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.proving.Clients;
import dev.naru.proving.checker.Silences;
import dev.naru.proving.kill.CheckedLoad;
import dev.naru.proving.node.ClusterNode;
import dev.naru.proving.node.TestCluster;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * How long clients wait when a node of three dies, by what it was: under load, with everything that
 * was acknowledged checked afterwards. {@code -Dcluster.kills=10} kills so often for each kind.
 */
@EnabledIfSystemProperty(named = "soak", matches = "true")
class TakeoverIT {
  private static final int NODES = 3;
  private static final int PARTITIONS = OnCluster.PARTITIONS;
  private static final int QUORUM_PORT = 4;
  private static final int CONNECT_MS = 1_000;
  private static final int PAUSE_S = 12;
  private static final int PROGRESS = 10;

  @RegisterExtension static final OnCluster CLUSTER = OnCluster.of(NODES);

  private final TestCluster cluster = CLUSTER.cluster();
  private final ClusterView view = CLUSTER.view();
  private final String probe = CLUSTER.probe();
  private final int kills = Integer.getInteger("cluster.kills", 1);
  private final long seed = Long.getLong("seed", System.nanoTime());

  /** Who is killed. */
  enum Victim {
    OWNER,
    CONTROLLER,
    ZOOKEEPERS_LEADER;

    ClusterNode choose() {
      return switch (this) {
        case OWNER -> CLUSTER.view().owner();
        case CONTROLLER -> CLUSTER.view().controller();
        case ZOOKEEPERS_LEADER -> zooKeepersLeader();
      };
    }
  }

  /** Of ZooKeeper's members the leader alone listens for the others. */
  private static ClusterNode zooKeepersLeader() {
    List<ClusterNode> found = new ArrayList<>();
    Clients.await(
        "ZooKeeper to have a leader",
        () -> {
          found.clear();
          CLUSTER.cluster().nodes().stream()
              .filter(TakeoverIT::listensForMembers)
              .forEach(found::add);
          return found.size() == 1;
        });
    return found.get(0);
  }

  private static boolean listensForMembers(ClusterNode node) {
    try (Socket socket = new Socket()) {
      InetAddress host = InetAddress.getLoopbackAddress();
      socket.connect(new InetSocketAddress(host, node.port() + QUORUM_PORT), CONNECT_MS);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  @ParameterizedTest
  @EnumSource
  void aNodeThatIsKilledIsReplacedBeforeItsSessionEnds(Victim kind) {
    try (CheckedLoad load = new CheckedLoad(cluster.bootstrap(), PARTITIONS, new Random(seed))) {
      load.start();
      Spans spans = new Spans(kind.toString());
      for (int i = 0; i < kills; i++) {
        load.awaitProgress(PROGRESS);
        ClusterNode victim = kind.choose();
        Map<ClusterNode, Long> before = logSizes();
        spans.begin();
        victim.kill();
        load.awaitProgress(PROGRESS);
        spans.end();
        assertTrue(isFoundDead(victim, before), "nobody noticed that " + victim.id() + " was dead");
        spans.restarted(victim);
        view.awaitHealed(probe);
      }
      try {
        load.judge();
      } finally {
        spans.print(load);
      }
    }
  }

  /** The process of before is still announced when the next one begins. */
  @Test
  void anOwnerThatIsKilledAndStartedAtOnceIsBackSoon() {
    try (CheckedLoad load = new CheckedLoad(cluster.bootstrap(), PARTITIONS, new Random(seed))) {
      load.start();
      Spans spans = new Spans("OWNER, started again at once");
      for (int i = 0; i < kills; i++) {
        load.awaitProgress(PROGRESS);
        ClusterNode victim = view.owner();
        spans.begin();
        victim.kill();
        spans.restarted(victim);
        load.awaitProgress(PROGRESS);
        spans.end();
        view.awaitHealed(probe);
      }
      try {
        load.judge();
      } finally {
        spans.print(load);
      }
    }
  }

  /** Its ports take connections all the time: only its session can tell. */
  @Test
  void anOwnerThatStandsStillIsNotTakenForDead() {
    try (CheckedLoad load = new CheckedLoad(cluster.bootstrap(), PARTITIONS, new Random(seed))) {
      load.start();
      Spans spans = new Spans("OWNER, from the end of a pause of " + PAUSE_S + " s");
      for (int i = 0; i < kills; i++) {
        load.awaitProgress(PROGRESS);
        ClusterNode owner = view.owner();
        Map<ClusterNode, Long> before = logSizes();
        owner.pause();
        try {
          long wakeNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(PAUSE_S);
          Clients.await(
              "the end of the pause",
              ClusterView.HEAL_DEADLINE,
              () -> System.nanoTime() - wakeNs >= 0);
        } finally {
          owner.resume();
        }
        spans.begin();
        load.awaitProgress(PROGRESS);
        spans.end();
        assertFalse(isFoundDead(owner, before), "node " + owner.id() + " was alive");
        view.awaitHealed(probe);
      }
      try {
        load.judge();
      } finally {
        spans.print(load);
      }
    }
  }

  private static Map<ClusterNode, Long> logSizes() {
    return CLUSTER.cluster().nodes().stream()
        .collect(Collectors.toMap(node -> node, node -> log(node).length() + 0L));
  }

  private static String log(ClusterNode node) {
    try {
      return Files.readString(node.logFile());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean isFoundDead(ClusterNode victim, Map<ClusterNode, Long> before) {
    return CLUSTER.cluster().nodes().stream()
        .anyMatch(
            node ->
                log(node)
                    .substring(before.get(node).intValue())
                    .contains(
                        "node "
                            + victim.id()
                            + " at 127.0.0.1:"
                            + (victim.port() + 1)
                            + " is dead"));
  }

  /** What is measured while one kind of fault is repeated. */
  private static final class Spans {
    private final String what;
    private final List<Long> fromNs = new ArrayList<>();
    private final List<Long> toNs = new ArrayList<>();
    private final List<Double> restartS = new ArrayList<>();

    Spans(String what) {
      this.what = what;
    }

    void begin() {
      fromNs.add(System.nanoTime());
    }

    void end() {
      toNs.add(System.nanoTime());
    }

    void restarted(ClusterNode node) {
      long startNs = System.nanoTime();
      node.start();
      restartS.add((System.nanoTime() - startNs) / 1e9);
    }

    void print(CheckedLoad load) {
      Silences all = null;
      for (int i = 0; i < toNs.size(); i++) {
        Silences one = load.silences(fromNs.get(i), toNs.get(i));
        System.out.printf(
            "takeover %s %d: %s; all writers went on after %.1f s%n",
            what, i + 1, one, (toNs.get(i) - fromNs.get(i)) / 1e9);
        all = all == null ? one : all.and(one);
      }
      System.out.printf(
          "takeover %s: %s; %d failures; ready again after %s s; load average %.1f%n",
          what,
          all,
          load.failures(),
          restartS.stream().map(each -> "%.1f".formatted(each)).toList(),
          ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage());
    }
  }
}

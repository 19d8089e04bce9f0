package dev.naru.proving.faults;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.proving.Clients;
import dev.naru.proving.checker.Silences;
import dev.naru.proving.checker.Verdict;
import dev.naru.proving.cluster.ClusterView;
import dev.naru.proving.cluster.OnCluster;
import dev.naru.proving.kill.CheckedLoad;
import dev.naru.proving.node.ClusterNode;
import dev.naru.proving.node.TestCluster;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.TopicDescription;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Wires that are cut between nodes, and between nodes and clients. */
@EnabledIfSystemProperty(named = "soak", matches = "true")
class NetworkFaultsIT {
  private static final int NODES = 3;
  private static final int PROGRESS = 5;

  /** Counted from a node's Kafka port. */
  private static final int BOOKIE = 2;

  private static final int ZOOKEEPER = 3;
  private static final int QUORUM = 4;
  private static final int ELECTION = 5;

  /** Nobody tells a client that its wire is cut: only its patience does. */
  private static final int IMPATIENT_MS = 2_000;

  private static final Duration CUT =
      Duration.ofSeconds(Integer.getInteger("fault.cut.seconds", 30));
  private static final Duration SETTLED = Duration.ofSeconds(10);
  private static final Duration OUTAGE =
      Duration.ofSeconds(Integer.getInteger("fault.outage.seconds", 60));

  @RegisterExtension
  @Order(1)
  static final Namespaces NET = new Namespaces(NODES);

  @RegisterExtension
  @Order(2)
  static final OnCluster CLUSTER = OnCluster.of(NODES).at(NET::site);

  private final TestCluster cluster = CLUSTER.cluster();
  private final ClusterView view = CLUSTER.view();

  private int port(int id, int offset) {
    return cluster.node(id).port() + offset;
  }

  private List<Integer> others(int id) {
    return cluster.nodes().stream().map(ClusterNode::id).filter(each -> each != id).toList();
  }

  /** What is cut, and what it is called. */
  private record Cut(String name, Runnable cut) {}

  private List<Cut> cuts(int id) {
    return List.of(
        new Cut(
            "everything",
            () -> {
              others(id).forEach(other -> loseBothWays(id, other));
              NET.lose(id, NET.clients());
            }),
        new Cut(
            "what it sends to nodes",
            () -> others(id).forEach(other -> NET.lose(id, NET.address(other)))),
        new Cut(
            "what nodes send to it",
            () -> others(id).forEach(other -> NET.lose(other, NET.address(id)))),
        new Cut(
            "ZooKeeper",
            () ->
                cluster
                    .nodes()
                    .forEach(
                        node -> NET.lose(id, NET.address(node.id()), port(node.id(), ZOOKEEPER)))),
        new Cut(
            "other bookies",
            () ->
                others(id).forEach(other -> NET.lose(id, NET.address(other), port(other, BOOKIE)))),
        new Cut("answers to clients", () -> NET.lose(id, NET.clients())));
  }

  private void loseBothWays(int one, int other) {
    NET.lose(one, NET.address(other));
    NET.lose(other, NET.address(one));
  }

  @Test
  @Tag("fault-3")
  void aNodeIsCutOff() {
    Fault fault = new Fault(3, 10);
    int rounds = 0;
    do {
      for (int which = 0; which < cuts(1).size(); which++) {
        CLUSTER.heal();
        cutOff(fault, which);
      }
      rounds++;
    } while (fault.lasts());
    fault.held("%d rounds of %d cuts, each as above", rounds, cuts(1).size());
  }

  private void cutOff(Fault fault, int which) {
    try (CheckedLoad load =
            new CheckedLoad(
                cluster.bootstrap(),
                fault.load(OnCluster.PARTITIONS).impatient(IMPATIENT_MS),
                fault.random());
        Moves moves = new Moves()) {
      load.start();
      load.awaitProgress(PROGRESS);
      long beforeNs = System.nanoTime();
      await(SETTLED);
      ClusterNode owner = view.owner();
      Cut cut = cuts(owner.id()).get(which);
      long cutNs = System.nanoTime();
      cut.cut.run();
      Clients.await("the end of the cut", CUT.multipliedBy(2), () -> moves.look(cutNs, CUT));
      long endNs = System.nanoTime();
      boolean alive = owner.isAlive();
      NET.heal();
      CLUSTER.heal();
      load.awaitProgress(PROGRESS);
      Verdict verdict = load.judge();
      Silences silences = load.silences(cutNs, endNs);
      System.out.printf(
          Locale.ROOT,
          "fault 3, cut from %s: Z, %.0f/s before, %.0f/s from %d s after the cut on; %s;"
              + " %d moves of partitions, %d at most of one; its process %s; %s%n",
          cut.name,
          load.acknowledged(beforeNs, cutNs).perSecond(),
          load.acknowledged(cutNs + SETTLED.toNanos(), endNs).perSecond(),
          SETTLED.toSeconds(),
          silences,
          moves.all(),
          moves.mostOfOne(),
          alive ? "went on" : "ended",
          verdict);
    }
  }

  private static void await(Duration time) {
    long untilNs = System.nanoTime() + time.toNanos();
    Clients.await("a time", time.multipliedBy(2), () -> System.nanoTime() - untilNs >= 0);
  }

  /** How often the leaders of the probe's partitions change, as far as somebody hears of it. */
  private final class Moves implements AutoCloseable {
    private final Admin admin =
        Admin.create(
            Map.of(
                "bootstrap.servers",
                cluster.bootstrap(),
                "request.timeout.ms",
                IMPATIENT_MS / 2,
                "default.api.timeout.ms",
                IMPATIENT_MS));
    private final Map<Integer, Integer> leaders = new TreeMap<>();
    private final Map<Integer, Integer> moves = new TreeMap<>();
    private Future<Map<String, TopicDescription>> asked;

    /** Looks once more; whether the time is over. */
    private boolean look(long fromNs, Duration time) throws InterruptedException {
      if (asked == null) {
        asked =
            admin
                .describeTopics(List.of(CLUSTER.probe()))
                .allTopicNames()
                .toCompletionStage()
                .toCompletableFuture();
      } else if (asked.isDone()) {
        note();
        asked = null;
      }
      return System.nanoTime() - fromNs >= time.toNanos();
    }

    private void note() throws InterruptedException {
      TopicDescription probe;
      try {
        probe = asked.get().get(CLUSTER.probe());
      } catch (ExecutionException e) {
        // It was asked of the node that is cut off.
        System.out.println("fault 3: " + e.getCause());
        return;
      }
      probe
          .partitions()
          .forEach(
              p -> {
                int leader = p.leader() == null ? ClusterView.UNKNOWN : p.leader().id();
                Integer before = leaders.put(p.partition(), leader);
                if (before != null && before != leader) {
                  moves.merge(p.partition(), 1, Integer::sum);
                }
              });
    }

    @Override
    public void close() {
      admin.close(Duration.ZERO);
    }

    private int all() {
      return moves.values().stream().mapToInt(each -> each).sum();
    }

    private int mostOfOne() {
      return moves.values().stream().mapToInt(each -> each).max().orElse(0);
    }
  }

  @Test
  @Tag("fault-4")
  void zooKeeperIsAway() {
    Fault fault = new Fault(4, 3);
    List<String> lines = new ArrayList<>();
    do {
      lines.add(outage(fault, "its members do not hear each other", this::cutQuorum));
      lines.add(outage(fault, "nobody reaches it, and every session expires", this::cutClients));
    } while (fault.lasts());
    lines.forEach(line -> fault.held("%s", line));
  }

  private void cutQuorum() {
    for (ClusterNode node : cluster.nodes()) {
      for (int other : others(node.id())) {
        for (int offset : List.of(QUORUM, ELECTION)) {
          NET.lose(node.id(), NET.address(other), port(other, offset));
        }
      }
      NET.loseFrom(node.id(), port(node.id(), QUORUM));
      NET.loseFrom(node.id(), port(node.id(), ELECTION));
    }
  }

  private void cutClients() {
    for (ClusterNode node : cluster.nodes()) {
      for (ClusterNode other : cluster.nodes()) {
        NET.lose(node.id(), NET.address(other.id()), port(other.id(), ZOOKEEPER));
      }
    }
  }

  private String outage(Fault fault, String what, Runnable cut) {
    CLUSTER.heal();
    try (CheckedLoad load =
        new CheckedLoad(
            cluster.bootstrap(),
            fault.load(OnCluster.PARTITIONS).impatient(IMPATIENT_MS),
            fault.random())) {
      load.start();
      load.awaitProgress(PROGRESS);
      long cutNs = System.nanoTime();
      cut.run();
      await(OUTAGE);
      long backNs = System.nanoTime();
      NET.heal();
      long ended = cluster.nodes().stream().filter(node -> !node.isAlive()).count();
      CLUSTER.heal();
      load.awaitProgress(PROGRESS);
      long servedNs = System.nanoTime();
      Verdict verdict = load.judge();
      assertTrue(verdict.passed());
      return String.format(
          Locale.ROOT,
          "ZooKeeper away for %d s (%s): meanwhile %.0f/s; all served %.1f s after its return;"
              + " %d processes ended; %s; %s",
          OUTAGE.toSeconds(),
          what,
          load.acknowledged(cutNs, backNs).perSecond(),
          (servedNs - backNs) / 1e9,
          ended,
          load.silences(cutNs, servedNs),
          verdict);
    }
  }
}

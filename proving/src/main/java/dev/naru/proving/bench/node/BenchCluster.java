package dev.naru.proving.bench.node;

import dev.naru.proving.bench.load.Leaders;
import dev.naru.proving.bench.load.NodeError;
import dev.naru.proving.bench.load.Topic;
import dev.naru.proving.bench.load.Verification;
import dev.naru.proving.node.ApacheKafkaCluster;
import dev.naru.proving.node.NodeCluster;
import dev.naru.proving.node.TestCluster;
import dev.naru.proving.node.TestNode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.errors.ElectionNotNeededException;

/**
 * A cluster that is driven, with what scenarios ask of it again and again. Node ids begin with 1.
 * One thread at a time, except {@link #restart}.
 */
public final class BenchCluster implements AutoCloseable {
  /** Nodes to begin with, and replicas of every partition. */
  public static final int SIZE = 3;

  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final int ANSWER_MS = 10_000;
  private static final long ASK_AGAIN_MS = 50;

  private final Contender contender;
  private final NodeCluster nodes;
  private Admin admin;
  private int topics;

  private BenchCluster(Contender contender, NodeCluster nodes) {
    this.contender = contender;
    this.nodes = nodes;
  }

  /**
   * Three nodes that are not started yet, on empty directories, each as it ships; all on the JVM
   * that this process runs on.
   */
  public static BenchCluster create(Contender contender, Path directory) {
    Map<String, String> environment = Map.of("JAVA_HOME", System.getProperty("java.home"));
    NodeCluster nodes =
        switch (contender) {
          case KAFKA -> new ApacheKafkaCluster(directory, SIZE, Map.of(), environment);
          case NARU -> TestCluster.asItShips(directory, SIZE, Map.of(), environment);
          case BARE -> throw new IllegalStateException("there is no cluster of bare servers");
        };
    return new BenchCluster(contender, nodes);
  }

  public Contender contender() {
    return contender;
  }

  public List<? extends TestNode> nodes() {
    return nodes.nodes();
  }

  public TestNode node(int id) {
    return nodes.nodes().get(id - 1);
  }

  /** Where all nodes listen, whether they run or not. */
  public List<Integer> ports() {
    return nodes().stream().map(TestNode::port).toList();
  }

  /** What an operator does before the first start; what is measured from the start begins here. */
  public void prepare() {
    nodes.prepare();
  }

  /** Starts the processes that do not run, and returns at once. */
  public void launch() {
    nodes().stream().filter(node -> !node.isAlive()).forEach(TestNode::launch);
  }

  /** Starts the nodes that do not run, and returns when all serve. */
  public void start() {
    prepare();
    launch();
    nodes().forEach(TestNode::awaitReady);
    awaitNodes();
  }

  public boolean isAlive() {
    return nodes().stream().allMatch(TestNode::isAlive);
  }

  /** A further node, with the next id, that is not started yet. */
  public TestNode addNode() {
    TestNode added = nodes.addNode();
    prepare();
    return added;
  }

  public Admin admin() {
    if (admin == null) {
      admin =
          Admin.create(
              Map.of(
                  "bootstrap.servers", nodes.bootstrap(),
                  "enable.metrics.push", "false",
                  "reconnect.backoff.max.ms", "200",
                  "request.timeout.ms", "60000",
                  "default.api.timeout.ms", "300000"));
    }
    return admin;
  }

  // ---- Topics and who leads them --------------------------------------------------------------

  /** A name that no other topic of this cluster has. */
  public String newName() {
    return "bench-" + topics++;
  }

  /** Makes a topic with a replica on each of three nodes, and waits until it is whole. */
  public Topic createTopic(int partitions) {
    String name = newName();
    var made = admin().createTopics(List.of(new NewTopic(name, partitions, (short) SIZE)));
    BenchNode.await(made.all());
    Topic topic = new Topic(name, BenchNode.await(made.topicId(name)), partitions);
    awaitWhole(topic);
    return topic;
  }

  public void deleteTopic(Topic topic) {
    BenchNode.await(admin().deleteTopics(List.of(topic.name())).all());
  }

  /** Who leads what, by a node that is alive. */
  public Leaders leaders(Topic topic) throws IOException {
    for (TestNode node : nodes()) {
      if (node.isAlive()) {
        return Leaders.ask(node.port(), topic, ANSWER_MS);
      }
    }
    throw new NodeError("no node is alive");
  }

  /** The node that leads the most partitions of a topic. */
  public int owner(Topic topic) throws IOException {
    Leaders leaders = leaders(topic);
    return IntStream.rangeClosed(1, nodes().size())
        .boxed()
        .max(Comparator.comparingInt(id -> leaders.ledBy(id).size()))
        .orElseThrow();
  }

  /**
   * Starts what does not run, and waits until everything is as it was: all replicas in sync, every
   * node with partitions of its own. Apache Kafka is told to elect the preferred leaders, which it
   * would do by itself within five minutes. For any thread, while no other uses this cluster.
   */
  public void restart(Topic topic) {
    start();
    awaitWhole(topic);
    if (contender == Contender.KAFKA) {
      electPreferred();
    }
    awaitTrue(
        "every node to lead partitions of " + topic.name(),
        () -> {
          Leaders leaders = leaders(topic);
          return IntStream.rangeClosed(1, Math.min(nodes().size(), topic.partitions()))
              .noneMatch(id -> leaders.ledBy(id).isEmpty());
        });
  }

  /** Makes the first replica of each partition its leader. */
  public void electPreferred() {
    try {
      admin().electLeaders(ElectionType.PREFERRED, null).partitions().get().values().stream()
          .flatMap(Optional::stream)
          .filter(error -> !(error instanceof ElectionNotNeededException))
          .findFirst()
          .ifPresent(
              error -> {
                throw new NodeError("electing leaders failed: " + error.getMessage(), error);
              });
    } catch (ExecutionException e) {
      throw new NodeError("electing leaders failed: " + e.getCause().getMessage(), e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new NodeError("interrupted", e);
    }
  }

  /** Waits until all nodes are members. */
  private void awaitNodes() {
    awaitTrue(
        nodes().size() + " nodes to be members",
        () -> BenchNode.await(admin().describeCluster().nodes()).size() >= nodes().size());
  }

  /** Waits until every partition has a leader and three replicas in sync. */
  public void awaitWhole(Topic topic) {
    awaitTrue(
        "all replicas of " + topic.name() + " to be in sync",
        () ->
            BenchNode.await(admin().describeTopics(List.of(topic.name())).allTopicNames())
                    .get(topic.name())
                    .partitions()
                    .stream()
                    .filter(BenchCluster::isWhole)
                    .count()
                == topic.partitions());
  }

  private static boolean isWhole(TopicPartitionInfo partition) {
    return partition.leader() != null && partition.isr().size() == SIZE;
  }

  /** Waits until something is so; what cannot be asked now is asked again. */
  public static void awaitTrue(String what, Callable<Boolean> condition) {
    long endNs = System.nanoTime() + PATIENCE.toNanos();
    String trouble = "";
    while (true) {
      try {
        if (condition.call()) {
          return;
        }
      } catch (IOException | NodeError notYet) {
        trouble = "; the last answer was: " + notYet.getMessage();
      } catch (Exception e) {
        throw new NodeError("waiting for " + what + " failed: " + e.getMessage(), e);
      }
      if (System.nanoTime() > endNs) {
        throw new NodeError("not in time: " + what + trouble);
      }
      BenchNode.pause(ASK_AGAIN_MS);
    }
  }

  public Verification verification() {
    return new Verification(
        admin(),
        topic -> {
          Leaders leaders = leaders(topic);
          return partition -> leaders.portOf(partition).orElseThrow();
        });
  }

  // ---- Meters ---------------------------------------------------------------------------------

  /** What all processes that run have used of the CPU. */
  public double cpuSeconds() {
    return meters().stream().mapToDouble(ProcessMeter::cpuSeconds).sum();
  }

  /** The mean over the nodes that run. */
  public double mean(ToDoubleFunction<ProcessMeter> measure) {
    return meters().stream().mapToDouble(measure).average().orElseThrow();
  }

  private List<ProcessMeter> meters() {
    return nodes().stream()
        .filter(TestNode::isAlive)
        .map(node -> new ProcessMeter(node.process().pid()))
        .toList();
  }

  @Override
  public void close() {
    if (admin != null) {
      admin.close(Duration.ZERO);
      admin = null;
    }
    nodes.close();
  }
}

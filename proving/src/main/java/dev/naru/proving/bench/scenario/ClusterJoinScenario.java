package dev.naru.proving.bench.scenario;

import dev.naru.proving.bench.Figures;
import dev.naru.proving.bench.Measure;
import dev.naru.proving.bench.Scenario;
import dev.naru.proving.bench.Trial;
import dev.naru.proving.bench.load.BatchShape;
import dev.naru.proving.bench.load.NodeError;
import dev.naru.proving.bench.load.Topic;
import dev.naru.proving.bench.node.BenchCluster;
import dev.naru.proving.bench.node.Contender;
import dev.naru.proving.bench.node.HeldBytes;
import dev.naru.proving.bench.node.Reassignment;
import dev.naru.proving.node.TestNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Predicate;

/**
 * A fourth node joins a cluster that has records and no load: until it leads as many partitions as
 * the others, and until all of those have acknowledged a record; and what of the log was copied to
 * it. Naru does that by itself. Apache Kafka moves nothing by itself, so it is told to, by its own
 * reassignment, as soon as the new broker is a member; its time has the copying in it.
 */
final class ClusterJoinScenario implements Scenario {
  private static final int RECORD_BYTES = 1_000;

  @Override
  public String name() {
    return "cluster/join";
  }

  @Override
  public String title() {
    return "another node joins: until it leads its share, and what is copied to it (Kafka: told to"
        + " reassign)";
  }

  @Override
  public Figures run(Trial trial) throws IOException {
    ClusterScale scale = ClusterScale.of(trial.scale());
    BenchCluster cluster = trial.cluster();
    Topic topic = cluster.createTopic(scale.joinPartitions());
    long filled = fill(cluster, topic, scale.joinBytes());
    TestNode joining = cluster.addNode();
    int id = cluster.nodes().size();
    ExecutorService watcher = Executors.newSingleThreadExecutor();
    Figures figures = new Figures();
    try {
      long startNs = System.nanoTime();
      joining.launch();
      Future<Long> ready = watcher.submit(() -> readyNs(joining));
      if (trial.contender() == Contender.KAFKA) {
        get(ready);
        Reassignment.toShare(cluster, topic, id);
      }
      awaitShare(cluster, topic, id);
      long shareNs = System.nanoTime();
      figures
          .put(Measure.SHARE, (shareNs - startNs) / 1e9)
          .put(Measure.SHARE_READY, Math.max(0, shareNs - get(ready)) / 1e9)
          .put(Measure.COPIED, copied(trial.contender(), joining, topic) / 1e6);
      try (ClusterLoad load =
          new ClusterLoad(cluster, topic, BatchShape.usual(RECORD_BYTES).withRecords(1))) {
        load.serveOnce(cluster.leaders(topic).ledBy(id));
        figures.put(Measure.SHARE_SERVES, (System.nanoTime() - startNs) / 1e9);
        load.verify(filled);
      }
    } finally {
      watcher.shutdownNow();
    }
    cluster.deleteTopic(topic);
    return figures;
  }

  private static long fill(BenchCluster cluster, Topic topic, long bytes) throws IOException {
    try (ClusterLoad load = new ClusterLoad(cluster, topic, BatchShape.usual(RECORD_BYTES))) {
      load.traffic().fullSpeed();
      load.runUntil(() -> load.traffic().valueBytes() >= bytes);
      load.drain();
      load.verify(0);
      return load.traffic().recordsEver();
    }
  }

  private static long readyNs(TestNode node) {
    node.awaitReady();
    return System.nanoTime();
  }

  private static <T> T get(Future<T> answer) {
    try {
      return answer.get();
    } catch (ExecutionException e) {
      throw new NodeError("the node did not join: " + e.getCause().getMessage(), e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new NodeError("interrupted", e);
    }
  }

  private static void awaitShare(BenchCluster cluster, Topic topic, int id) {
    int share = topic.partitions() / cluster.nodes().size();
    BenchCluster.awaitTrue(
        "node " + id + " to lead " + share + " partitions",
        () -> cluster.leaders(topic).ledBy(id).size() >= share);
  }

  /**
   * What the new node has on its disk of logs: of Apache Kafka the segments of the topic, of Naru
   * its bookie's journal and entry logs, whatever they hold.
   */
  private static long copied(Contender contender, TestNode node, Topic topic) throws IOException {
    Predicate<Path> which =
        contender == Contender.KAFKA
            ? file ->
                file.toString().endsWith(".log")
                    && file.getParent().getFileName().toString().startsWith(topic.name() + "-")
            : file -> file.toString().endsWith(".log") || file.toString().endsWith(".txn");
    return HeldBytes.below(node.dataDirectory(), which);
  }
}

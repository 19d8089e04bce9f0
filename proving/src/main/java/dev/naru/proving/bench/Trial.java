package dev.naru.proving.bench;

import dev.naru.proving.bench.node.BenchCluster;
import dev.naru.proving.bench.node.BenchNode;
import dev.naru.proving.bench.node.Contender;
import dev.naru.proving.node.TestNode;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** One run of a scenario against one node, or one cluster. */
public final class Trial implements Closeable {
  private final Contender contender;
  private final Scale scale;
  private final Path directory;
  private final SharedNodes shared;
  private BenchNode own;
  private BenchCluster cluster;

  /**
   * @param directory an empty one, or one that does not exist yet
   * @param shared nodes to use instead of new ones; null for none
   */
  Trial(Contender contender, Scale scale, Path directory, SharedNodes shared) {
    this.contender = contender;
    this.scale = scale;
    this.directory = directory;
    this.shared = shared;
  }

  public Contender contender() {
    return contender;
  }

  public Scale scale() {
    return scale;
  }

  /** Where this trial may keep what it needs; gone when it ends. */
  public Path directory() {
    return directory;
  }

  /** Where a scenario may keep what all its trials use; gone when the benchmark ends. */
  public Path common(String name) {
    return directory.resolveSibling(name);
  }

  /** A running node with the defaults. */
  public BenchNode node() {
    return node(Map.of());
  }

  /**
   * A running node.
   *
   * @param settings added to the defaults; not heeded when the node is shared
   */
  public BenchNode node(Map<String, String> settings) {
    if (own == null && shared != null) {
      own = shared.node(contender);
    }
    if (own == null) {
      newNode(settings, Map.of()).process().start();
    }
    return own;
  }

  /** A node of the scenario's own that is not started yet; the trial closes it. */
  public BenchNode newNode(Map<String, String> settings, Map<String, String> environment) {
    if (own != null) {
      throw new IllegalStateException("a trial has one node");
    }
    own = BenchNode.create(contender, directory, settings, environment);
    return own;
  }

  /** A running cluster of three nodes, or more when it is shared. */
  public BenchCluster cluster() {
    if (cluster == null && shared != null) {
      cluster = shared.cluster(contender);
    }
    if (cluster == null) {
      newCluster().start();
    }
    return cluster;
  }

  /** A cluster of the scenario's own that is not started yet; the trial closes it. */
  public BenchCluster newCluster() {
    if (cluster != null) {
      throw new IllegalStateException("a trial has one cluster");
    }
    cluster = BenchCluster.create(contender, directory);
    return cluster;
  }

  /** The last lines that each node printed; empty when none was started. */
  String logEnd(int lines) throws IOException {
    List<String> ends = new ArrayList<>();
    if (own != null) {
      ends.addAll(logEnd(own.process(), lines));
    }
    if (cluster != null) {
      for (TestNode node : cluster.nodes()) {
        ends.add("-- at " + node.bootstrap() + (node.isAlive() ? ":" : ", which has ended:"));
        ends.addAll(logEnd(node, lines));
      }
    }
    return String.join("\n", ends);
  }

  private static List<String> logEnd(TestNode node, int lines) throws IOException {
    if (!Files.exists(node.logFile())) {
      return List.of();
    }
    List<String> all = Files.readAllLines(node.logFile());
    return all.subList(Math.max(0, all.size() - lines), all.size());
  }

  @Override
  public void close() {
    if (own != null && shared == null) {
      own.close();
    }
    if (cluster != null && shared == null) {
      cluster.close();
    }
  }
}

package dev.naru.proving.bench;

import dev.naru.proving.bench.node.BenchCluster;
import dev.naru.proving.bench.node.BenchNode;
import dev.naru.proving.bench.node.Contender;
import java.io.Closeable;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;

/** Nodes and clusters that several trials use, one after the other, when time is short. */
final class SharedNodes implements Closeable {
  private final Path directory;
  private final Map<Contender, BenchNode> nodes = new EnumMap<>(Contender.class);
  private final Map<Contender, BenchCluster> clusters = new EnumMap<>(Contender.class);
  private int directories;

  SharedNodes(Path directory) {
    this.directory = directory;
  }

  /** A running node; another one when the one before has ended. */
  BenchNode node(Contender contender) {
    BenchNode node = nodes.get(contender);
    if (node == null || !node.process().isAlive()) {
      node = BenchNode.create(contender, next(), Map.of(), Map.of());
      node.process().start();
      nodes.put(contender, node);
    }
    return node;
  }

  /** A running cluster, of which no node is missing. */
  BenchCluster cluster(Contender contender) {
    BenchCluster cluster = clusters.get(contender);
    if (cluster == null) {
      cluster = BenchCluster.create(contender, next());
      clusters.put(contender, cluster);
    }
    if (!cluster.isAlive()) {
      cluster.start();
    }
    return cluster;
  }

  private Path next() {
    return directory.resolve("shared-" + ++directories);
  }

  @Override
  public void close() {
    nodes.values().forEach(BenchNode::close);
    clusters.values().forEach(BenchCluster::close);
  }
}

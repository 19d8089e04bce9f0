package dev.naru.proving.node;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A cluster of Naru nodes on loopback, each in a process of its own with its own data directory and
 * its own block of ports; driven from outside only. All of them end when this JVM does. Not safe
 * for use from several threads, except {@link #bootstrap()}.
 */
public final class TestCluster implements AutoCloseable {
  /** A node listens on its Kafka port and the five after it. */
  public static final int PORTS_PER_NODE = 6;

  private static final String NAME = "proving";

  /** Members of ZooKeeper, and so the addresses in {@code --join}: three, or one. */
  private static final int FOUNDERS_MAX = 3;

  private final Path directory;
  private final List<Integer> ports = new ArrayList<>();
  private final List<ClusterNode> nodes = new ArrayList<>();

  /**
   * A cluster that is not started yet; its nodes have the ids 1 to {@code size}.
   *
   * @param directory for everything that the nodes keep and print
   * @param settings broker settings by Kafka's names, the same on all nodes
   */
  public TestCluster(Path directory, int size, Map<String, String> settings) {
    this.directory = directory;
    for (int i = 0; i < size; i++) {
      ports.add(FreePort.block(PORTS_PER_NODE));
    }
    for (int i = 0; i < size; i++) {
      int id = i + 1;
      nodes.add(
          new ClusterNode(
              id,
              directory.resolve("node-" + id),
              ports.get(i),
              List.of(
                  "--cluster", NAME, "--join", join(), "--secret-file", secretFile().toString()),
              settings));
    }
  }

  /** What {@code --cluster} names. */
  public String name() {
    return NAME;
  }

  /** What {@code --join} names. */
  public String join() {
    int founders = ports.size() < FOUNDERS_MAX ? 1 : FOUNDERS_MAX;
    return ports.stream()
        .limit(founders)
        .map(port -> "127.0.0.1:" + port)
        .collect(Collectors.joining(","));
  }

  /** The secret that the nodes share; the first to start makes it. */
  public Path secretFile() {
    return directory.resolve("cluster.secret");
  }

  public List<ClusterNode> nodes() {
    return List.copyOf(nodes);
  }

  public ClusterNode node(int id) {
    return nodes.get(id - 1);
  }

  /** The addresses of all nodes, the same over all restarts. */
  public String bootstrap() {
    return nodes.stream().map(TestNode::bootstrap).collect(Collectors.joining(","));
  }

  /** Starts the nodes that do not run, all at once, and returns when each of them serves. */
  public void start() {
    List<ClusterNode> launched = nodes.stream().filter(node -> !node.isAlive()).toList();
    launched.forEach(TestNode::launch);
    launched.forEach(TestNode::awaitReady);
  }

  /** SIGKILL for all nodes, as fast as one process can send it. */
  public void kill() {
    List<ClusterNode> alive = nodes.stream().filter(TestNode::isAlive).toList();
    alive.forEach(node -> node.process().destroyForcibly());
    alive.forEach(TestNode::kill);
  }

  /** Kills what runs. */
  @Override
  public void close() {
    kill();
  }
}

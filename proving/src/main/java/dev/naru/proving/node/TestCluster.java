package dev.naru.proving.node;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A cluster of Naru nodes on this machine, each in a process of its own with its own data directory
 * and its own block of ports; driven from outside only. All of them end when this JVM does. Not
 * safe for use from several threads, except {@link #bootstrap()}.
 */
public final class TestCluster implements NodeCluster {
  /** A node listens on its Kafka port and the five after it. */
  public static final int PORTS_PER_NODE = 6;

  private static final String NAME = "proving";

  /** Members of ZooKeeper, and so the addresses in {@code --join}: three, or one. */
  private static final int FOUNDERS_MAX = 3;

  private final Path directory;
  private final Map<String, String> settings;
  private final IntFunction<NodeSite> sites;
  private final ClusterNode.Launch launch;
  private final String join;
  private final List<ClusterNode> nodes = new ArrayList<>();

  /**
   * A cluster that is not started yet; its nodes have the ids 1 to {@code size}.
   *
   * @param directory for everything that the nodes keep and print
   * @param settings broker settings by Kafka's names, the same on all nodes
   */
  public TestCluster(Path directory, int size, Map<String, String> settings) {
    this(directory, size, settings, id -> NodeSite.LOOPBACK);
  }

  /**
   * As above, with nodes that need not run on loopback.
   *
   * @param sites where the node with this id runs
   */
  public TestCluster(
      Path directory, int size, Map<String, String> settings, IntFunction<NodeSite> sites) {
    this(directory, size, settings, sites, ClusterNode.Launch.SMALL);
  }

  private TestCluster(
      Path directory,
      int size,
      Map<String, String> settings,
      IntFunction<NodeSite> sites,
      ClusterNode.Launch launch) {
    this.directory = directory;
    this.settings = settings;
    this.sites = sites;
    this.launch = launch;
    List<Integer> ports = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      ports.add(FreePort.block(PORTS_PER_NODE));
    }
    int founders = size < FOUNDERS_MAX ? 1 : FOUNDERS_MAX;
    join =
        IntStream.rangeClosed(1, founders)
            .mapToObj(id -> sites.apply(id).host() + ":" + ports.get(id - 1))
            .collect(Collectors.joining(","));
    ports.forEach(this::add);
  }

  /**
   * The same, with nodes on the JVM, the heap and the collector that the launcher gives them.
   *
   * @param environment variables for the launcher
   */
  public static TestCluster asItShips(
      Path directory, int size, Map<String, String> settings, Map<String, String> environment) {
    return new TestCluster(
        directory,
        size,
        settings,
        id -> NodeSite.LOOPBACK,
        new ClusterNode.Launch(List.of(), Map.copyOf(environment)));
  }

  private ClusterNode add(int port) {
    int id = nodes.size() + 1;
    ClusterNode node =
        new ClusterNode(
            id,
            directory.resolve("node-" + id),
            sites.apply(id),
            port,
            List.of("--cluster", NAME, "--join", join, "--secret-file", secretFile().toString()),
            settings,
            launch);
    nodes.add(node);
    return node;
  }

  @Override
  public ClusterNode addNode() {
    return add(FreePort.block(PORTS_PER_NODE));
  }

  /** What {@code --cluster} names. */
  public String name() {
    return NAME;
  }

  /** What {@code --join} names. */
  public String join() {
    return join;
  }

  /** The secret that the nodes share; the first to start makes it. */
  public Path secretFile() {
    return directory.resolve("cluster.secret");
  }

  @Override
  public List<ClusterNode> nodes() {
    return List.copyOf(nodes);
  }

  public ClusterNode node(int id) {
    return nodes.get(id - 1);
  }

  /** The addresses of all nodes, the same over all restarts. */
  @Override
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

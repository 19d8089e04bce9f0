package dev.naru.proving.node;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;

/**
 * Brokers of Apache Kafka, as one would set up a small cluster that is to outlive the loss of one:
 * the first nodes are brokers and controllers (KRaft in combined mode), every topic has three
 * replicas of which two must be in sync. Everything else as it ships.
 */
public final class ApacheKafkaCluster implements NodeCluster {
  private static final Map<String, String> REPLICATED =
      Map.of(
          "default.replication.factor", "3",
          "min.insync.replicas", "2",
          "offsets.topic.replication.factor", "3",
          "share.coordinator.state.topic.replication.factor", "3",
          "share.coordinator.state.topic.min.isr", "2",
          "transaction.state.log.replication.factor", "3",
          "transaction.state.log.min.isr", "2");

  private final Path directory;
  private final Map<String, String> settings;
  private final Map<String, String> environment;
  private final String voters;
  private final List<ApacheKafkaNode> nodes = new ArrayList<>();

  /**
   * A cluster that is not started yet; its nodes have the ids 1 to {@code size}.
   *
   * @param settings added to those of every broker
   * @param environment variables for the processes
   */
  public ApacheKafkaCluster(
      Path directory, int size, Map<String, String> settings, Map<String, String> environment) {
    this.directory = directory;
    this.settings = Map.copyOf(settings);
    this.environment = Map.copyOf(environment);
    List<Integer> ports = new ArrayList<>();
    List<String> all = new ArrayList<>();
    for (int id = 1; id <= size; id++) {
      int port = FreePort.next();
      ports.add(port);
      all.add(ApacheKafkaNode.Quorum.voter(String.valueOf(id), port));
    }
    voters = String.join(",", all);
    ports.forEach(this::add);
  }

  private ApacheKafkaNode add(int controllerPort) {
    String id = String.valueOf(nodes.size() + 1);
    Map<String, String> own = new HashMap<>(REPLICATED);
    own.putAll(settings);
    own.put("node.id", id);
    ApacheKafkaNode node =
        new ApacheKafkaNode(
            directory.resolve("node-" + id),
            own,
            environment,
            new ApacheKafkaNode.Quorum(voters, controllerPort));
    nodes.add(node);
    return node;
  }

  @Override
  public List<TestNode> nodes() {
    return List.copyOf(nodes);
  }

  /** A broker that is no controller. */
  @Override
  public TestNode addNode() {
    return add(0);
  }

  /** Formats the data directories, all at once. */
  @Override
  public void prepare() {
    ExecutorService formatters = Executors.newFixedThreadPool(nodes.size());
    try {
      List<Future<Path>> prepared = new ArrayList<>();
      for (ApacheKafkaNode node : nodes) {
        if (!node.isAlive()) {
          prepared.add(formatters.submit(node::prepare));
        }
      }
      for (Future<Path> each : prepared) {
        each.get();
      }
    } catch (ExecutionException e) {
      throw new UncheckedIOException(
          e.getCause() instanceof IOException cause ? cause : new IOException(e.getCause()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while formatting", e);
    } finally {
      formatters.shutdownNow();
    }
  }

  @Override
  public String bootstrap() {
    return nodes.stream().map(TestNode::bootstrap).collect(Collectors.joining(","));
  }

  @Override
  public void close() {
    List<ApacheKafkaNode> alive = nodes.stream().filter(TestNode::isAlive).toList();
    alive.forEach(node -> node.process().destroyForcibly());
    alive.forEach(TestNode::close);
  }
}

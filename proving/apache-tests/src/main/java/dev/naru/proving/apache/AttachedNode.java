package dev.naru.proving.apache;

import dev.naru.proving.node.TestNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.kafka.server.config.AbstractKafkaConfig;

/**
 * The one-broker cluster of a test: a node in a process of its own, of the kind that {@code
 * -Dnaru.test.node} names. Its directory lives under {@code java.io.tmpdir} and goes with it. One
 * thread at a time, except {@link #bootstrap()}.
 */
public final class AttachedNode implements AutoCloseable {
  public static final int BROKER_ID = 0;
  static final String HOST = "localhost";

  private final ClusterDemand demand;
  private Path directory;
  private TestNode node;
  private boolean closed;

  /** Nothing is started, nor refused, before {@link #start()}. */
  public AttachedNode(ClusterDemand demand) {
    this.demand = demand;
  }

  /**
   * Starts the node, or starts it again on the same data and port; does nothing while it runs.
   *
   * @throws OutOfScope when the demand is not one ordinary broker
   */
  public void start() {
    demand.requireOneOrdinaryBroker();
    if (node == null) {
      TestNode.Kind kind = TestNode.Kind.chosen();
      try {
        directory = Files.createTempDirectory("node-");
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      node = TestNode.create(kind, directory, settings());
    }
    if (!node.isAlive()) {
      node.start();
    }
  }

  /**
   * Every broker option that the test sets; what a node cannot honour is for the node to say. Names
   * that are no option Kafka passes over, and so does this. Some tests name the number and the host
   * that Apache's test kit gives to the first broker.
   */
  private Map<String, String> settings() {
    Map<String, String> settings = new HashMap<>(demand.properties());
    settings.keySet().retainAll(AbstractKafkaConfig.CONFIG_DEF.names());
    settings.put("node.id", Integer.toString(BROKER_ID));
    settings.put("advertised.listeners", "PLAINTEXT://" + HOST + ":{port}");
    return settings;
  }

  /** Ends the process and keeps its data. */
  public void stop() {
    if (node != null && node.isAlive()) {
      node.stop();
    }
  }

  /** {@code HOST:PORT}. */
  public String bootstrap() {
    if (node == null) {
      throw new IllegalStateException("the cluster is not started");
    }
    return HOST + ":" + node.port();
  }

  /** Ends the process and deletes its data; a second time does nothing. */
  @Override
  public void close() {
    if (node == null || closed) {
      return;
    }
    closed = true;
    node.close();
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

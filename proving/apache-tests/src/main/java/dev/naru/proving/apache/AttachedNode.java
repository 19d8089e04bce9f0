package dev.naru.proving.apache;

import dev.naru.proving.node.TestNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/**
 * The one-broker cluster of a test: a node in a process of its own, of the kind that {@code
 * -Dnaru.test.node} names. Its directory lives under {@code java.io.tmpdir} and goes with it. One
 * thread at a time, except {@link #bootstrap()}.
 */
public final class AttachedNode implements AutoCloseable {
  public static final int BROKER_ID = 0;

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
      node = TestNode.create(kind, directory, NodeProperties.forNode(kind, demand.properties()));
    }
    if (!node.isAlive()) {
      node.start();
    }
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
    return node.bootstrap();
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

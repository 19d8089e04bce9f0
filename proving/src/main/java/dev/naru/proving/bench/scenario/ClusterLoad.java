package dev.naru.proving.bench.scenario;

import dev.naru.proving.bench.load.BatchShape;
import dev.naru.proving.bench.load.ClusterTraffic;
import dev.naru.proving.bench.load.Topic;
import dev.naru.proving.bench.load.Wire;
import dev.naru.proving.bench.node.BenchCluster;
import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.function.BooleanSupplier;

/** A topic's load on a cluster, and what it must have left there. */
final class ClusterLoad implements Closeable {
  /**
   * To each node. Apache Kafka serves one request of a connection at a time, so that fewer would
   * bound what it can acknowledge.
   */
  static final int CONNECTIONS = 16;

  /** For what takes minutes at worst. */
  static final Duration PATIENCE = Duration.ofMinutes(5);

  private final BenchCluster cluster;
  private final Topic topic;
  private final Wire wire;
  private final ClusterTraffic traffic;

  ClusterLoad(BenchCluster cluster, Topic topic, BatchShape shape) throws IOException {
    this(cluster, topic, shape, CONNECTIONS);
  }

  /**
   * As above.
   *
   * @param connections to each node
   */
  ClusterLoad(BenchCluster cluster, Topic topic, BatchShape shape, int connections)
      throws IOException {
    this.cluster = cluster;
    this.topic = topic;
    wire = new Wire();
    try {
      traffic =
          new ClusterTraffic(
              wire, cluster.ports(), topic, shape, connections, ProduceScenario.DEPTH);
    } catch (RuntimeException e) {
      wire.close();
      throw e;
    }
  }

  ClusterTraffic traffic() {
    return traffic;
  }

  void run(Duration time) throws IOException {
    wire.run(time);
  }

  void runUntil(BooleanSupplier done) throws IOException {
    wire.runUntil(done, PATIENCE);
  }

  /** Sends nothing new, and waits for what is on its way. */
  void drain() throws IOException {
    wire.drain();
  }

  /** One request to each of these partitions, until all of them are acknowledged. */
  void serveOnce(Collection<Integer> partitions) throws IOException {
    traffic.offer(partitions);
    runUntil(traffic::isSettled);
  }

  /**
   * Everything that was acknowledged is there.
   *
   * @param before how many records were there before this load
   */
  void verify(long before) throws IOException {
    long acknowledged = before + traffic.recordsEver();
    cluster.verification().check(topic, acknowledged, traffic.recordsUnknown());
  }

  @Override
  public void close() throws IOException {
    traffic.close();
    wire.close();
  }
}

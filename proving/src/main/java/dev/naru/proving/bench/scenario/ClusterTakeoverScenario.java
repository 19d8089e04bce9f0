package dev.naru.proving.bench.scenario;

import dev.naru.proving.bench.Figures;
import dev.naru.proving.bench.Measure;
import dev.naru.proving.bench.Scenario;
import dev.naru.proving.bench.Trial;
import dev.naru.proving.bench.load.BatchShape;
import dev.naru.proving.bench.load.Topic;
import dev.naru.proving.bench.node.BenchCluster;
import java.io.IOException;
import java.util.List;
import java.util.stream.IntStream;

/**
 * {@code kill -9} of a node that owns 2,000 partitions with records in them, a third of all that
 * there are: until each of them has acknowledged another record.
 */
final class ClusterTakeoverScenario implements Scenario {
  private static final int RECORD_BYTES = 100;
  private static final int RECORDS = 10;

  /** Enough that partitions do not wait for each other: Kafka answers one after the other. */
  private static final int CONNECTIONS_MAX = 200;

  @Override
  public String name() {
    return "cluster/takeover";
  }

  @Override
  public String title() {
    return "kill -9 of a node that owns 2,000 of 6,000 partitions (with --quick 10 of 30), until all"
        + " serve";
  }

  @Override
  public Figures run(Trial trial) throws IOException {
    int count = ClusterScale.of(trial.scale()).takenOver() * BenchCluster.SIZE;
    BenchCluster cluster = trial.cluster();
    Topic topic = cluster.createTopic(count);
    BatchShape shape = BatchShape.usual(RECORD_BYTES).withRecords(RECORDS);
    Figures figures = new Figures();
    int connections = Math.min(CONNECTIONS_MAX, count);
    try (ClusterLoad load = new ClusterLoad(cluster, topic, shape, connections)) {
      load.serveOnce(IntStream.range(0, count).boxed().toList());
      int victim = cluster.owner(topic);
      List<Integer> owned = cluster.leaders(topic).ledBy(victim);
      load.traffic().reset();
      long startNs = System.nanoTime();
      cluster.node(victim).kill();
      load.serveOnce(owned);
      figures
          .put(Measure.TAKEN_OVER, (System.nanoTime() - startNs) / 1e9)
          .put(Measure.PARTITIONS, owned.size());
      load.verify(0);
    }
    return figures;
  }
}

package dev.naru.proving.bench.scenario;

import dev.naru.proving.bench.Figures;
import dev.naru.proving.bench.Measure;
import dev.naru.proving.bench.Scenario;
import dev.naru.proving.bench.Trial;
import dev.naru.proving.bench.load.BatchShape;
import dev.naru.proving.bench.load.Topic;
import dev.naru.proving.bench.node.BenchCluster;
import dev.naru.proving.bench.node.ProcessMeter;
import dev.naru.proving.bench.node.Window;
import java.io.IOException;

/**
 * How long an acknowledgement of a cluster takes at a fixed rate: 500 requests a second, evenly
 * spread over 12 partitions, with as many records in each as the rate demands.
 */
final class ClusterLatencyScenario implements Scenario {
  private static final int REQUESTS_PER_SECOND = 500;
  private static final int PARTITIONS = 12;
  private static final int RECORD_BYTES = 1_000;

  private final int recordsPerSecond;

  /**
   * @param recordsPerSecond a multiple of a thousand
   */
  ClusterLatencyScenario(int recordsPerSecond) {
    this.recordsPerSecond = recordsPerSecond;
  }

  @Override
  public String name() {
    return "cluster/fixed-rate/" + recordsPerSecond / 1_000 + "k";
  }

  @Override
  public String title() {
    return "produce latency at %,d records of 1 KB per second in 500 requests, acks=all"
        .formatted(recordsPerSecond);
  }

  @Override
  public Figures run(Trial trial) throws IOException {
    BenchCluster cluster = trial.cluster();
    Topic topic = cluster.createTopic(PARTITIONS);
    BatchShape shape =
        BatchShape.usual(RECORD_BYTES).withRecords(recordsPerSecond / REQUESTS_PER_SECOND);
    Figures figures = new Figures();
    try (ClusterLoad load = new ClusterLoad(cluster, topic, shape)) {
      load.traffic().schedule(REQUESTS_PER_SECOND);
      load.run(trial.scale().warmUp());
      load.traffic().reset();
      Window window = Window.open(cluster::cpuSeconds);
      load.run(trial.scale().measured());
      Window.Span span = window.close();
      figures
          .put(Measure.CPU_PER_GB, span.cpuSeconds() * 1e9 / load.traffic().valueBytes())
          .put(Measure.RESIDENT, cluster.mean(ProcessMeter::residentMb));
      // Those that the cluster still owes count, with the time that they take.
      load.traffic().endSchedule();
      load.runUntil(load.traffic()::isSettled);
      figures.latencies(load.traffic().latenciesUs());
      load.verify(0);
    }
    cluster.deleteTopic(topic);
    return figures;
  }
}

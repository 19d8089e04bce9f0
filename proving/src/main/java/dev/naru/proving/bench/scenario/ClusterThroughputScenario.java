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

/** Produce to all nodes of a cluster at full speed. */
final class ClusterThroughputScenario implements Scenario {
  private static final int PARTITIONS = 24;
  private static final int RECORD_BYTES = 1_000;

  @Override
  public String name() {
    return "cluster/throughput";
  }

  @Override
  public String title() {
    return "produce 1 KB records in batches of 64 KB, acks=all, 24 partitions, 16 connections to each"
        + " owner";
  }

  @Override
  public Figures run(Trial trial) throws IOException {
    BenchCluster cluster = trial.cluster();
    Topic topic = cluster.createTopic(PARTITIONS);
    Figures figures;
    try (ClusterLoad load = new ClusterLoad(cluster, topic, BatchShape.usual(RECORD_BYTES))) {
      load.traffic().fullSpeed();
      load.run(trial.scale().warmUp());
      load.traffic().reset();
      Window window = Window.open(cluster::cpuSeconds);
      load.run(trial.scale().measured());
      figures =
          new Figures()
              .produced(load.traffic(), window.close())
              .put(Measure.RESIDENT, cluster.mean(ProcessMeter::residentMb));
      load.drain();
      load.verify(0);
    }
    cluster.deleteTopic(topic);
    return figures;
  }
}

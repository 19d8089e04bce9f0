package dev.naru.proving.bench.scenario;

import dev.naru.proving.bench.Figures;
import dev.naru.proving.bench.Measure;
import dev.naru.proving.bench.Scenario;
import dev.naru.proving.bench.Trial;
import dev.naru.proving.bench.load.BatchShape;
import dev.naru.proving.bench.load.ProduceFrames;
import dev.naru.proving.bench.load.ProduceTraffic;
import dev.naru.proving.bench.load.Topic;
import dev.naru.proving.bench.load.Wire;
import dev.naru.proving.bench.node.BenchNode;
import dev.naru.proving.bench.node.Window;
import java.io.IOException;

/**
 * How long an acknowledgement takes at a fixed rate: a thousand requests a second, evenly spread
 * over 16 connections and 16 partitions, with as many records in each as the rate demands.
 */
public final class LatencyScenario implements Scenario {
  private static final int REQUESTS_PER_SECOND = 1_000;
  private static final int RECORD_BYTES = 1_000;
  private static final int PARTITIONS = 16;
  private static final int CONNECTIONS = 16;

  private final int recordsPerSecond;

  /**
   * @param recordsPerSecond a multiple of a thousand
   */
  public LatencyScenario(int recordsPerSecond) {
    this.recordsPerSecond = recordsPerSecond;
  }

  @Override
  public String name() {
    return "latency/" + recordsPerSecond / 1_000 + "k";
  }

  @Override
  public String title() {
    return "produce latency at %,d records of 1 KB per second, acks=all"
        .formatted(recordsPerSecond);
  }

  @Override
  public Figures run(Trial trial) throws IOException {
    BenchNode node = trial.node();
    Topic topic = node.createTopic(PARTITIONS);
    BatchShape shape =
        BatchShape.usual(RECORD_BYTES).withRecords(recordsPerSecond / REQUESTS_PER_SECOND);
    Figures figures = new Figures();
    long acknowledged;
    try (Wire wire = new Wire(node.port())) {
      ProduceTraffic traffic =
          ProduceTraffic.toKafka(
              wire,
              ProduceFrames.of(topic, shape, (short) -1, 1),
              CONNECTIONS,
              ProduceScenario.DEPTH);
      traffic.schedule(REQUESTS_PER_SECOND);
      wire.run(trial.scale().warmUp());
      traffic.reset();
      Window window = Window.open(node.meter());
      wire.run(trial.scale().measured());
      Window.Span span = window.close();
      figures
          .put(Measure.CPU_PER_GB, span.cpuSeconds() * 1e9 / traffic.valueBytes())
          .resident(node.meter());
      // Those that the node still owes count, with the time that they take.
      wire.drain();
      figures.latencies(traffic.latenciesUs());
      acknowledged = traffic.recordsEver();
    }
    node.verification().check(topic, acknowledged);
    node.deleteTopic(topic);
    return figures;
  }
}

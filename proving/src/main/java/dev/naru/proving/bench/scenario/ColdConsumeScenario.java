package dev.naru.proving.bench.scenario;

import dev.naru.proving.bench.Figures;
import dev.naru.proving.bench.Scenario;
import dev.naru.proving.bench.Trial;
import dev.naru.proving.bench.load.BatchShape;
import dev.naru.proving.bench.load.FetchTraffic;
import dev.naru.proving.bench.load.Filling;
import dev.naru.proving.bench.load.NodeError;
import dev.naru.proving.bench.load.Topic;
import dev.naru.proving.bench.load.Wire;
import dev.naru.proving.bench.node.BenchNode;
import dev.naru.proving.bench.node.PageCache;
import dev.naru.proving.bench.node.Window;
import java.io.IOException;
import java.time.Duration;

/**
 * One consumer that reads a partition once from its start, after the page cache has forgotten it.
 */
public final class ColdConsumeScenario implements Scenario {
  private static final int RECORD_BYTES = 1_000;
  private static final Duration PATIENCE = Duration.ofMinutes(10);

  /** How much of what was read must have come from the disk. */
  private static final double COLD = 0.8;

  @Override
  public String name() {
    return "consume/cold";
  }

  @Override
  public String title() {
    return "consume 1 KB records from the start, from the disk, 1 consumer";
  }

  @Override
  public Figures run(Trial trial) throws IOException {
    BenchNode node = trial.node();
    Topic topic = node.createTopic(1);
    long records =
        Filling.fill(
            node.port(),
            topic,
            BatchShape.usual(RECORD_BYTES),
            (short) -1,
            trial.scale().consumeBytes());
    node.verification().check(topic, records);
    PageCache.forget(node.process().dataDirectory());
    Figures figures;
    try (Wire wire = new Wire(node.port())) {
      FetchTraffic traffic = FetchTraffic.fromKafka(wire, topic, 1).upTo(records);
      long diskBytes = node.meter().diskReadBytes();
      Window window = Window.open(node.meter());
      wire.runUntil(traffic::isAtEnd, PATIENCE);
      figures = new Figures().throughput(traffic.bytes(), window.close()).resident(node.meter());
      double cold = (node.meter().diskReadBytes() - diskBytes) / (double) traffic.bytes();
      if (cold < COLD) {
        throw new NodeError(
            "only %.0f %% of what was consumed came from the disk".formatted(cold * 100));
      }
    }
    node.deleteTopic(topic);
    return figures;
  }
}

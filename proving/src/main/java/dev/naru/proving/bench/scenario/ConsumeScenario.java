package dev.naru.proving.bench.scenario;

import dev.naru.proving.bench.Figures;
import dev.naru.proving.bench.Scale;
import dev.naru.proving.bench.Scenario;
import dev.naru.proving.bench.Trial;
import dev.naru.proving.bench.load.BatchShape;
import dev.naru.proving.bench.load.FetchTraffic;
import dev.naru.proving.bench.load.Filling;
import dev.naru.proving.bench.load.Topic;
import dev.naru.proving.bench.load.Wire;
import dev.naru.proving.bench.node.BareNode;
import dev.naru.proving.bench.node.BenchNode;
import dev.naru.proving.bench.node.ProcessMeter;
import dev.naru.proving.bench.node.Window;
import java.io.IOException;
import org.apache.kafka.common.Uuid;

/** Consumers that read a partition from its start, again and again, out of the page cache. */
public final class ConsumeScenario implements Scenario {
  private static final int RECORD_BYTES = 1_000;

  private final int consumers;

  /**
   * @param consumers each with a connection of its own, and all of them read everything
   */
  public ConsumeScenario(int consumers) {
    this.consumers = consumers;
  }

  @Override
  public String name() {
    return consumers == 1 ? "consume/start" : "consume/fan-out-" + consumers;
  }

  @Override
  public String title() {
    return "consume 1 KB records from the start, out of the page cache, "
        + (consumers == 1 ? "1 consumer" : consumers + " consumers");
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
    Figures figures;
    try (Wire wire = new Wire(node.port())) {
      FetchTraffic traffic = FetchTraffic.fromKafka(wire, topic, consumers).roundAndRound(records);
      figures = measure(wire, traffic, trial.scale(), node.meter());
    }
    node.deleteTopic(topic);
    return figures;
  }

  static Figures measure(Wire wire, FetchTraffic traffic, Scale scale, ProcessMeter meter)
      throws IOException {
    wire.run(scale.warmUp());
    traffic.reset();
    Window window = Window.open(meter);
    wire.run(scale.measured());
    Window.Span span = window.close();
    Figures figures =
        new Figures()
            .throughput(traffic.bytes(), span)
            .requests(traffic.requests(), span)
            .resident(meter);
    if (traffic.records() > 0) {
      figures.records(traffic.records(), span);
    }
    wire.drain();
    return figures;
  }

  @Override
  public boolean hasLimit() {
    return true;
  }

  @Override
  public boolean limitForces() {
    return false;
  }

  @Override
  public Figures runBare(BareNode bare, Scale scale) throws IOException {
    Topic topic = new Topic("bare", Uuid.ONE_UUID, 1);
    long end =
        Filling.fillBare(bare.port(), topic, BatchShape.usual(RECORD_BYTES), scale.consumeBytes());
    try (Wire wire = new Wire(bare.port())) {
      FetchTraffic traffic = FetchTraffic.fromBare(wire, consumers).roundAndRound(end);
      return measure(wire, traffic, scale, bare.meter());
    }
  }
}

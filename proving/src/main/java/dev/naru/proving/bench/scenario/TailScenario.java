package dev.naru.proving.bench.scenario;

import dev.naru.proving.bench.Figures;
import dev.naru.proving.bench.Measure;
import dev.naru.proving.bench.Scenario;
import dev.naru.proving.bench.Trial;
import dev.naru.proving.bench.load.BatchShape;
import dev.naru.proving.bench.load.FetchTraffic;
import dev.naru.proving.bench.load.ProduceFrames;
import dev.naru.proving.bench.load.ProduceTraffic;
import dev.naru.proving.bench.load.Topic;
import dev.naru.proving.bench.load.Wire;
import dev.naru.proving.bench.node.BenchNode;
import dev.naru.proving.bench.node.Window;
import java.io.IOException;
import java.time.Duration;

/** A producer at full speed with acks=all, and consumers that follow at the tail. */
public final class TailScenario implements Scenario {
  private static final int RECORD_BYTES = 1_000;
  private static final Duration CATCH_UP = Duration.ofMinutes(2);

  private final int consumers;

  /**
   * @param consumers each reads everything
   */
  public TailScenario(int consumers) {
    this.consumers = consumers;
  }

  @Override
  public String name() {
    return consumers == 1 ? "consume/tail" : "consume/tail-" + consumers;
  }

  @Override
  public String title() {
    return "produce 1 KB records at full speed, acks=all, and consume them at the tail, "
        + (consumers == 1 ? "1 consumer" : consumers + " consumers");
  }

  @Override
  public Figures run(Trial trial) throws IOException {
    BenchNode node = trial.node();
    Topic topic = node.createTopic(1);
    ProduceFrames frames = ProduceFrames.of(topic, BatchShape.usual(RECORD_BYTES), (short) -1, 1);
    Figures figures;
    long acknowledged;
    try (Wire wire = new Wire(node.port())) {
      ProduceTraffic producer = ProduceTraffic.toKafka(wire, frames, 1, ProduceScenario.DEPTH);
      FetchTraffic tail = FetchTraffic.fromKafka(wire, topic, consumers);
      wire.run(trial.scale().warmUp());
      producer.reset();
      tail.reset();
      Window window = Window.open(node.meter());
      wire.run(trial.scale().measured());
      Window.Span span = window.close();
      figures =
          new Figures()
              .throughput(producer.valueBytes(), span)
              .put(Measure.CONSUMED, tail.bytes() / 1e6 / span.seconds())
              .put(
                  Measure.CPU_PER_GB,
                  span.cpuSeconds() * 1e9 / (producer.valueBytes() + tail.bytes()))
              .resident(node.meter());
      acknowledged = catchUp(wire, producer, tail);
    }
    node.verification().check(topic, acknowledged);
    node.deleteTopic(topic);
    return figures;
  }

  /** What was acknowledged reaches every consumer. */
  private static long catchUp(Wire wire, ProduceTraffic producer, FetchTraffic tail)
      throws IOException {
    producer.halt();
    wire.runUntil(() -> producer.isQuiet(), CATCH_UP);
    long acknowledged = producer.recordsEver();
    tail.upTo(acknowledged);
    wire.runUntil(tail::isAtEnd, CATCH_UP);
    wire.drain();
    return acknowledged;
  }
}

package dev.naru.proving.bench.scenario;

import dev.naru.proving.bench.Figures;
import dev.naru.proving.bench.Measure;
import dev.naru.proving.bench.Scenario;
import dev.naru.proving.bench.Trial;
import dev.naru.proving.bench.load.BatchShape;
import dev.naru.proving.bench.load.FetchTraffic;
import dev.naru.proving.bench.load.Filling;
import dev.naru.proving.bench.load.ProduceFrames;
import dev.naru.proving.bench.load.ProduceTraffic;
import dev.naru.proving.bench.load.Topic;
import dev.naru.proving.bench.load.Wire;
import dev.naru.proving.bench.node.BenchNode;
import dev.naru.proving.bench.node.Window;
import java.io.IOException;
import java.time.Duration;

/**
 * Everything at once: 20,000 records a second come in on a fixed schedule, two consumers for each
 * of eight partitions follow at the tail, and one more reads an old topic as fast as it can.
 */
public final class MixedScenario implements Scenario {
  private static final int REQUESTS_PER_SECOND = 1_000;
  private static final int RECORDS_PER_REQUEST = 20;
  private static final int RECORD_BYTES = 1_000;
  private static final int PARTITIONS = 8;
  private static final int CONSUMERS = 2 * PARTITIONS;
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  @Override
  public String name() {
    return "mixed";
  }

  @Override
  public String title() {
    return "20,000 records of 1 KB per second in, twice out at the tail, and one who reads old data";
  }

  @Override
  public Figures run(Trial trial) throws IOException {
    BenchNode node = trial.node();
    Topic old = node.createTopic(1);
    long oldRecords =
        Filling.fill(
            node.port(),
            old,
            BatchShape.usual(RECORD_BYTES),
            (short) -1,
            trial.scale().consumeBytes() / 2);
    Topic topic = node.createTopic(PARTITIONS);
    BatchShape shape = BatchShape.usual(RECORD_BYTES).withRecords(RECORDS_PER_REQUEST);
    Figures figures = new Figures();
    long acknowledged;
    try (Wire wire = new Wire(node.port())) {
      ProduceTraffic producer =
          ProduceTraffic.toKafka(
              wire,
              ProduceFrames.of(topic, shape, (short) -1, 1),
              PARTITIONS,
              ProduceScenario.DEPTH);
      FetchTraffic tail = FetchTraffic.fromKafka(wire, topic, CONSUMERS);
      FetchTraffic reader = FetchTraffic.fromKafka(wire, old, 1).roundAndRound(oldRecords);
      producer.schedule(REQUESTS_PER_SECOND);
      wire.run(trial.scale().warmUp());
      producer.reset();
      tail.reset();
      reader.reset();
      Window window = Window.open(node.meter());
      wire.run(trial.scale().measured());
      Window.Span span = window.close();
      long bytes = producer.valueBytes() + tail.bytes() + reader.bytes();
      figures
          .put(Measure.CONSUMED, reader.bytes() / 1e6 / span.seconds())
          .put(Measure.CPU_PER_GB, span.cpuSeconds() * 1e9 / bytes)
          .resident(node.meter());
      producer.halt();
      wire.runUntil(producer::isQuiet, PATIENCE);
      figures.latencies(producer.latenciesUs());
      acknowledged = producer.recordsEver();
      tail.upToEnds(node.verification().ends(topic));
      wire.runUntil(tail::isAtEnd, PATIENCE);
      wire.drain();
    }
    node.verification().check(topic, acknowledged);
    node.deleteTopic(topic);
    node.deleteTopic(old);
    return figures;
  }
}

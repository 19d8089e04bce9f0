package dev.naru.proving.bench.scenario;

import dev.naru.proving.bench.Figures;
import dev.naru.proving.bench.Scenario;
import dev.naru.proving.bench.Trial;
import dev.naru.proving.bench.load.BatchShape;
import dev.naru.proving.bench.load.FetchTraffic;
import dev.naru.proving.bench.load.ProduceFrames;
import dev.naru.proving.bench.load.ProduceTraffic;
import dev.naru.proving.bench.load.Topic;
import dev.naru.proving.bench.load.Wire;
import dev.naru.proving.bench.node.BenchNode;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * From the time at which a record was to be sent to its arrival at a consumer that waits at the
 * tail: a thousand records a second, one to a request, over one connection to one partition, so
 * that a record's offset tells when it was due.
 */
public final class EndToEndScenario implements Scenario {
  private static final int RECORDS_PER_SECOND = 1_000;
  private static final long INTERVAL_NS = TimeUnit.SECONDS.toNanos(1) / RECORDS_PER_SECOND;
  private static final int RECORD_BYTES = 1_000;
  private static final long HIGHEST_US = TimeUnit.MINUTES.toMicros(10);
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  @Override
  public String name() {
    return "end-to-end";
  }

  @Override
  public String title() {
    return "from producer to a waiting consumer at 1,000 records of 1 KB per second, acks=all";
  }

  @Override
  public Figures run(Trial trial) throws IOException {
    BenchNode node = trial.node();
    Topic topic = node.createTopic(1);
    BatchShape shape = BatchShape.usual(RECORD_BYTES).withRecords(1);
    Histogram latenciesUs = new Histogram(HIGHEST_US, 3);
    long acknowledged;
    try (Wire wire = new Wire(node.port())) {
      ProduceTraffic producer =
          ProduceTraffic.toKafka(
              wire, ProduceFrames.of(topic, shape, (short) -1, 1), 1, ProduceScenario.DEPTH);
      long startNs = producer.schedule(RECORDS_PER_SECOND);
      FetchTraffic consumer =
          FetchTraffic.fromKafka(wire, topic, 1)
              .tell((first, last, nowNs) -> record(latenciesUs, startNs, first, last, nowNs));
      wire.run(trial.scale().warmUp());
      latenciesUs.reset();
      wire.run(trial.scale().measured());
      producer.halt();
      wire.runUntil(producer::isQuiet, PATIENCE);
      acknowledged = producer.recordsEver();
      consumer.upTo(acknowledged);
      wire.runUntil(consumer::isAtEnd, PATIENCE);
      wire.drain();
    }
    node.verification().check(topic, acknowledged);
    node.deleteTopic(topic);
    return new Figures().latencies(latenciesUs);
  }

  private static void record(
      Histogram latenciesUs, long startNs, long first, long last, long nowNs) {
    for (long offset = first; offset <= last; offset++) {
      long latencyNs = nowNs - (startNs + offset * INTERVAL_NS);
      latenciesUs.recordValue(Math.min(HIGHEST_US, TimeUnit.NANOSECONDS.toMicros(latencyNs)));
    }
  }
}

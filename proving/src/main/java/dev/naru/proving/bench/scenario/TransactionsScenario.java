package dev.naru.proving.bench.scenario;

import dev.naru.proving.bench.Figures;
import dev.naru.proving.bench.Measure;
import dev.naru.proving.bench.Scenario;
import dev.naru.proving.bench.Trial;
import dev.naru.proving.bench.load.NodeError;
import dev.naru.proving.bench.load.Topic;
import dev.naru.proving.bench.load.TransactionLoad;
import dev.naru.proving.bench.node.BenchNode;
import dev.naru.proving.bench.node.Window;
import java.io.IOException;
import org.HdrHistogram.Histogram;

/**
 * Kafka's own producer, in transactions of ten small records to three partitions, four producers at
 * a time.
 */
public final class TransactionsScenario implements Scenario {
  private static final int PRODUCERS = 4;
  private static final int PARTITIONS = 3;

  @Override
  public String name() {
    return "transactions";
  }

  @Override
  public String title() {
    return "transactions of 10 records of 100 B, 4 producers of kafka-clients";
  }

  @Override
  public Figures run(Trial trial) throws IOException {
    BenchNode node = trial.node();
    Topic topic = node.createTopic(PARTITIONS);
    Figures figures = new Figures();
    long committed;
    try (TransactionLoad load = new TransactionLoad(node.bootstrap(), topic, PRODUCERS)) {
      load.run(trial.scale().warmUp());
      load.reset();
      Window window = Window.open(node.meter());
      load.run(trial.scale().measured());
      Window.Span span = window.close();
      long count = load.transactions();
      Histogram latenciesUs = load.latenciesUs();
      figures
          .put(Measure.TRANSACTIONS, count / span.seconds())
          .put(Measure.CPU_PER_MILLION, span.cpuSeconds() * 1e6 / count)
          .latencies(latenciesUs)
          .resident(node.meter());
      committed = load.recordsEver();
    }
    long read = TransactionLoad.readCommitted(node.bootstrap(), topic, committed);
    if (read != committed) {
      throw new NodeError("of " + committed + " committed records " + read + " can be read");
    }
    node.deleteTopic(topic);
    return figures;
  }
}

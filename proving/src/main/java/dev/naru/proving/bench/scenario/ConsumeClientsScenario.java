package dev.naru.proving.bench.scenario;

import dev.naru.proving.bench.Figures;
import dev.naru.proving.bench.Scenario;
import dev.naru.proving.bench.Trial;
import dev.naru.proving.bench.load.BatchShape;
import dev.naru.proving.bench.load.ClientsLoad;
import dev.naru.proving.bench.load.Filling;
import dev.naru.proving.bench.load.Topic;
import dev.naru.proving.bench.node.BenchNode;
import dev.naru.proving.bench.node.Window;
import java.io.IOException;
import java.time.Duration;

/** Kafka's own consumer with its defaults reads a topic from its start, once. */
public final class ConsumeClientsScenario implements Scenario {
  private static final int RECORD_BYTES = 1_000;
  private static final int PARTITIONS = 6;
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  @Override
  public String name() {
    return "consume/clients";
  }

  @Override
  public String title() {
    return "consume 1 KB records from the start with kafka-clients' consumer as it comes";
  }

  @Override
  public Figures run(Trial trial) throws IOException {
    BenchNode node = trial.node();
    Topic topic = node.createTopic(PARTITIONS);
    long total =
        Filling.fill(
            node.port(),
            topic,
            BatchShape.usual(RECORD_BYTES).withRecords(16),
            (short) -1,
            trial.scale().consumeBytes());
    Figures figures;
    try (var consumer = ClientsLoad.consumer(node.bootstrap(), topic)) {
      var reader = new ClientsLoad.Reader(consumer);
      long warm = total / 4;
      reader.readUntil(warm, PATIENCE);
      long before = reader.records();
      Window window = Window.open(node.meter());
      reader.readUntil(total, PATIENCE);
      Window.Span span = window.close();
      long records = reader.records() - before;
      figures =
          new Figures()
              .throughput(records * RECORD_BYTES, span)
              .records(records, span)
              .resident(node.meter());
    }
    node.verification().check(topic, total);
    node.deleteTopic(topic);
    return figures;
  }
}

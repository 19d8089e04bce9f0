package dev.naru.proving.bench.scenario;

import dev.naru.proving.bench.Figures;
import dev.naru.proving.bench.Scenario;
import dev.naru.proving.bench.Trial;
import dev.naru.proving.bench.load.ClientsLoad;
import dev.naru.proving.bench.load.Topic;
import dev.naru.proving.bench.node.BenchNode;
import dev.naru.proving.bench.node.Window;
import java.io.IOException;
import java.util.Map;

/** Kafka's own producer with its defaults: idempotent, acks=all, batches of 16 KB. */
public final class ProduceClientsScenario implements Scenario {
  private static final int RECORD_BYTES = 1_000;
  private static final int PARTITIONS = 6;

  @Override
  public String name() {
    return "produce/clients";
  }

  @Override
  public String title() {
    return "produce 1 KB records, acks=all, with kafka-clients' producer as it comes";
  }

  @Override
  public Figures run(Trial trial) throws IOException {
    BenchNode node = trial.node();
    Topic topic = node.createTopic(PARTITIONS);
    Figures figures;
    long acknowledged;
    try (var producer = ClientsLoad.producer(node.bootstrap(), Map.of())) {
      var sender = new ClientsLoad.Sender(producer, topic, RECORD_BYTES);
      sender.run(trial.scale().warmUp());
      long before = sender.acknowledged();
      Window window = Window.open(node.meter());
      sender.run(trial.scale().measured());
      Window.Span span = window.close();
      long records = sender.acknowledged() - before;
      figures =
          new Figures()
              .throughput(records * RECORD_BYTES, span)
              .records(records, span)
              .resident(node.meter());
      sender.flush();
      acknowledged = sender.acknowledged();
    }
    node.verification().check(topic, acknowledged);
    node.deleteTopic(topic);
    return figures;
  }
}

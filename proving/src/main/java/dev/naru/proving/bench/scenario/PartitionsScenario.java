package dev.naru.proving.bench.scenario;

import dev.naru.proving.bench.Figures;
import dev.naru.proving.bench.Measure;
import dev.naru.proving.bench.Scenario;
import dev.naru.proving.bench.Trial;
import dev.naru.proving.bench.load.BatchShape;
import dev.naru.proving.bench.load.Filling;
import dev.naru.proving.bench.load.FirstServed;
import dev.naru.proving.bench.load.Topic;
import dev.naru.proving.bench.node.BenchNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Many partitions: to make them, to write to all of them, to stop and start again until the last
 * one serves, and the memory after that.
 */
public final class PartitionsScenario implements Scenario {
  private static final int PARTITIONS_PER_TOPIC = 1_000;
  private static final int RECORD_BYTES = 100;

  @Override
  public String name() {
    return "partitions";
  }

  @Override
  public String title() {
    return "10,000 partitions (with --quick 100): make them, restart, memory";
  }

  @Override
  public boolean mayShareNode() {
    return false;
  }

  @Override
  public Figures run(Trial trial) throws IOException {
    int count = trial.scale().partitions();
    BenchNode node = trial.newNode(Map.of(), Map.of());
    node.process().start();
    long startNs = System.nanoTime();
    List<Topic> topics = new ArrayList<>();
    for (int left = count; left > 0; left -= PARTITIONS_PER_TOPIC) {
      topics.add(node.createTopic(Math.min(left, PARTITIONS_PER_TOPIC)));
    }
    Figures figures = new Figures().put(Measure.CREATE, (System.nanoTime() - startNs) / 1e9);
    List<Long> records = new ArrayList<>();
    for (Topic topic : topics) {
      BatchShape shape = new BatchShape(RECORD_BYTES, 1, BatchShape.usual(1).codec());
      long bytes = (long) topic.partitions() * RECORD_BYTES;
      records.add(Filling.fill(node.port(), topic, shape, (short) -1, bytes));
    }
    node.stop();
    startNs = System.nanoTime();
    node.process().launch();
    for (Topic topic : topics) {
      FirstServed.await(node.port(), topic, () -> node.process().isAlive());
      node.awaitLeaders(topic);
    }
    long readyNs = System.nanoTime() - startNs;
    BenchNode.pause(trial.scale().rest().toMillis());
    figures
        .put(Measure.READY, readyNs / (double) TimeUnit.MILLISECONDS.toNanos(1))
        .resident(node.meter())
        .put(Measure.PROPORTIONAL, node.meter().proportionalMb())
        .put(Measure.THREADS, node.meter().threads());
    for (int i = 0; i < topics.size(); i++) {
      node.verification().check(topics.get(i), records.get(i) + 1);
    }
    return figures;
  }
}

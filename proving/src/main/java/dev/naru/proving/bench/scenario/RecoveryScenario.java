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
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** From the start after {@code kill -9} to the first served record, with gigabytes of log. */
public final class RecoveryScenario implements Scenario {
  private static final int RECORD_BYTES = 1_000;
  private static final int PARTITIONS = 6;

  @Override
  public String name() {
    return "recovery";
  }

  @Override
  public String title() {
    return "start after kill -9 with 1 GB of log (with --full 5 GB) until all partitions serve";
  }

  @Override
  public boolean mayShareNode() {
    return false;
  }

  @Override
  public Figures run(Trial trial) throws IOException {
    BenchNode node = trial.newNode(Map.of(), Map.of());
    node.process().start();
    Topic topic = node.createTopic(PARTITIONS);
    long records =
        Filling.fill(
            node.port(),
            topic,
            BatchShape.usual(RECORD_BYTES),
            (short) -1,
            trial.scale().recoveryBytes());
    node.process().kill();
    long startNs = System.nanoTime();
    node.process().launch();
    FirstServed.await(node.port(), topic, () -> node.process().isAlive());
    node.awaitLeaders(topic);
    long readyNs = System.nanoTime() - startNs;
    node.verification().check(topic, records + 1);
    return new Figures().put(Measure.READY, readyNs / (double) TimeUnit.MILLISECONDS.toNanos(1));
  }
}

package dev.naru.proving.bench.scenario;

import dev.naru.proving.bench.Figures;
import dev.naru.proving.bench.Measure;
import dev.naru.proving.bench.Scenario;
import dev.naru.proving.bench.Trial;
import dev.naru.proving.bench.load.FirstServed;
import dev.naru.proving.bench.load.Topic;
import dev.naru.proving.bench.node.BenchNode;
import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * From the start of the process to the first record that was produced with acks=all and fetched
 * again, on a data directory that has been used before; the median of several starts.
 */
public final class StartScenario implements Scenario {
  private final boolean archive;

  /**
   * @param archive whether Naru's launcher may use its archive of loaded classes; Apache Kafka has
   *     none
   */
  public StartScenario(boolean archive) {
    this.archive = archive;
  }

  @Override
  public String name() {
    return archive ? "start" : "start/cold";
  }

  @Override
  public String title() {
    return archive
        ? "start to first served produce and fetch"
        : "the same, Naru without its class-data archive";
  }

  /** Starts of Apache Kafka are what costs a smoke run most of its time. */
  @Override
  public boolean isQuick() {
    return archive;
  }

  @Override
  public boolean mayShareNode() {
    return false;
  }

  @Override
  public Figures run(Trial trial) throws IOException {
    BenchNode node = trial.newNode(Map.of(), archive ? Map.of() : Map.of("NARU_NO_ARCHIVE", "1"));
    node.process().start();
    Topic topic = node.createTopic(1);
    double[] ms = new double[trial.scale().starts()];
    for (int i = 0; i < ms.length; i++) {
      node.stop();
      long startNs = System.nanoTime();
      node.process().launch();
      FirstServed.await(node.port(), topic, () -> node.process().isAlive());
      ms[i] = (System.nanoTime() - startNs) / (double) TimeUnit.MILLISECONDS.toNanos(1);
    }
    node.verification().check(topic, ms.length);
    Arrays.sort(ms);
    return new Figures().put(Measure.START, ms[ms.length / 2]);
  }
}

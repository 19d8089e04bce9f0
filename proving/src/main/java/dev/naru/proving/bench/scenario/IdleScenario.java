package dev.naru.proving.bench.scenario;

import dev.naru.proving.bench.Figures;
import dev.naru.proving.bench.Measure;
import dev.naru.proving.bench.Scenario;
import dev.naru.proving.bench.Trial;
import dev.naru.proving.bench.load.FirstServed;
import dev.naru.proving.bench.load.Topic;
import dev.naru.proving.bench.node.BenchNode;
import dev.naru.proving.bench.node.ProcessMeter;
import java.io.IOException;

/** Memory and threads of a node that has served one record and then rests. */
public final class IdleScenario implements Scenario {
  @Override
  public String name() {
    return "idle";
  }

  @Override
  public String title() {
    return "memory and threads of a node at rest";
  }

  @Override
  public Figures run(Trial trial) throws IOException {
    BenchNode node = trial.node();
    Topic topic = node.createTopic(1);
    FirstServed.await(node.port(), topic, () -> node.process().isAlive());
    Figures figures = atRest(trial, node);
    node.verification().check(topic, 1);
    return figures;
  }

  /** What a node has that has nothing to do. */
  static Figures atRest(Trial trial, BenchNode node) {
    BenchNode.pause(trial.scale().rest().toMillis());
    ProcessMeter meter = node.meter();
    return new Figures()
        .resident(meter)
        .put(Measure.PROPORTIONAL, meter.proportionalMb())
        .put(Measure.THREADS, meter.threads());
  }
}

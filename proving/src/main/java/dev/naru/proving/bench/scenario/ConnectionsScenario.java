package dev.naru.proving.bench.scenario;

import dev.naru.proving.bench.Figures;
import dev.naru.proving.bench.Measure;
import dev.naru.proving.bench.Scenario;
import dev.naru.proving.bench.Trial;
import dev.naru.proving.bench.load.IdleConnections;
import dev.naru.proving.bench.node.BenchNode;
import java.io.IOException;

/** Many connections that have asked something once and then rest. */
public final class ConnectionsScenario implements Scenario {
  @Override
  public String name() {
    return "connections";
  }

  @Override
  public String title() {
    return "5,000 idle connections (with --quick 100): memory and threads";
  }

  @Override
  public Figures run(Trial trial) throws IOException {
    BenchNode node = trial.node();
    try (IdleConnections connections = new IdleConnections(node.port())) {
      connections.open(trial.scale().connections());
      BenchNode.pause(trial.scale().rest().toMillis());
      Figures figures =
          new Figures()
              .resident(node.meter())
              .put(Measure.PROPORTIONAL, node.meter().proportionalMb())
              .put(Measure.THREADS, node.meter().threads());
      connections.check();
      return figures;
    }
  }
}

package dev.naru.proving.bench.scenario;

import dev.naru.cli.Folders;
import dev.naru.proving.bench.Figures;
import dev.naru.proving.bench.Measure;
import dev.naru.proving.bench.Scenario;
import dev.naru.proving.bench.Trial;
import dev.naru.proving.bench.node.BenchNode;
import dev.naru.proving.flows.ConnectRest;
import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * From the start of the process on an empty data directory to a running connector, one of our own,
 * which is created as soon as HTTP is spoken; and from the start of that node again, after a clean
 * stop, until the connector runs that it has stored. A connector runs when its REST status says so
 * of it and of its task. The median of several starts.
 */
final class FlowConnectScenario implements Scenario {
  private static final String CONNECTOR = "nothing";

  @Override
  public String name() {
    return "flows/connect";
  }

  @Override
  public String title() {
    return "start to the first connector running, created by REST; and again, with it stored";
  }

  @Override
  public boolean mayShareNode() {
    return false;
  }

  @Override
  public Figures run(Trial trial) throws IOException {
    int starts = FlowScale.of(trial.scale()).starts();
    BenchNode node = trial.newNode(Map.of(), Map.of());
    ConnectRest rest = new ConnectRest(node.process().http());
    rest.answers(); // It does not: but the client is loaded now, and no start pays for it.
    double[] first = new double[starts];
    double[] again = new double[starts];
    for (int i = 0; i < starts; i++) {
      Folders.delete(node.process().dataDirectory());
      long startNs = System.nanoTime();
      node.process().launch();
      rest.awaitUp().create(CONNECTOR, FlowConnectors.idle(trial));
      first[i] = runningMs(rest, startNs);
      node.stop();
      startNs = System.nanoTime();
      node.process().launch();
      again[i] = runningMs(rest, startNs);
      node.stop();
    }
    Arrays.sort(first);
    Arrays.sort(again);
    return new Figures()
        .put(Measure.CONNECTED, first[starts / 2])
        .put(Measure.CONNECTED_AGAIN, again[starts / 2]);
  }

  private static double runningMs(ConnectRest rest, long startNs) {
    rest.awaitRunning(CONNECTOR);
    return (System.nanoTime() - startNs) / (double) TimeUnit.MILLISECONDS.toNanos(1);
  }
}

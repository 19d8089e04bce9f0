package dev.naru.proving.bench.scenario;

import dev.naru.proving.bench.Figures;
import dev.naru.proving.bench.Scenario;
import dev.naru.proving.bench.Trial;
import dev.naru.proving.bench.load.FirstServed;
import dev.naru.proving.bench.load.Topic;
import dev.naru.proving.bench.node.BenchNode;
import dev.naru.proving.flows.ConnectRest;
import java.io.IOException;
import java.util.Map;

/** What a node at rest has that could run connectors and has none. */
final class FlowIdleScenario implements Scenario {
  private static final int QUESTIONS = 100;

  private final Past past;

  /** What the node did before it rests, besides serving one record. */
  enum Past {
    NOTHING("flows/idle", "memory and threads of a node at rest that never had a connector"),
    HTTP("flows/idle/http", "the same after its REST API was asked " + QUESTIONS + " times"),
    DELETED("flows/idle/deleted", "the same after it ran a connector, which was deleted"),
    RESTARTED("flows/idle/restarted", "the same, started again after that");

    private final String scenario;
    private final String title;

    Past(String scenario, String title) {
      this.scenario = scenario;
      this.title = title;
    }
  }

  FlowIdleScenario(Past past) {
    this.past = past;
  }

  @Override
  public String name() {
    return past.scenario;
  }

  @Override
  public String title() {
    return past.title;
  }

  /** One that runs Connect leaves it to whoever comes next. */
  @Override
  public boolean mayShareNode() {
    return false;
  }

  @Override
  public Figures run(Trial trial) throws IOException {
    BenchNode node = trial.newNode(Map.of(), Map.of());
    node.process().start();
    if (past == Past.HTTP) {
      ask(FlowConnectors.rest(node));
    } else if (past != Past.NOTHING) {
      runConnector(trial, FlowConnectors.rest(node));
    }
    if (past == Past.RESTARTED) {
      node.stop();
      node.process().start();
    }
    Topic topic = node.createTopic(1);
    FirstServed.await(node.port(), topic, () -> node.process().isAlive());
    Figures figures = IdleScenario.atRest(trial, node);
    node.verification().check(topic, 1);
    return figures;
  }

  private static void ask(ConnectRest rest) {
    for (int i = 0; i < QUESTIONS; i++) {
      rest.answers();
    }
  }

  private static void runConnector(Trial trial, ConnectRest rest) throws IOException {
    rest.create("nothing", FlowConnectors.idle(trial));
    rest.awaitRunning("nothing");
    rest.delete("nothing");
  }
}

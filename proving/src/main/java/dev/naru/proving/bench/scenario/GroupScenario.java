package dev.naru.proving.bench.scenario;

import dev.naru.proving.bench.Figures;
import dev.naru.proving.bench.Measure;
import dev.naru.proving.bench.Scenario;
import dev.naru.proving.bench.Trial;
import dev.naru.proving.bench.load.GroupLoad;
import dev.naru.proving.bench.load.Topic;
import dev.naru.proving.bench.node.BenchNode;
import dev.naru.proving.bench.node.Window;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Many consumers of kafka-clients that join a new group at once, until the group is stable and
 * every member has its partition. Their own work is in the figure, and the same for both nodes.
 */
public final class GroupScenario implements Scenario {
  /** The two protocols, by the name that {@code group.protocol} has for them. */
  public enum Protocol {
    CLASSIC("classic"),
    CONSUMER("consumer");

    private final String setting;

    Protocol(String setting) {
      this.setting = setting;
    }
  }

  private final Protocol protocol;

  public GroupScenario(Protocol protocol) {
    this.protocol = protocol;
  }

  @Override
  public String name() {
    return "group/" + protocol.setting;
  }

  @Override
  public String title() {
    return "a group of 200 members (with --quick 20), protocol "
        + protocol.setting
        + ": time to stable";
  }

  /** The new protocol's members wait for heartbeats, seconds apart. */
  @Override
  public boolean isQuick() {
    return protocol == Protocol.CLASSIC;
  }

  @Override
  public Figures run(Trial trial) throws IOException {
    // What both ship in their own configuration, and not Kafka's default for a bare one.
    BenchNode node = trial.node(Map.of("group.initial.rebalance.delay.ms", "0"));
    int members = trial.scale().members();
    Topic topic = node.createTopic(members);
    try (GroupLoad load = new GroupLoad(node.bootstrap(), topic, members, protocol.setting)) {
      Window window = Window.open(node.meter());
      load.join();
      load.awaitStable(node.admin());
      Window.Span span = window.close();
      return new Figures()
          .put(Measure.STABLE, span.seconds() * TimeUnit.SECONDS.toMillis(1))
          .put(Measure.CPU, span.cpuSeconds())
          .resident(node.meter());
    }
  }
}

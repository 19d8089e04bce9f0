package dev.naru.proving.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.proving.Clients;
import dev.naru.proving.SharedNode;
import dev.naru.proving.kill.CheckedLoad;
import dev.naru.proving.node.ClusterNode;
import dev.naru.proving.node.NaruCommand;
import dev.naru.proving.node.TestCluster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What an administrator does with {@code naru cluster}, on three processes with clients. */
@EnabledIfSystemProperty(named = "soak", matches = "true")
class ClusterOperationsIT {
  private static final int NODES = 3;
  private static final int PARTITIONS = OnCluster.PARTITIONS;
  private static final int OK = 0;
  private static final int FAILURE = 1;

  @RegisterExtension static final OnCluster CLUSTER = OnCluster.of(NODES);

  private final TestCluster cluster = CLUSTER.cluster();
  private final ClusterView view = CLUSTER.view();
  private final String probe = CLUSTER.probe();

  private final Path directory = SharedNode.newDirectory("operations");
  private final long seed = Long.getLong("seed", System.nanoTime());

  /** How a command ended, and what it said. */
  private record Ended(int exitCode, String said) {}

  @Test
  void drainingANodeIsNothingThatClientsFailAndLastsUntilItsRestart() throws Exception {
    System.out.println("cluster drain: seed " + seed);
    try (CheckedLoad load = new CheckedLoad(cluster.bootstrap(), PARTITIONS, new Random(seed))) {
      load.start();
      load.awaitProgress(10);
      ClusterNode owner = view.owner();

      assertEquals(OK, ask("drain", "--node-id", owner.id() + "").exitCode());

      assertFalse(view.shares(probe).containsKey(owner.id()));
      String later = view.createTopic("later", PARTITIONS);
      assertFalse(view.shares(later).containsKey(owner.id()));
      assertTrue(stateOf(owner, "drained"), ask("status", "--json")::said);
      load.awaitProgress(10);
      owner.stop();
      owner.start();
      view.awaitHealed(probe);
      load.awaitProgress(10);
      load.judge();
      assertEquals(0, load.failures());
    }
  }

  @Test
  void aDrainIsTakenBack() throws Exception {
    assertEquals(OK, ask("drain", "--node-id", "2").exitCode());
    assertFalse(view.shares(probe).containsKey(2));
    assertEquals(OK, ask("drain", "--node-id", "2", "--undo").exitCode());
    view.awaitHealed(probe);
    assertTrue(stateOf(cluster.node(2), "in"), ask("status", "--json")::said);
  }

  @Test
  void aNodeThatIsGoneIsForgottenAndMayComeBack() throws Exception {
    ClusterNode node = view.owner();
    Ended alive = ask("decommission", "--node-id", node.id() + "");
    assertEquals(FAILURE, alive.exitCode());
    assertTrue(alive.said().contains("is alive; stop it first"), alive.said());

    node.kill();
    Clients.await("the node to be gone", () -> stateOf(node, "gone"));
    Ended drain = ask("drain", "--node-id", node.id() + "");
    assertEquals(FAILURE, drain.exitCode());
    assertTrue(drain.said().contains("is gone"), drain.said());
    assertEquals(OK, ask("decommission", "--node-id", node.id() + "").exitCode());
    Clients.await(
        "every node to have forgotten it",
        () -> !ask("status", "--json").said().contains("\"id\":" + node.id() + ","));
    assertTrue(
        ask("drain", "--node-id", node.id() + "").said().contains("there is no node " + node.id()));

    node.start();
    view.awaitHealed(probe);
  }

  private boolean stateOf(ClusterNode node, String state) {
    String json = ask("status", "--json").said();
    int at = json.indexOf("\"id\":" + node.id() + ",");
    return at >= 0 && json.substring(at, json.indexOf('}', at)).contains("\"" + state + "\"");
  }

  /** Runs {@code naru cluster …}. */
  private Ended ask(String... arguments) {
    List<String> command = new ArrayList<>(NaruCommand.java());
    command.add("cluster");
    command.addAll(List.of(arguments));
    command.addAll(List.of("--bootstrap", cluster.bootstrap()));
    try {
      Path log = Files.createTempFile(directory, "cluster", ".log");
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .start();
      try {
        assertTrue(
            process.waitFor(Clients.DEADLINE.toSeconds(), TimeUnit.SECONDS),
            () -> "the command went on: " + command);
      } finally {
        process.destroyForcibly();
      }
      return new Ended(process.exitValue(), Files.readString(log));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}

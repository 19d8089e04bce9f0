package dev.naru.proving.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.proving.Clients;
import dev.naru.proving.SharedNode;
import dev.naru.proving.bench.scenario.Scenarios;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** The benchmark of clusters never rots, and leaves no process behind. */
@EnabledIfSystemProperty(named = "soak", matches = "true")
class BenchClusterIT {
  private static final int NODES = 3;
  private static final long END_S = 60;

  private final Path directory = SharedNode.newDirectory("bench-cluster");

  @Test
  void aSmokeRunShowsEveryScenarioForBothClusters() throws Exception {
    Path json = directory.resolve("cluster.json");
    BenchRun ended = BenchRun.of(directory, "--cluster", "--quick", "--json", json.toString());
    assertEquals(0, ended.exitCode(), ended::why);
    BenchRun.assertShows(Scenarios.ofClusters(), ended.output(), Files.readString(json));
    BenchRun.assertLeavesNothing(directory);
  }

  /** As Ctrl-C does. */
  @Test
  void aRunThatIsEndedTakesItsNodesWithIt() throws Exception {
    Path log = Files.createTempFile(directory, "bench", ".log");
    Process bench =
        BenchRun.start(
            directory, log, "--cluster", "--quick", "--node", "naru", "--only", "cluster/form");
    try {
      Clients.await("three nodes to run", () -> nodes(bench).size() == NODES);
      List<ProcessHandle> nodes = nodes(bench);
      bench.destroy();
      assertTrue(bench.waitFor(END_S, TimeUnit.SECONDS), "the bench went on");
      Clients.await("the nodes to end", () -> nodes.stream().noneMatch(ProcessHandle::isAlive));
      BenchRun.assertLeavesNothing(directory);
    } finally {
      bench.descendants().forEach(ProcessHandle::destroyForcibly);
      bench.destroyForcibly();
    }
  }

  /** Its children but for the one that makes the archive of classes. */
  private static List<ProcessHandle> nodes(Process bench) {
    return bench
        .children()
        .filter(child -> child.info().commandLine().orElse("").contains("--node-id"))
        .toList();
  }
}

package dev.naru.proving.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.proving.SharedNode;
import dev.naru.proving.bench.scenario.Scenarios;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** The benchmark of what connectors do never rots, and leaves no database behind. */
@EnabledIfSystemProperty(named = "soak", matches = "true")
@Tag("once")
class BenchFlowsIT {
  private final Path directory = SharedNode.newDirectory("bench-flows");

  @Test
  void aSmokeRunShowsEveryScenario() throws Exception {
    Path json = directory.resolve("flows.json");
    BenchRun ended = BenchRun.of(directory, "--flows", "--quick", "--json", json.toString());
    assertEquals(0, ended.exitCode(), ended::why);
    BenchRun.assertShows(Scenarios.ofFlows(), ended.output(), Files.readString(json));
    BenchRun.assertLeavesNothing(directory);
    assertFalse(
        ProcessHandle.allProcesses()
            .anyMatch(
                process -> process.info().commandLine().orElse("").contains(directory.toString())),
        "a process is left");
  }

  @Test
  void noOtherNodeIsMeasured() throws Exception {
    BenchRun kafka = BenchRun.of(directory, "--flows", "--node", "kafka");
    assertEquals(2, kafka.exitCode(), kafka.output());
    assertTrue(kafka.output().contains("--node does not go with it"), kafka.output());
  }
}

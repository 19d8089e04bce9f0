package dev.naru.proving.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.naru.proving.SharedNode;
import dev.naru.proving.bench.scenario.Scenarios;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The benchmark never rots: its smoke run ends well, with every scenario in the table. */
class BenchIT {
  private final Path directory = SharedNode.newDirectory("bench");

  private BenchRun bench(String... arguments) throws IOException, InterruptedException {
    return BenchRun.of(directory, arguments);
  }

  @Test
  void aSmokeRunShowsEveryScenarioForBothNodes() throws Exception {
    assumeFalse(
        "false".equals(System.getProperty("bench.smoke")),
        "done once, on the first JDK, which is enough");
    Path json = directory.resolve("bench.json");
    Path charts = directory.resolve("charts");
    BenchRun ended = bench("--quick", "--json", json.toString(), "--svg", charts.toString());
    assertEquals(0, ended.exitCode(), ended::why);
    BenchRun.assertShows(
        Scenarios.all().stream().filter(Scenario::isQuick).toList(),
        ended.output(),
        Files.readString(json));
    assertTrue(Files.readString(charts.resolve("produce.svg")).contains("commit "), "no commit");
    BenchRun.assertLeavesNothing(directory);
  }

  @Test
  void mistakesAreToldInASentence() throws Exception {
    BenchRun unknown = bench("--only", "nothing-of-the-kind");
    assertEquals(2, unknown.exitCode(), unknown.output());
    assertTrue(unknown.output().contains("nothing-of-the-kind"), unknown.output());
    BenchRun twice = bench("--quick", "--full");
    assertEquals(2, twice.exitCode(), twice.output());
    assertEquals(1, twice.output().lines().count(), twice.output());
  }

  @Test
  void theMicroBenchmarksRefuseWhatBelongsToNodes() throws Exception {
    // The folder for nodes' data is always given here.
    BenchRun withNodes = bench("--micro", "--pairs", "2");
    assertEquals(2, withNodes.exitCode(), withNodes.output());
    assertEquals(1, withNodes.output().lines().count(), withNodes.output());
    assertTrue(withNodes.output().contains("not --pairs, --data"), withNodes.output());
  }
}

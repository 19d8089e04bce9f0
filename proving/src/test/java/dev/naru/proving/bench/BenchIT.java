package dev.naru.proving.bench;

import static java.util.stream.Collectors.joining;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.naru.proving.SharedNode;
import dev.naru.proving.bench.scenario.Scenarios;
import dev.naru.proving.node.Places;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The benchmark never rots: its smoke run ends well, with every scenario in the table. */
class BenchIT {
  private static final long PATIENCE_S = 900;

  private final Path directory = SharedNode.newDirectory("bench");

  private record Ended(int exitCode, String output) {

    /** What failed and why comes first, since reports show only the beginning of a message. */
    String why() {
      String failures =
          output.lines().filter(line -> line.contains(" failed: ")).collect(joining("; "));
      return failures.isEmpty() ? output : failures + "\n" + output;
    }
  }

  private Ended bench(String... arguments) throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Places.java(),
                "-Xmx1g",
                "-XX:MaxDirectMemorySize=1g",
                "-Dnaru.root=" + Places.root(),
                "-Dorg.slf4j.simpleLogger.defaultLogLevel=off",
                "-cp",
                System.getProperty("java.class.path"),
                BenchCommand.class.getName(),
                "--data",
                directory.toString()));
    command.addAll(List.of(arguments));
    Path log = Files.createTempFile(directory, "bench", ".log");
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    try {
      assertTrue(
          process.waitFor(PATIENCE_S, TimeUnit.SECONDS),
          () -> "the bench went on and on; its log is " + log);
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
    return new Ended(process.exitValue(), Files.readString(log));
  }

  @Test
  void aSmokeRunShowsEveryScenarioForBothNodes() throws Exception {
    assumeFalse(
        "false".equals(System.getProperty("bench.smoke")),
        "done once, on the first JDK, which is enough");
    Path json = directory.resolve("bench.json");
    Path charts = directory.resolve("charts");
    Ended ended = bench("--quick", "--json", json.toString(), "--svg", charts.toString());
    assertEquals(0, ended.exitCode(), ended::why);
    String figures = Files.readString(json);
    assertFalse(figures.contains("\"failed\" : true"), figures);
    for (Scenario scenario : Scenarios.all()) {
      if (scenario.isQuick()) {
        String name = scenario.name();
        assertTrue(
            ended.output().lines().anyMatch(line -> line.startsWith(name + " ")),
            name + " is missing in " + ended.output());
        assertTrue(figures.contains("\"name\" : \"" + name + "\""), name);
      }
    }
    assertTrue(Files.readString(charts.resolve("produce.svg")).contains("commit "), "no commit");
    try (var left = Files.list(directory)) {
      assertFalse(left.anyMatch(path -> path.getFileName().toString().matches("bench-\\d+")));
    }
  }

  @Test
  void mistakesAreToldInASentence() throws Exception {
    Ended unknown = bench("--only", "nothing-of-the-kind");
    assertEquals(2, unknown.exitCode(), unknown.output());
    assertTrue(unknown.output().contains("nothing-of-the-kind"), unknown.output());
    Ended twice = bench("--quick", "--full");
    assertEquals(2, twice.exitCode(), twice.output());
    assertEquals(1, twice.output().lines().count(), twice.output());
  }

  @Test
  void theMicroBenchmarksRefuseWhatBelongsToNodes() throws Exception {
    // The folder for nodes' data is always given here.
    Ended withNodes = bench("--micro", "--pairs", "2");
    assertEquals(2, withNodes.exitCode(), withNodes.output());
    assertEquals(1, withNodes.output().lines().count(), withNodes.output());
    assertTrue(withNodes.output().contains("not --pairs, --data"), withNodes.output());
  }
}

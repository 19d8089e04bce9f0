package dev.naru.proving.bench;

import static java.util.stream.Collectors.joining;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.proving.node.Places;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A {@code naru bench} that has ended. */
record BenchRun(int exitCode, String output) {
  private static final long PATIENCE_S = 900;

  /** Starts it as its launcher does, in a process of its own. */
  static Process start(Path directory, Path log, String... arguments) throws IOException {
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
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(log.toFile())
        .start();
  }

  static BenchRun of(Path directory, String... arguments) throws IOException, InterruptedException {
    Path log = Files.createTempFile(directory, "bench", ".log");
    Process process = start(directory, log, arguments);
    try {
      assertTrue(
          process.waitFor(PATIENCE_S, TimeUnit.SECONDS),
          () -> "the bench went on and on; its log is " + log);
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
    return new BenchRun(process.exitValue(), Files.readString(log));
  }

  /** What failed and why comes first, since reports show only the beginning of a message. */
  String why() {
    String failures =
        output.lines().filter(line -> line.contains(" failed: ")).collect(joining("; "));
    return failures.isEmpty() ? output : failures + "\n" + output;
  }

  /** Every scenario has figures, in the table and for machines. */
  static void assertShows(List<Scenario> scenarios, String output, String figures) {
    assertFalse(figures.contains("\"failed\" : true"), figures);
    for (Scenario scenario : scenarios) {
      String name = scenario.name();
      assertTrue(
          output.lines().anyMatch(line -> line.startsWith(name + " ")),
          name + " is missing in " + output);
      assertTrue(figures.contains("\"name\" : \"" + name + "\""), name);
    }
  }

  /** No node's data is left behind. */
  static void assertLeavesNothing(Path directory) throws IOException {
    try (var left = Files.list(directory)) {
      assertEquals(
          List.of(),
          left.filter(path -> path.getFileName().toString().matches("bench-\\d+")).toList());
    }
  }
}

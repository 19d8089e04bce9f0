package dev.naru.proving.flows;

import dev.naru.proving.Program;
import dev.naru.proving.node.Places;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A program of {@code examples}, as it lies there, started as its page says. */
final class Example extends Program {
  private final Path log;

  private Example(Path log, List<String> command) {
    super(
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile())));
    this.log = log;
  }

  /** A file of {@code examples}. */
  static Path file(String name) {
    return Places.root().resolve("examples").resolve(name);
  }

  /**
   * Starts a script with the system's own Python, where Debian's packages are.
   *
   * @param log for all that it prints
   * @param script below {@code examples}
   */
  static Example python(Path log, String script, Object... arguments) {
    List<String> command = new ArrayList<>(List.of("/usr/bin/python3", file(script).toString()));
    for (Object argument : arguments) {
      command.add(argument.toString());
    }
    return new Example(log, command);
  }

  /**
   * Starts an application of {@code examples/streams}.
   *
   * @param log for all that it prints
   * @param arguments {@code name=value}
   */
  static Example streams(Path log, String application, String... arguments) {
    Path jar = file("streams/target/streams.jar");
    if (!Files.exists(jar)) {
      throw new IllegalStateException(
          jar + " is missing; build it with: mvn package -pl examples/streams");
    }
    List<String> command =
        new ArrayList<>(
            List.of(
                Places.java(),
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
                "-cp",
                jar.toString(),
                "dev.naru.examples." + application));
    command.addAll(List.of(arguments));
    return new Example(log, command);
  }

  /** Waits for its end, which must be a good one, and returns what it printed. */
  String awaitSuccess() {
    int exitCode = awaitExit();
    if (exitCode != 0) {
      throw new AssertionError("ended with " + exitCode + ":\n" + printed());
    }
    return printed();
  }

  /** Fails with what it said when it is not there any more. */
  void assertAlive() {
    if (!process().isAlive()) {
      throw new AssertionError("ended with " + process().exitValue() + ":\n" + printed());
    }
  }

  /** All that it printed so far. */
  String printed() {
    try {
      return Files.readString(log, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

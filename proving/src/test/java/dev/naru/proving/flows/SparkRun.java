package dev.naru.proving.flows;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.proving.Clients;
import dev.naru.proving.node.NaruCommand;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** {@code ./naru spark run} as a user starts it, in a folder of its own. Used by one thread. */
final class SparkRun implements AutoCloseable {
  /** Spark starts slowly, and Maven may have to be asked first. */
  static final Duration DEADLINE = Duration.ofMinutes(3);

  private final Process process;
  private final Path log;

  private SparkRun(Process process, Path log) {
    this.process = process;
    this.log = log;
  }

  /**
   * Starts a job.
   *
   * @param folder where the job runs and keeps what it remembers
   * @param environment variables, added to those of this process
   */
  static SparkRun start(
      Path folder, Path job, String bootstrap, Map<String, String> environment, String... options) {
    List<String> command = new ArrayList<>(NaruCommand.java());
    command.addAll(List.of("spark", "run", job.toString(), "--bootstrap", bootstrap));
    command.addAll(List.of(options));
    try {
      Path log = Files.createTempFile(folder, "spark-", ".log");
      ProcessBuilder builder =
          new ProcessBuilder(command)
              .directory(folder.toFile())
              .redirectErrorStream(true)
              .redirectOutput(log.toFile());
      // A job of a test ends before the better compiler would have been worth its while.
      builder.environment().put("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC");
      builder.environment().putAll(environment);
      return new SparkRun(builder.start(), log);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Runs a job until it has ended well, and returns what it printed. */
  static String runToEnd(
      Path folder, Path job, String bootstrap, Map<String, String> environment, String... options) {
    try (SparkRun run = start(folder, job, bootstrap, environment, options)) {
      assertEquals(0, run.exitCode(), run::output);
      return run.output();
    }
  }

  /** Waits for something that the job does, while it lives. */
  void await(String what, Clients.Condition condition) {
    Clients.await(
        what,
        DEADLINE,
        () -> {
          if (!process.isAlive()) {
            throw new AssertionError("the job ended before " + what + ":\n" + output());
          }
          return condition.holds();
        });
  }

  /** {@code kill -9} of Spark's process; the command that started it says so and ends. */
  void killSpark() {
    List<ProcessHandle> children = process.children().toList();
    assertEquals(1, children.size(), "one process of Spark's");
    children.get(0).destroyForcibly();
    assertEquals(1, exitCode(), this::output);
    assertTrue(output().contains("was ended by signal 9; the same command goes on"), output());
  }

  /** {@code kill} of the command, which ends Spark's process first. */
  void stop() {
    List<ProcessHandle> children = process.children().toList();
    process.destroy();
    exitCode();
    assertTrue(children.stream().noneMatch(ProcessHandle::isAlive), "Spark's process went on");
  }

  private int exitCode() {
    try {
      assertTrue(
          process.waitFor(DEADLINE.toSeconds(), TimeUnit.SECONDS), () -> "no end:\n" + output());
      return process.exitValue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  String output() {
    try {
      return Files.readString(log);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }
}

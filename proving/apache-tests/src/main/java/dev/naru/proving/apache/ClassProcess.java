package dev.naru.proving.apache;

import dev.naru.proving.node.Places;
import dev.naru.proving.node.TestNode;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Runs one of Apache's test classes in a JVM of its own, and reads how its tests ended. */
final class ClassProcess {
  /** Some of Apache's tests wait 45 s for a session to end, many times. */
  private static final Duration DEADLINE = Duration.ofMinutes(30);

  private final Path module;
  private final Path outputs;
  private final boolean all;

  /**
   * @param module the directory of this module, built
   * @param outputs where results and logs go: {@code CLASS.tsv}, {@code CLASS.log}
   * @param all also what is out of scope
   */
  ClassProcess(Path module, Path outputs, boolean all) {
    this.module = module;
    this.outputs = outputs;
    this.all = all;
  }

  /**
   * The tests' outcomes in the order in which they ended. A JVM that did not end by itself is a
   * failure of the class.
   */
  List<TestOutcome> run(String className) throws IOException, InterruptedException {
    Files.createDirectories(outputs);
    Path results = outputs.resolve(className + ".tsv");
    Path log = outputs.resolve(className + ".log");
    Path temporary = Files.createTempDirectory(outputs, "tmp-");
    long beganNs = System.nanoTime();
    Process process =
        new ProcessBuilder(command(className, results, temporary))
            .directory(temporary.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .redirectInput(new File("/dev/null"))
            .start();
    Thread reaper = new Thread(() -> end(process));
    Runtime.getRuntime().addShutdownHook(reaper);
    String fault = null;
    try {
      if (!process.waitFor(DEADLINE.toMillis(), TimeUnit.MILLISECONDS)) {
        fault = "was not through after " + DEADLINE;
      } else if (process.exitValue() != 0) {
        fault = "its JVM ended with " + process.exitValue();
      }
    } finally {
      end(process);
      process.waitFor();
      Runtime.getRuntime().removeShutdownHook(reaper);
    }
    List<TestOutcome> outcomes = read(results);
    if (fault != null) {
      long millis = (System.nanoTime() - beganNs) / 1_000_000;
      outcomes.add(
          new TestOutcome(TestOutcome.Status.FAILED, className, millis, fault + ", see " + log));
    }
    delete(temporary);
    return outcomes;
  }

  /** Its node, too. */
  private static void end(Process process) {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }

  private List<String> command(String className, Path results, Path temporary) {
    List<String> command = new ArrayList<>();
    command.add(Places.java());
    command.addAll(List.of("-Xmx1g", "-XX:+UseSerialGC", "-XX:+EnableDynamicAgentLoading"));
    command.add("-Djava.io.tmpdir=" + temporary);
    command.add("-Dnaru.root=" + Places.root());
    command.add("-Dnaru.test.jvm=" + Places.java());
    command.add("-Dnaru.test.node=" + TestNode.Kind.chosen().name().toLowerCase(Locale.ROOT));
    // The broker that these tests were written for.
    command.add("-Dkafka.lib=" + module.resolve("target/lib"));
    command.add("-Dapache.all=" + all);
    command.add("-Dlog4j2.configurationFile=log4j2-apache-tests.properties");
    command.add("-cp");
    // What stands in for Apache's classes comes before them.
    command.add(module.resolve("target/classes") + ":" + module.resolve("target/lib") + "/*");
    command.add(ClassRun.class.getName());
    command.add(results.toString());
    command.add(className);
    return command;
  }

  private static List<TestOutcome> read(Path results) throws IOException {
    List<TestOutcome> outcomes = new ArrayList<>();
    if (Files.exists(results)) {
      Files.readAllLines(results).forEach(line -> outcomes.add(TestOutcome.parse(line)));
    }
    return outcomes;
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      files
          .sorted(Comparator.reverseOrder())
          .forEach(
              file -> {
                try {
                  Files.delete(file);
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });
    }
  }
}

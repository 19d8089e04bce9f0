package dev.naru.proving.micro;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.regex.Pattern;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.BenchmarkList;
import org.openjdk.jmh.runner.BenchmarkListEntry;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.format.OutputFormat;
import org.openjdk.jmh.runner.format.OutputFormatFactory;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** Finds the benchmarks and runs them, one after the other. */
public final class MicroBenchmarks {
  private static final String ALLOCATED = "gc.alloc.rate.norm";
  private static final String SUFFIX = "Benchmark.";

  /** The heap does not grow while it is measured; the rest is as {@code ./naru start} has it. */
  private static final List<String> NODE_OPTIONS =
      List.of(
          "-Xms512m",
          "-Xmx512m",
          "-XX:+UseSerialGC",
          "-Djmh.executor=CUSTOM",
          "-Djmh.executor.class=" + EventLoopThreads.class.getName());

  private static final int FIRST_JAVA_WITH_COMPACT_HEADERS = 25;

  /** How long and where a benchmark runs. */
  public enum Effort {
    /** In a JVM of its own, until the figures mean something: ten seconds. */
    USUAL(1, 3, 5, 1_000),
    /** In this JVM, only to see that it works. */
    SMOKE(0, 0, 1, 10);

    private final int forks;
    private final int warmups;
    private final int iterations;
    private final int iterationMs;

    Effort(int forks, int warmups, int iterations, int iterationMs) {
      this.forks = forks;
      this.warmups = warmups;
      this.iterations = iterations;
      this.iterationMs = iterationMs;
    }
  }

  /** A benchmark did not end as it should. The message says which and why. */
  public static final class FailedException extends Exception {
    private static final long serialVersionUID = 1;

    FailedException(String name, Throwable cause) {
      super(name + " failed: " + reason(cause), cause);
    }

    /** JMH hangs what a benchmark threw below exceptions of its own. */
    private static String reason(Throwable thrown) {
      Throwable deepest = thrown;
      while (deepest.getCause() != null || deepest.getSuppressed().length > 0) {
        deepest = deepest.getCause() != null ? deepest.getCause() : deepest.getSuppressed()[0];
      }
      return deepest instanceof RunnerException ? deepest.getMessage() : deepest.toString();
    }
  }

  private MicroBenchmarks() {}

  /** The names of all benchmarks, sorted. */
  public static List<String> names() {
    return entries().stream().map(entry -> name(entry.getUsername())).toList();
  }

  private static List<BenchmarkListEntry> entries() {
    return List.copyOf(BenchmarkList.defaultList().find(silent(), List.of(".*"), List.of()));
  }

  private static OutputFormat silent() {
    return OutputFormatFactory.createFormatInstance(System.out, VerboseMode.SILENT);
  }

  /** {@code dev.naru.broker.net.FrameToAppendBenchmark.produce}: its last two words. */
  private static String name(String qualified) {
    String withClass =
        qualified.substring(qualified.lastIndexOf('.', qualified.lastIndexOf('.') - 1) + 1);
    return withClass.replace(SUFFIX, ".");
  }

  /**
   * Runs the benchmarks whose name contains a match.
   *
   * @param progress is told the name of each before it begins, and which of how many it is
   * @return a result for each benchmark and each of its parameters; empty when no name matches
   * @throws FailedException at the first that fails
   */
  public static List<MicroResult> run(
      Pattern names, Effort effort, BiConsumer<String, String> progress) throws FailedException {
    List<BenchmarkListEntry> chosen =
        entries().stream()
            .filter(entry -> names.matcher(name(entry.getUsername())).find())
            .toList();
    List<MicroResult> results = new ArrayList<>();
    for (BenchmarkListEntry entry : chosen) {
      String name = name(entry.getUsername());
      progress.accept(name, (chosen.indexOf(entry) + 1) + " of " + chosen.size());
      try {
        for (RunResult result : new Runner(options(entry, effort), silent()).run()) {
          results.add(result(name, result));
        }
      } catch (RunnerException e) {
        throw new FailedException(name, e);
      }
    }
    return results;
  }

  private static Options options(BenchmarkListEntry entry, Effort effort) {
    ChainedOptionsBuilder options =
        new OptionsBuilder()
            .include("^" + Pattern.quote(entry.getUsername()) + "$")
            .verbosity(VerboseMode.SILENT)
            .shouldFailOnError(true)
            .forks(effort.forks)
            .warmupIterations(effort.warmups)
            .warmupTime(TimeValue.milliseconds(effort.iterationMs))
            .measurementIterations(effort.iterations)
            .measurementTime(TimeValue.milliseconds(effort.iterationMs))
            .addProfiler(GCProfiler.class);
    if (effort.forks > 0) {
      options.jvmArgs(jvmArguments());
    }
    return options.build();
  }

  /** This JVM's, except for its heap and collector. */
  private static String[] jvmArguments() {
    List<String> arguments = new ArrayList<>();
    for (String own : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
      if (own.startsWith("--") || own.startsWith("-D")) {
        arguments.add(own);
      }
    }
    arguments.addAll(NODE_OPTIONS);
    if (Runtime.version().feature() >= FIRST_JAVA_WITH_COMPACT_HEADERS) {
      arguments.add("-XX:+UseCompactObjectHeaders");
    }
    return arguments.toArray(String[]::new);
  }

  private static MicroResult result(String name, RunResult result) {
    BenchmarkParams params = result.getParams();
    Map<String, String> parameters = new LinkedHashMap<>();
    params.getParamsKeys().forEach(key -> parameters.put(key, params.getParam(key)));
    Result<?> time = result.getPrimaryResult();
    Result<?> allocated = result.getSecondaryResults().get(ALLOCATED);
    return new MicroResult(
        name,
        parameters,
        time.getScore(),
        time.getScoreError(),
        allocated == null ? Double.NaN : allocated.getScore());
  }
}

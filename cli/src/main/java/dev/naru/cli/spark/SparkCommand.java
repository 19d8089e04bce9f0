package dev.naru.cli.spark;

import dev.naru.cli.CliException;
import dev.naru.cli.CommandGroup;
import dev.naru.cli.CommonOptions;
import dev.naru.cli.HostPort;
import dev.naru.cli.Terminal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code naru spark}. */
@Command(
    name = "spark",
    description = "Runs jobs over topics with Apache Spark: windows, batches, models.",
    footer = {"", "Example:", "  ./naru spark run examples/spark/pages-by-hour.yaml"})
public final class SparkCommand extends CommandGroup {
  private static final Pattern MEMORY = Pattern.compile("[1-9][0-9]{0,5}[mg]");

  public SparkCommand(Terminal terminal) {
    super(terminal);
  }

  @Command(
      name = "run",
      description = "Runs a job: a stream until Ctrl-C, a batch to its end.",
      footer = {
        "",
        "Spark is fetched when the first job runs (some 300 MB, with your own Maven), and runs in a",
        "process of its own. A stream goes on where it was when it is started again.",
        "",
        "Example:",
        "  ./naru spark run examples/spark/pages-by-hour.yaml --bootstrap 127.0.0.1:9092"
      })
  int runJob(
      @Mixin CommonOptions options,
      @Parameters(paramLabel = "JOB", description = "The job file (see docs/spark.md).") Path job,
      @Option(
              names = "--bootstrap",
              paramLabel = "HOST:PORT",
              description = "A node to begin with, instead of the one that the job file names.")
          String bootstrap,
      @Option(names = "--once", description = "A stream ends when it has read what is there.")
          boolean once,
      @Option(
              names = "--memory",
              paramLabel = "SIZE",
              defaultValue = "1g",
              description =
                  "The heap of Spark's process, such as 512m (default: ${DEFAULT-VALUE}).")
          String memory,
      @Option(
              names = "--master",
              paramLabel = "MASTER",
              defaultValue = "local[*]",
              description =
                  "Where it runs: here (default: ${DEFAULT-VALUE}), or on a cluster such as"
                      + " spark://HOST:7077, for which SPARK_HOME names an installation of Spark.")
          String master) {
    if (!MEMORY.matcher(memory).matches()) {
      throw CliException.mistake("--memory wants a size such as 512m or 2g, not '" + memory + "'");
    }
    List<String> arguments = arguments(job, bootstrap);
    if (once) {
      arguments.add("--once");
    }
    if (!master.equals("local") && !master.startsWith("local[")) {
      return SparkProcess.submit(master, memory, arguments, options);
    }
    SparkLibraries libraries = SparkLibraries.ofUser(System.getenv());
    if (!libraries.areThere()) {
      // What is wrong with the file is better said before some 300 MB are fetched.
      int exitCode = SparkProcess.check(arguments(job, null), options);
      if (exitCode != 0) {
        return exitCode;
      }
    }
    return SparkProcess.run(libraries.classPath(terminal), master, memory, arguments, options);
  }

  @Command(
      name = "check",
      description = "Looks for mistakes in a job file, without Spark and without a node.",
      footer = {"", "Example:", "  ./naru spark check examples/spark/pages-by-hour.yaml"})
  int checkJob(
      @Mixin CommonOptions options,
      @Parameters(paramLabel = "JOB", description = "The job file.") Path job) {
    List<String> arguments = arguments(job, null);
    int exitCode = SparkProcess.check(arguments, options);
    if (exitCode == 0) {
      terminal.say(job + " is well formed");
    }
    return exitCode;
  }

  private static List<String> arguments(Path job, String bootstrap) {
    if (!Files.isRegularFile(job)) {
      throw CliException.mistake("there is no job file " + job);
    }
    List<String> arguments = new ArrayList<>(List.of(job.toString()));
    if (bootstrap != null) {
      Arrays.stream(bootstrap.split(","))
          .forEach(each -> HostPort.parse("--bootstrap", each.strip()));
      arguments.addAll(List.of("--bootstrap", bootstrap));
    }
    return arguments;
  }
}

package dev.naru.spark;

import dev.naru.spark.job.JobException;
import dev.naru.spark.job.JobFile;
import dev.naru.spark.job.JobSpec;
import dev.naru.spark.run.JobRun;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * The application: runs the job that a file declares. {@code spark-submit --class
 * dev.naru.spark.SparkJob naru-spark.jar job.yaml} runs it on a cluster, {@code ./naru spark run}
 * here. Ends with 0, with 1 after a failure, and with 2 after a mistake in the file.
 */
public final class SparkJob {
  private static final String USAGE =
      "job.yaml [--bootstrap HOST:PORT] [--once] [--check] [--attached] [--debug]";

  private String file;
  private String bootstrap;
  private boolean once;
  private boolean check;
  private boolean attached;
  private boolean debug;

  private SparkJob() {}

  public static void main(String[] arguments) {
    System.exit(new SparkJob().run(arguments));
  }

  private int run(String[] arguments) {
    try {
      parse(arguments);
      JobSpec job = JobFile.read(Path.of(file), bootstrap, once, System.getenv());
      if (check) {
        System.out.println(file + ": job " + job.name() + " is well formed");
        return 0;
      }
      if (attached) {
        endWithStandardInput();
      }
      JobRun.run(job);
      return 0;
    } catch (JobException e) {
      System.err.println("naru: " + e.getMessage());
      if (debug) {
        e.printStackTrace();
      }
      return e.exitCode();
    }
  }

  private void parse(String[] arguments) {
    Deque<String> left = new ArrayDeque<>(List.of(arguments));
    while (!left.isEmpty()) {
      String argument = left.removeFirst();
      switch (argument) {
        case "--bootstrap" -> {
          if (left.isEmpty()) {
            throw JobException.mistake("--bootstrap wants HOST:PORT");
          }
          bootstrap = left.removeFirst();
        }
        case "--once" -> once = true;
        case "--check" -> check = true;
        case "--attached" -> attached = true;
        case "--debug" -> debug = true;
        default -> {
          if (argument.startsWith("-") || file != null) {
            throw JobException.mistake("unknown argument " + argument + "; wanted are " + USAGE);
          }
          file = argument;
        }
      }
    }
    if (file == null) {
      throw JobException.mistake("a job file is missing; wanted are " + USAGE);
    }
  }

  /** Who started this process holds the other end of standard input, for as long as it lives. */
  private static void endWithStandardInput() {
    Thread watch =
        new Thread(
            () -> {
              try {
                while (System.in.read() >= 0) {
                  // Nothing is said there.
                }
              } catch (java.io.IOException e) {
                // It is gone, then.
              }
              System.exit(0);
            },
            "naru-parent");
    watch.setDaemon(true);
    watch.start();
  }
}

package dev.naru.spark.run;

import dev.naru.spark.job.JobException;
import dev.naru.spark.job.JobSpec;
import dev.naru.spark.job.SinkSpec;
import dev.naru.spark.job.SourceSpec;
import dev.naru.spark.model.Models;
import dev.naru.spark.sink.Batch;
import dev.naru.spark.sink.KafkaSettings;
import dev.naru.spark.sink.Topics;
import dev.naru.spark.view.Causes;
import dev.naru.spark.view.Counts;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.hadoop.util.ShutdownHookManager;
import org.apache.spark.sql.SparkSession;

/** Runs a job to its end, or until the process is told to end. */
public final class JobRun {
  private static final long LOOK_MS = 100;
  private static final long SAY_NS = TimeUnit.SECONDS.toNanos(5);
  private static final long STOP_S = 25;

  /** Spark's own is at 40; queries end before what they run on. */
  private static final int BEFORE_SPARK = 100;

  private final JobSpec job;
  private final SparkSession root;
  private volatile boolean stopping;
  private List<StreamFlow> streams = List.of();

  private JobRun(JobSpec job, SparkSession root) {
    this.job = job;
    this.root = root;
  }

  /**
   * Runs a job.
   *
   * @throws JobException when it cannot be run, or failed
   */
  public static void run(JobSpec job) {
    requireTopics(job);
    SparkSession root = Sessions.open(job);
    try {
      new JobRun(job, root).run();
    } catch (JobException e) {
      throw e;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw JobException.failure("interrupted", e);
    } catch (Exception e) {
      throw JobException.failure("the job failed: " + Causes.sentence(e), e);
    } finally {
      root.stop();
    }
  }

  private static void requireTopics(JobSpec job) {
    try (Topics topics = new Topics(new KafkaSettings(job.bootstrap(), job.kafka()))) {
      for (SourceSpec source : job.sources()) {
        source.topics().forEach(topic -> topics.require(source.place() + ".topic", topic));
      }
    }
  }

  private void run() throws InterruptedException {
    Optional<Models> models = job.model().map(spec -> new Models(root, job, spec, this::say));
    try {
      if (models.isPresent()) {
        models.get().begin();
      }
      List<Flow> flows = new ArrayList<>();
      for (SinkSpec sink : job.sinks()) {
        flows.add(Flow.into(job, sink, models));
      }
      for (SourceSpec source : job.sources()) {
        if (source.errors().isPresent()) {
          flows.add(Flow.ofErrors(job, source));
        }
      }
      if (job.streaming()) {
        stream(flows);
      } else {
        batch(flows);
      }
    } finally {
      models.ifPresent(Models::close);
    }
  }

  private void batch(List<Flow> flows) {
    for (Flow flow : flows) {
      Counts counts = Counts.of(root.sparkContext(), flow.name());
      try {
        flow.write(
            flow.prepare(root, false, counts), Batch.alone(flow.sinkName(), counts.written()));
      } catch (JobException e) {
        throw e;
      } catch (Exception e) {
        // Spark throws checked exceptions that its Scala code need not declare.
        throw JobException.failure(flow.name() + " failed: " + Causes.sentence(e), e);
      }
      say(flow.name() + ": " + counts.line());
    }
  }

  private void stream(List<Flow> flows) throws InterruptedException {
    streams = flows.stream().map(flow -> new StreamFlow(root, flow, this::say)).toList();
    ShutdownHookManager.get().addShutdownHook(this::stop, BEFORE_SPARK, STOP_S, TimeUnit.SECONDS);
    try {
      List<String> said = new ArrayList<>();
      boolean begun = false;
      long sayNs = System.nanoTime() + SAY_NS;
      while (!streams.stream().allMatch(StreamFlow::hasEnded)) {
        for (StreamFlow stream : streams) {
          stream.look(LOOK_MS);
        }
        if (!begun) {
          say(
              "running "
                  + job.name()
                  + " on "
                  + job.bootstrap()
                  + "; Ctrl-C ends it, and the same command goes on");
          begun = true;
        }
        if (System.nanoTime() - sayNs > 0) {
          said = sayLines(said);
          sayNs = System.nanoTime() + SAY_NS;
        }
      }
      sayLines(said);
    } catch (RuntimeException e) {
      if (!stopping) {
        streams.forEach(StreamFlow::stop);
        throw e;
      }
    }
  }

  /** What has changed since it was said last. */
  private List<String> sayLines(List<String> before) {
    List<String> lines =
        streams.stream().filter(StreamFlow::hasRead).map(StreamFlow::line).toList();
    lines.stream().filter(line -> !before.contains(line)).forEach(this::say);
    return lines;
  }

  private void stop() {
    stopping = true;
    streams.forEach(StreamFlow::stop);
  }

  private void say(String line) {
    if (!stopping) {
      System.out.println(line);
      System.out.flush();
    }
  }
}

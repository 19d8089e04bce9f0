package dev.naru.spark.sink;

import dev.naru.spark.job.JobSpec;
import dev.naru.spark.job.SinkSpec;

/** The sinks that a job file may name. */
public final class Sinks {
  private Sinks() {}

  public static Sink of(JobSpec job, SinkSpec spec) {
    if (spec instanceof SinkSpec.Topic topic) {
      return new TopicSink(new KafkaSettings(job.bootstrap(), job.kafka()), topic);
    }
    if (spec instanceof SinkSpec.Table table) {
      return new TableSink(table);
    }
    if (spec instanceof SinkSpec.Files files) {
      return new FilesSink(files);
    }
    if (spec instanceof SinkSpec.Console console) {
      return new ConsoleSink(console);
    }
    throw new IllegalStateException("no sink for " + spec.getClass().getSimpleName());
  }
}

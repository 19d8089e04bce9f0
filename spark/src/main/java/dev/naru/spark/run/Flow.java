package dev.naru.spark.run;

import dev.naru.spark.job.JobSpec;
import dev.naru.spark.job.ModelSpec;
import dev.naru.spark.job.SinkSpec;
import dev.naru.spark.job.SourceSpec;
import dev.naru.spark.model.Models;
import dev.naru.spark.sink.Batch;
import dev.naru.spark.sink.KafkaSettings;
import dev.naru.spark.sink.Sink;
import dev.naru.spark.sink.Sinks;
import dev.naru.spark.sink.TopicSink;
import dev.naru.spark.view.Counts;
import dev.naru.spark.view.Views;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * One way through the job, from views into a sink: what a stream does again and again, and a batch
 * once.
 */
abstract class Flow {
  private final String name;
  private final String output;
  final JobSpec job;

  private Flow(JobSpec job, String name, String output) {
    this.job = job;
    this.name = name;
    this.output = output;
  }

  /** A sink of the job file's. */
  static Flow into(JobSpec job, SinkSpec sink, Optional<Models> models) {
    return new IntoSink(job, sink, models);
  }

  /** A source's malformed records. */
  static Flow ofErrors(JobSpec job, SourceSpec source) {
    return new Errors(job, source);
  }

  /** The name of the sink; the checkpoint's folder has it too. */
  String name() {
    return name;
  }

  /** Spark's output mode. */
  String output() {
    return output;
  }

  /** What a sink calls this flow when it notes a batch. */
  String sinkName() {
    return job.name() + "/" + name;
  }

  /** Makes what the sink needs, and returns the rows as Spark plans them. */
  abstract Dataset<Row> prepare(SparkSession root, boolean streaming, Counts counts);

  /** Writes rows as {@link #prepare} gave them. */
  abstract void write(Dataset<Row> rows, Batch batch);

  private static final class IntoSink extends Flow {
    private final SinkSpec spec;
    private final Sink sink;
    private final Optional<Models> models;

    IntoSink(JobSpec job, SinkSpec spec, Optional<Models> models) {
      super(job, spec.common().name(), spec.common().output());
      this.spec = spec;
      this.sink = Sinks.of(job, spec);
      this.models = spec.common().view().equals(ModelSpec.SCORED) ? models : Optional.empty();
    }

    @Override
    Dataset<Row> prepare(SparkSession root, boolean streaming, Counts counts) {
      String view =
          job.model().isPresent() && models.isPresent()
              ? job.model().get().score()
              : spec.common().view();
      SparkSession session = Views.open(root, job, streaming, counts);
      Dataset<Row> rows = Views.checked(spec.common().place(), () -> session.table(view));
      Dataset<Row> none = session.createDataFrame(List.of(), rows.schema());
      sink.prepare(scored(none).schema(), streaming);
      return rows;
    }

    @Override
    void write(Dataset<Row> rows, Batch batch) {
      sink.write(scored(rows), batch);
    }

    private Dataset<Row> scored(Dataset<Row> rows) {
      return models.isEmpty() ? rows : models.get().score(rows);
    }
  }

  private static final class Errors extends Flow {
    private final SourceSpec source;
    private final TopicSink sink;

    Errors(JobSpec job, SourceSpec source) {
      super(job, "errors-" + source.view(), "append");
      this.source = source;
      SinkSpec.Common common =
          new SinkSpec.Common(source.place(), "errors-" + source.view(), source.view(), "append");
      this.sink =
          new TopicSink(
              new KafkaSettings(job.bootstrap(), job.kafka()),
              new SinkSpec.Topic(
                  common, source.errors().orElseThrow(), Optional.empty(), false, 0));
    }

    @Override
    Dataset<Row> prepare(SparkSession root, boolean streaming, Counts counts) {
      Dataset<Row> rows = Views.malformed(root, job, source, streaming, counts);
      sink.prepare(rows.schema(), streaming);
      return rows;
    }

    @Override
    void write(Dataset<Row> rows, Batch batch) {
      sink.writeWire(rows, batch);
    }
  }
}

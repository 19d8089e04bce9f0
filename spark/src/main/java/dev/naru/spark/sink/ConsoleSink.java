package dev.naru.spark.sink;

import dev.naru.spark.job.SinkSpec;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructType;

/** Standard output. A batch that is tried again is shown again. */
final class ConsoleSink implements Sink {
  private final SinkSpec.Console spec;

  ConsoleSink(SinkSpec.Console spec) {
    this.spec = spec;
  }

  @Override
  public void prepare(StructType schema, boolean streaming) {
    // It is there.
  }

  @Override
  public void write(Dataset<Row> rows, Batch batch) {
    List<String> shown = Whole.of(rows, whole -> whole.toJSON().takeAsList(spec.rows() + 1));
    shown.stream().limit(spec.rows()).forEach(System.out::println);
    if (shown.size() > spec.rows()) {
      System.out.println("… and more");
    }
    batch.written().add(Math.min(shown.size(), spec.rows()));
  }
}

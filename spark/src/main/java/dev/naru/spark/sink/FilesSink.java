package dev.naru.spark.sink;

import dev.naru.spark.job.SinkSpec;
import java.util.Locale;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.types.StructType;

/**
 * Files in a folder. Each batch of a stream has a folder of its own, {@code query=…/batch=…}, which
 * is replaced when the batch is written again.
 */
final class FilesSink implements Sink {
  private static final int QUERY_CHARS = 8;

  private final SinkSpec.Files spec;

  FilesSink(SinkSpec.Files spec) {
    this.spec = spec;
  }

  @Override
  public void prepare(StructType schema, boolean streaming) {
    // Spark makes folders itself.
  }

  @Override
  public void write(Dataset<Row> rows, Batch batch) {
    String path = spec.path();
    if (batch.isNumbered()) {
      path +=
          String.format(
              Locale.ROOT,
              "/query=%s/batch=%09d",
              batch.query().substring(0, QUERY_CHARS),
              batch.number());
    }
    String folder = path;
    Whole.of(
        rows,
        whole -> {
          long count = whole.count();
          if (count > 0 || !batch.isNumbered()) {
            whole.write().mode(SaveMode.Overwrite).format(spec.format()).save(folder);
          }
          batch.written().add(count);
          return folder;
        });
  }
}

package dev.naru.spark.sink;

import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructType;

/** Where rows go. Called in the driver, by one thread at a time. */
public interface Sink {
  /** Makes what has to be there; called before the first batch, and again after a failure. */
  void prepare(StructType schema, boolean streaming);

  /** Writes all of the rows or none, and nothing when the sink has this batch already. */
  void write(Dataset<Row> rows, Batch batch);
}

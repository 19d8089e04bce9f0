package dev.naru.spark.sink;

import java.util.function.Function;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.storage.StorageLevel;

/** For sinks that look at a batch more than once, or at a part of it only. */
final class Whole {
  private Whole() {}

  /**
   * Computes all of the rows, once: a window's state must neither be moved on twice nor in part.
   *
   * @param use what is done with them
   */
  static <T> T of(Dataset<Row> rows, Function<Dataset<Row>, T> use) {
    Dataset<Row> kept = rows.persist(StorageLevel.MEMORY_AND_DISK());
    try {
      kept.count();
      return use.apply(kept);
    } finally {
      kept.unpersist();
    }
  }
}

package dev.naru.spark.job;

import java.util.List;
import java.util.Optional;

/** Where a view's rows go. */
public sealed interface SinkSpec {
  /** What all sinks have. */
  Common common();

  /**
   * What all sinks have.
   *
   * @param place where the sink stands in the file
   * @param name unique in the job; the checkpoint and what is kept of a batch go by it
   * @param view whose rows
   * @param output Spark's output mode: {@code append}, {@code update} or {@code complete}
   */
  record Common(String place, String name, String view, String output) {}

  /**
   * A record for each row; all of a batch in one transaction.
   *
   * @param topic made when it is not there
   * @param key an SQL expression over the row's columns, or empty for none
   * @param text whether the value is the column {@code value} as it is, instead of the row as JSON
   * @param partitions for a topic that is made; 0 for what the node makes
   */
  record Topic(Common common, String topic, Optional<String> key, boolean text, int partitions)
      implements SinkSpec {}

  /**
   * A row of a table for each row; all of a batch in one transaction.
   *
   * @param table a name, or {@code schema.name}
   * @param url JDBC's
   * @param user empty for what the URL says
   * @param password a secret; empty for none
   * @param mode what is done with rows that are there
   * @param keys columns that tell rows apart
   * @param create whether the table is made when it is not there
   * @param batchRows how many rows go to the database at once
   */
  record Table(
      Common common,
      String table,
      String url,
      Optional<String> user,
      Optional<String> password,
      TableMode mode,
      List<String> keys,
      boolean create,
      int batchRows)
      implements SinkSpec {
    @Override
    public String toString() {
      return "table " + table;
    }
  }

  /** What is done with the rows that a table has. */
  enum TableMode {
    /** They stay. */
    APPEND,
    /** Those with the same keys are replaced. */
    UPSERT,
    /** All of them are replaced. */
    COMPLETE
  }

  /**
   * Files in a folder for each batch.
   *
   * @param path a folder, or a URI of one
   * @param format {@code json}, {@code csv} or {@code parquet}
   */
  record Files(Common common, String path, String format) implements SinkSpec {}

  /**
   * Standard output, a line of JSON for each row.
   *
   * @param rows the most that are shown of a batch
   */
  record Console(Common common, int rows) implements SinkSpec {}
}

package dev.naru.spark.sink;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/**
 * The table beside a job's tables that holds the last batch of each sink, written in the
 * transaction that wrote the batch.
 */
final class WrittenBatches {
  static final String DDL =
      "CREATE TABLE IF NOT EXISTS naru_spark_batches (sink VARCHAR(255) NOT NULL PRIMARY KEY,"
          + " query_id VARCHAR(64) NOT NULL, batch_id BIGINT NOT NULL)";

  private static final String FIND =
      "SELECT query_id, batch_id FROM naru_spark_batches WHERE sink = ? FOR UPDATE";
  private static final String INSERT =
      "INSERT INTO naru_spark_batches (query_id, batch_id, sink) VALUES (?, ?, ?)";
  private static final String UPDATE =
      "UPDATE naru_spark_batches SET query_id = ?, batch_id = ? WHERE sink = ?";

  private WrittenBatches() {}

  /**
   * Notes the batch as part of the connection's transaction. Whoever else writes to the same sink
   * waits until that ends.
   *
   * @return false when the sink has this batch, or a later one of the same query, already
   */
  static boolean claim(Connection connection, Batch batch) throws SQLException {
    try (PreparedStatement find = connection.prepareStatement(FIND)) {
      find.setString(1, batch.sink());
      try (ResultSet last = find.executeQuery()) {
        if (!last.next()) {
          return note(connection, INSERT, batch);
        }
        if (last.getString(1).equals(batch.query()) && last.getLong(2) >= batch.number()) {
          return false;
        }
      }
    }
    return note(connection, UPDATE, batch);
  }

  private static boolean note(Connection connection, String sql, Batch batch) throws SQLException {
    try (PreparedStatement note = connection.prepareStatement(sql)) {
      note.setString(1, batch.query());
      note.setLong(2, batch.number());
      note.setString(3, batch.sink());
      return note.executeUpdate() == 1;
    }
  }
}

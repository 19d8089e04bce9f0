package dev.naru.spark.sink;

import dev.naru.spark.job.SinkSpec.TableMode;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import org.apache.spark.api.java.function.ForeachPartitionFunction;
import org.apache.spark.sql.Row;

/** Writes a batch, in a task of its own and in one transaction of the database. */
final class TableWriter implements ForeachPartitionFunction<Row> {
  private static final long serialVersionUID = 1L;

  private final Database database;
  private final String table;
  private final TableMode mode;
  private final ArrayList<String> keys;
  private final ArrayList<String> columns;
  private final int batchRows;
  private final Batch batch;

  TableWriter(
      Database database,
      String table,
      TableMode mode,
      List<String> keys,
      List<String> columns,
      int batchRows,
      Batch batch) {
    this.database = database;
    this.table = table;
    this.mode = mode;
    this.keys = new ArrayList<>(keys);
    this.columns = new ArrayList<>(columns);
    this.batchRows = batchRows;
    this.batch = batch;
  }

  @Override
  public void call(Iterator<Row> rows) throws SQLException {
    try (Connection connection = database.open()) {
      try {
        if (batch.isNumbered() && !WrittenBatches.claim(connection, batch)) {
          connection.rollback();
          return;
        }
        long count = write(connection, rows);
        connection.commit();
        batch.written().add(count);
      } catch (SQLException | RuntimeException e) {
        rollback(connection, e);
        throw e;
      }
    }
  }

  private long write(Connection connection, Iterator<Row> rows) throws SQLException {
    if (mode == TableMode.COMPLETE) {
      try (Statement statement = connection.createStatement()) {
        statement.executeUpdate("DELETE FROM " + table);
      }
    }
    String sql =
        mode == TableMode.UPSERT
            ? database.dialect().upsert(table, keys, columns)
            : database.dialect().insert(table, columns);
    long count = 0;
    int waiting = 0;
    Set<List<Object>> waitingKeys = new HashSet<>();
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      while (rows.hasNext()) {
        Row row = rows.next();
        // Drivers make one statement of several rows, and a statement may meet a key only once.
        boolean twice = mode == TableMode.UPSERT && !waitingKeys.add(key(row));
        if (waiting == batchRows || twice) {
          statement.executeBatch();
          waiting = 0;
          waitingKeys.clear();
          if (mode == TableMode.UPSERT) {
            waitingKeys.add(key(row));
          }
        }
        bind(statement, row);
        statement.addBatch();
        waiting++;
        count++;
      }
      if (waiting > 0) {
        statement.executeBatch();
      }
    }
    return count;
  }

  private List<Object> key(Row row) {
    List<Object> key = new ArrayList<>();
    keys.forEach(name -> key.add(row.get(columns.indexOf(name))));
    return key;
  }

  private void bind(PreparedStatement statement, Row row) throws SQLException {
    for (int i = 0; i < columns.size(); i++) {
      if (row.isNullAt(i)) {
        statement.setNull(i + 1, Types.NULL);
      } else {
        database.dialect().bind(statement, i + 1, row.get(i));
      }
    }
  }

  private static void rollback(Connection connection, Exception why) {
    try {
      connection.rollback();
    } catch (SQLException e) {
      why.addSuppressed(e);
    }
  }
}

package dev.naru.connect.jdbc;

import dev.naru.connect.jdbc.JdbcSinkConfig.InsertMode;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Types;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes rows in one transaction. Rows with the same key become one, as if they had been written
 * one after the other; deletions go first, and then every statement of the same shape in batches.
 */
final class BatchWriter {
  /** What became of the rows. */
  record Result(long written, long deleted) {}

  /** Told about a record that can never be written; may throw to stop. */
  @FunctionalInterface
  interface BadRecords {
    void report(Row row, BadRecordException why);
  }

  /** What else belongs to the transaction that rows are written in. */
  interface Transaction {
    /** Nothing else. */
    Transaction PLAIN =
        new Transaction() {
          @Override
          public List<Row> begin(Connection connection, Dialect dialect, List<Row> rows) {
            return rows;
          }

          @Override
          public void end(Connection connection, Dialect dialect) {}
        };

    /** Comes first; says which of the rows are to be written. */
    List<Row> begin(Connection connection, Dialect dialect, List<Row> rows) throws SQLException;

    /** Comes last, before the commit. */
    void end(Connection connection, Dialect dialect) throws SQLException;
  }

  private record Shape(boolean delete, TableName table, List<String> keys, List<String> columns) {}

  private final JdbcSinkConfig config;
  private final Tables tables;

  BatchWriter(JdbcSinkConfig config, Tables tables) {
    this.config = config;
    this.tables = tables;
  }

  /**
   * Writes and commits. When it throws, nothing was committed, except that after a failed commit
   * nobody knows.
   */
  Result write(
      Connection connection,
      Dialect dialect,
      List<Row> rows,
      Transaction transaction,
      BadRecords bad)
      throws SQLException {
    Map<TableName, List<Row>> byTable = new LinkedHashMap<>();
    rows.forEach(row -> byTable.computeIfAbsent(row.table(), t -> new ArrayList<>()).add(row));
    for (Map.Entry<TableName, List<Row>> entry : byTable.entrySet()) {
      tables.prepare(connection, dialect, entry.getKey(), entry.getValue());
    }
    try {
      List<Row> deletes = new ArrayList<>();
      List<Row> writes = new ArrayList<>();
      merge(transaction.begin(connection, dialect, rows), deletes, writes);
      execute(connection, dialect, deletes);
      execute(connection, dialect, writes);
      transaction.end(connection, dialect);
      connection.commit();
      return new Result(writes.size(), deletes.size());
    } catch (BadRecordException | SQLException e) {
      connection.rollback();
      if (e instanceof SQLException sql && SqlErrors.mayPass(sql)) {
        throw sql;
      }
      return oneByOne(connection, dialect, rows, transaction, bad);
    }
  }

  /** What the rows amount to, key by key. */
  private void merge(List<Row> rows, List<Row> deletes, List<Row> writes) {
    if (config.insertMode() == InsertMode.INSERT) {
      rows.forEach(row -> (row.delete() ? deletes : writes).add(row));
      deletes.removeIf(row -> tables.columns(row.table()).isEmpty());
      return;
    }
    Map<List<Object>, Row> deleteByKey = new LinkedHashMap<>();
    Map<List<Object>, Row> writeByKey = new LinkedHashMap<>();
    for (Row row : rows) {
      List<Object> id = List.of(row.table(), row.keys(), row.keyValues());
      if (row.delete()) {
        deleteByKey.put(id, row);
        writeByKey.remove(id);
      } else {
        writeByKey.merge(id, row, BatchWriter::over);
      }
    }
    deletes.addAll(deleteByKey.values());
    writes.addAll(writeByKey.values());
    deletes.removeIf(row -> tables.columns(row.table()).isEmpty());
  }

  private static Row over(Row earlier, Row later) {
    LinkedHashMap<String, Cell> cells = new LinkedHashMap<>(earlier.cells());
    cells.putAll(later.cells());
    return new Row(later.record(), later.table(), later.keys(), cells, false);
  }

  private void execute(Connection connection, Dialect dialect, Collection<Row> rows)
      throws SQLException, BadRecordException {
    Map<Shape, List<Row>> shapes = new LinkedHashMap<>();
    Row before = null;
    List<Row> alike = List.of();
    for (Row row : rows) {
      // Most rows have the shape of the one before, which is sooner seen than worked out.
      if (before == null || !isShapedLike(before, row)) {
        alike = shapes.computeIfAbsent(shape(row), s -> new ArrayList<>());
      }
      alike.add(row);
      before = row;
    }
    for (Map.Entry<Shape, List<Row>> entry : shapes.entrySet()) {
      execute(connection, dialect, entry.getKey(), entry.getValue());
    }
  }

  private static boolean isShapedLike(Row before, Row row) {
    if (before.delete() != row.delete()
        || before.cells().size() != row.cells().size()
        || !before.table().equals(row.table())
        || !before.keys().equals(row.keys())) {
      return false;
    }
    Iterator<String> names = before.cells().keySet().iterator();
    for (String name : row.cells().keySet()) {
      if (!name.equals(names.next())) {
        return false;
      }
    }
    return true;
  }

  private Shape shape(Row row) {
    Map<String, ColumnType> columns = tables.columns(row.table());
    // A null whose column is not there has nothing to say.
    List<String> named =
        row.delete()
            ? row.keys()
            : row.cells().keySet().stream().filter(columns::containsKey).toList();
    return new Shape(row.delete(), row.table(), row.keys(), named);
  }

  private void execute(Connection connection, Dialect dialect, Shape shape, List<Row> rows)
      throws SQLException, BadRecordException {
    List<String> order = order(shape);
    if (config.insertMode() == InsertMode.UPDATE
        && !shape.delete()
        && order.size() == shape.keys().size()) {
      return;
    }
    try (PreparedStatement statement = connection.prepareStatement(sql(dialect, shape))) {
      int waiting = 0;
      for (Row row : rows) {
        bind(statement, dialect, row, order);
        statement.addBatch();
        if (++waiting == config.batchSize()) {
          statement.executeBatch();
          waiting = 0;
        }
      }
      if (waiting > 0) {
        statement.executeBatch();
      }
    }
  }

  private String sql(Dialect dialect, Shape shape) {
    if (shape.delete()) {
      return dialect.delete(shape.table(), shape.keys());
    }
    return switch (config.insertMode()) {
      case INSERT -> dialect.insert(shape.table(), shape.columns());
      case UPSERT -> dialect.upsert(shape.table(), shape.keys(), shape.columns());
      case UPDATE -> dialect.update(shape.table(), shape.keys(), shape.columns());
    };
  }

  /** The columns in the order of the statement's parameters. */
  private List<String> order(Shape shape) {
    if (shape.delete() || config.insertMode() != InsertMode.UPDATE) {
      return shape.columns();
    }
    List<String> order = new ArrayList<>(SqlText.without(shape.columns(), shape.keys()));
    order.addAll(shape.keys());
    return order;
  }

  private void bind(PreparedStatement statement, Dialect dialect, Row row, List<String> order)
      throws SQLException, BadRecordException {
    Map<String, ColumnType> columns = tables.columns(row.table());
    int index = 1;
    for (String name : order) {
      ColumnType column = columns.get(name);
      Cell cell = row.cells().get(name);
      if (column == null || !cell.fits(column)) {
        throw new BadRecordException(
            "The record "
                + row.where()
                + " has a "
                + cell.type()
                + " in the field "
                + name
                + ", which the column of "
                + row.table()
                + " ("
                + column
                + ") cannot hold.");
      }
      if (cell.value() == null) {
        statement.setNull(index, column == ColumnType.OTHER ? Types.NULL : column.jdbcType());
      } else {
        dialect.bind(statement, index, column, cell.in(column));
      }
      index++;
    }
  }

  /** Finds out which of the rows are bad, in a transaction all the same. */
  private Result oneByOne(
      Connection connection,
      Dialect dialect,
      List<Row> rows,
      Transaction transaction,
      BadRecords bad)
      throws SQLException {
    List<Row> deletes = new ArrayList<>();
    List<Row> writes = new ArrayList<>();
    merge(transaction.begin(connection, dialect, rows), deletes, writes);
    long deleted = 0;
    for (Row row : deletes) {
      deleted += tryOne(connection, dialect, row, bad);
    }
    long written = 0;
    for (Row row : writes) {
      written += tryOne(connection, dialect, row, bad);
    }
    transaction.end(connection, dialect);
    connection.commit();
    return new Result(written, deleted);
  }

  private int tryOne(Connection connection, Dialect dialect, Row row, BadRecords bad)
      throws SQLException {
    Savepoint before = connection.setSavepoint();
    try {
      execute(connection, dialect, List.of(row));
      connection.releaseSavepoint(before);
      return 1;
    } catch (BadRecordException e) {
      connection.rollback(before);
      bad.report(row, e);
    } catch (SQLException e) {
      if (SqlErrors.mayPass(e)) {
        throw e;
      }
      connection.rollback(before);
      bad.report(
          row,
          new BadRecordException(
              "The database refuses the record "
                  + row.where()
                  + " for "
                  + row.table()
                  + ": "
                  + SqlErrors.message(e),
              e));
    }
    return 0;
  }
}

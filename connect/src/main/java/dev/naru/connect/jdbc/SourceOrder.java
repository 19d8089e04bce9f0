package dev.naru.connect.jdbc;

import dev.naru.connect.jdbc.SourceColumn.Kind;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.kafka.connect.errors.ConnectException;

/**
 * The order in which a table is read.
 *
 * @param columns the columns of the order; none for a table that is read as a whole
 * @param primaryKey the names of the primary key's columns, in its order
 * @param hasTies whether several rows may have the same place in the order
 */
record SourceOrder(List<OrderColumn> columns, List<String> primaryKey, boolean hasTies) {
  private static final int NAMED_MAX = 30;

  /**
   * Asks the database what the table has.
   *
   * @throws ConnectException when it lacks what the options need, with a sentence that says what
   */
  static SourceOrder of(
      Connection connection, Dialect dialect, SourceTable table, JdbcSourceConfig config)
      throws SQLException {
    List<SourceColumn> all = columns(connection, dialect, table);
    List<String> key = primaryKey(connection, dialect, table);
    List<OrderColumn> order = new ArrayList<>();
    if (config.mode().hasTimestamp()) {
      order.add(timestamp(table, all, config.timestampColumn()));
    }
    if (config.mode().hasIncrementing()) {
      order.add(incrementing(table, all, key, config.incrementingColumn()));
    } else if (config.mode().hasTimestamp()) {
      for (String name : key) {
        if (!name.equals(order.get(0).name())) {
          order.add(new OrderColumn(name, find(table, all, name).kind()));
        }
      }
    }
    boolean ties = config.mode() == JdbcSourceConfig.Mode.TIMESTAMP && key.isEmpty();
    if (ties && config.isExactlyOnceRequired()) {
      throw new ConnectException(
          "exactly.once.support=required cannot be kept for "
              + table
              + ": it has no primary key to tell rows of one timestamp apart; use mode=timestamp+incrementing.");
    }
    return new SourceOrder(order, key, ties);
  }

  private static List<SourceColumn> columns(
      Connection connection, Dialect dialect, SourceTable table) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet nothing = statement.executeQuery(SourceSql.probe(table.from(dialect)))) {
      ResultSetMetaData meta = nothing.getMetaData();
      List<SourceColumn> columns = new ArrayList<>();
      for (int i = 1; i <= meta.getColumnCount(); i++) {
        columns.add(SourceColumn.of(meta, i, dialect));
      }
      return columns;
    }
  }

  private static List<String> primaryKey(Connection connection, Dialect dialect, SourceTable table)
      throws SQLException {
    if (table.query() != null) {
      return List.of();
    }
    String schema = table.schema().isEmpty() ? null : table.schema();
    boolean catalogs = dialect.hasCatalogsForSchemas();
    TreeMap<Integer, String> parts = new TreeMap<>();
    try (ResultSet keys =
        connection
            .getMetaData()
            .getPrimaryKeys(
                catalogs ? schema : connection.getCatalog(),
                catalogs ? null : schema,
                table.table())) {
      while (keys.next()) {
        parts.put(keys.getInt("KEY_SEQ"), keys.getString("COLUMN_NAME"));
      }
    }
    return List.copyOf(parts.values());
  }

  private static OrderColumn timestamp(SourceTable table, List<SourceColumn> all, String name) {
    SourceColumn column = find(table, all, name);
    if (!column.kind().isTimestamp()) {
      throw new ConnectException(
          "timestamp.column="
              + name
              + " of "
              + table
              + " is not a column of dates with times but of kind "
              + column.kind()
              + ".");
    }
    return neverNull(table, column, "timestamp.column");
  }

  private static OrderColumn incrementing(
      SourceTable table, List<SourceColumn> all, List<String> key, String name) {
    if (name.isEmpty() && key.size() != 1) {
      throw new ConnectException(
          "Set incrementing.column: the primary key of "
              + table
              + (key.isEmpty() ? " does not exist." : " has several columns, " + key + "."));
    }
    SourceColumn column = find(table, all, name.isEmpty() ? key.get(0) : name);
    boolean number =
        column.kind().isWhole()
            || column.kind() == Kind.NUMBER
            || (column.kind() == Kind.DECIMAL && column.scale() == 0);
    if (!number) {
      throw new ConnectException(
          "The column "
              + column.name()
              + " of "
              + table
              + " is not one of whole numbers but of kind "
              + column.kind()
              + ", so it cannot be incrementing.column.");
    }
    return neverNull(table, column, "incrementing.column");
  }

  /** A query does not say which of its columns may be null; its rows tell. */
  private static OrderColumn neverNull(SourceTable table, SourceColumn column, String option) {
    if (column.optional() && table.query() == null) {
      throw new ConnectException(
          "The column "
              + column.name()
              + " of "
              + table
              + ", which "
              + option
              + " names, may be NULL, and such rows would never be found; make it NOT NULL, or read a query that leaves them out.");
    }
    return new OrderColumn(column.name(), column.kind());
  }

  private static SourceColumn find(SourceTable table, List<SourceColumn> all, String name) {
    List<SourceColumn> exact = all.stream().filter(c -> c.name().equals(name)).toList();
    List<SourceColumn> found =
        exact.isEmpty()
            ? all.stream().filter(c -> c.name().equalsIgnoreCase(name)).toList()
            : exact;
    if (found.size() != 1) {
      String names =
          all.stream().limit(NAMED_MAX).map(SourceColumn::name).collect(Collectors.joining(", "));
      throw new ConnectException(
          "There is no column " + name + " in " + table + "; it has " + names + ".");
    }
    return found.get(0);
  }

  List<String> names() {
    return columns.stream().map(OrderColumn::name).toList();
  }
}

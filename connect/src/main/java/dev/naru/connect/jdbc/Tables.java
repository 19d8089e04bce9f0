package dev.naru.connect.jdbc;

import dev.naru.connect.jdbc.Dialect.Column;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.errors.ConnectException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Knows the tables' columns, and creates, extends and widens them as records need it and the
 * options allow it.
 */
final class Tables {
  private static final Logger LOG = LoggerFactory.getLogger(Tables.class);

  private final JdbcSinkConfig config;
  private final Map<TableName, Map<String, ColumnType>> known = new HashMap<>();

  Tables(JdbcSinkConfig config) {
    this.config = config;
  }

  /**
   * The columns of a table that was made ready; empty when there is no table and nothing needs one.
   */
  Map<String, ColumnType> columns(TableName table) {
    return known.getOrDefault(table, Map.of());
  }

  /** Somebody else may have changed the tables: looks again when they are needed next. */
  void forget() {
    known.clear();
  }

  /**
   * Makes a table ready for these rows. Commits: data definition does so by itself in some
   * databases.
   *
   * @throws ConnectException when the table lacks something that the options do not allow to add
   */
  void prepare(Connection connection, Dialect dialect, TableName table, Collection<Row> rows)
      throws SQLException {
    Map<String, ColumnType> columns = known.get(table);
    if (columns == null) {
      columns = probe(connection, dialect, table);
      if (columns != null) {
        known.put(table, columns);
      }
    }
    if (columns != null && hold(columns, rows)) {
      return;
    }
    Map<String, Column> wanted = wanted(rows);
    if (wanted.isEmpty()) {
      return;
    }
    List<String> statements =
        columns == null
            ? create(dialect, table, wanted)
            : changes(dialect, table, columns, wanted, rows);
    for (String statement : statements) {
      change(connection, dialect, table, statement);
    }
    if (!statements.isEmpty()) {
      known.put(table, probe(connection, dialect, table));
    }
  }

  /** Whether these columns take all that the rows have, which is so nearly always. */
  private static boolean hold(Map<String, ColumnType> columns, Collection<Row> rows) {
    for (Row row : rows) {
      if (row.delete()) {
        continue;
      }
      for (Map.Entry<String, Cell> entry : row.cells().entrySet()) {
        Cell cell = entry.getValue();
        if (cell.type() == null) {
          continue;
        }
        ColumnType column = columns.get(entry.getKey());
        if (column == null || !cell.fits(column)) {
          return false;
        }
      }
    }
    return true;
  }

  /**
   * The columns that these rows need, with types wide enough for all of them. Rows to delete need
   * none.
   */
  private static Map<String, Column> wanted(Collection<Row> rows) {
    Map<String, Column> wanted = new LinkedHashMap<>();
    for (Row row : rows) {
      if (row.delete()) {
        continue;
      }
      row.typedCells()
          .forEach(
              (name, cell) -> {
                Column before = wanted.get(name);
                ColumnType type =
                    before == null ? cell.type() : before.type().widenedBy(cell.type());
                wanted.put(name, new Column(name, type, row.keys().contains(name)));
              });
    }
    return wanted;
  }

  private List<String> create(Dialect dialect, TableName table, Map<String, Column> wanted) {
    if (!config.autoCreate()) {
      throw new ConnectException(
          "The table " + table + " is not there; create it, or set auto.create=true.");
    }
    return List.of(dialect.create(table, List.copyOf(wanted.values())));
  }

  private List<String> changes(
      Dialect dialect,
      TableName table,
      Map<String, ColumnType> columns,
      Map<String, Column> wanted,
      Collection<Row> rows) {
    List<String> statements = new ArrayList<>();
    for (Column column : wanted.values()) {
      ColumnType existing = columns.get(column.name());
      if (existing == null) {
        if (!config.autoEvolve()) {
          throw new ConnectException(
              "The table "
                  + table
                  + " has no column "
                  + column.name()
                  + "; add it, or set auto.evolve=true.");
        }
        statements.add(dialect.addColumn(table, new Column(column.name(), column.type(), false)));
      } else if (config.autoEvolve()
          && !column.key()
          && isTooNarrow(column.name(), existing, rows)) {
        ColumnType wider = existing.widenedBy(column.type());
        LOG.warn(
            "The column {} of {} becomes {}: {} does not hold all of its values.",
            column.name(),
            table,
            wider,
            existing);
        statements.add(dialect.alterType(table, column.name(), wider));
      }
    }
    return statements;
  }

  private static boolean isTooNarrow(String column, ColumnType existing, Collection<Row> rows) {
    for (Row row : rows) {
      Cell cell = row.cells().get(column);
      if (cell != null && !cell.fits(existing)) {
        return true;
      }
    }
    return false;
  }

  /** Another task may make the same change at the same moment; what counts is that it was made. */
  private void change(Connection connection, Dialect dialect, TableName table, String sql)
      throws SQLException {
    Map<String, ColumnType> before = probe(connection, dialect, table);
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
      connection.commit();
      LOG.info("{}", sql);
    } catch (SQLException e) {
      connection.rollback();
      Map<String, ColumnType> after =
          SqlErrors.mayPass(e) ? before : probe(connection, dialect, table);
      if (after == null || after.equals(before)) {
        throw e;
      }
      LOG.info(
          "{} was changed by somebody else in the meantime ({}).", table, SqlErrors.message(e));
    }
  }

  /** The table's columns, or null when there is no such table. */
  private static Map<String, ColumnType> probe(
      Connection connection, Dialect dialect, TableName table) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet nothing = statement.executeQuery(dialect.probe(table))) {
      ResultSetMetaData meta = nothing.getMetaData();
      Map<String, ColumnType> columns = new LinkedHashMap<>();
      for (int i = 1; i <= meta.getColumnCount(); i++) {
        columns.put(meta.getColumnName(i), dialect.columnType(meta.getColumnType(i)));
      }
      return columns;
    } catch (SQLException e) {
      if (dialect.isNoSuchTable(e)) {
        return null;
      }
      throw e;
    } finally {
      connection.rollback();
    }
  }
}

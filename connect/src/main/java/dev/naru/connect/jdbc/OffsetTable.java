package dev.naru.connect.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;

/**
 * A table of the database that says which offset each partition's next record has. Changed in the
 * same transaction as the rows, it cannot differ from them. Used by one thread.
 */
final class OffsetTable {
  private static final String ID = "id";
  private static final String NEXT = "next_offset";

  private final TableName table;
  private final String connector;
  private final Set<TopicPartition> present = new HashSet<>();
  private boolean tablePresent;

  OffsetTable(TableName table, String connector) {
    this.table = table;
    this.connector = connector;
  }

  /** Somebody else may have changed the table: looks again. */
  void forget() {
    tablePresent = false;
    present.clear();
  }

  /** Makes the table, and a row for each partition, where they are not there; commits. */
  void prepare(Connection connection, Dialect dialect, Set<TopicPartition> partitions)
      throws SQLException {
    if (!tablePresent) {
      List<Dialect.Column> columns =
          List.of(
              new Dialect.Column(ID, ColumnType.TEXT, true),
              new Dialect.Column(NEXT, ColumnType.BIGINT, false));
      if (!answers(connection, dialect)) {
        execute(connection, dialect, dialect.create(table, columns));
      }
      tablePresent = true;
    }
    for (TopicPartition partition : partitions) {
      if (!present.contains(partition) && next(connection, dialect, partition, "") == null) {
        add(connection, dialect, partition);
      }
      present.add(partition);
    }
    connection.rollback();
  }

  private boolean answers(Connection connection, Dialect dialect) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet nothing = statement.executeQuery(dialect.probe(table))) {
      return nothing != null;
    } catch (SQLException e) {
      if (dialect.isNoSuchTable(e)) {
        return false;
      }
      throw e;
    } finally {
      connection.rollback();
    }
  }

  /** Another task may do the same at the same moment; what counts is that it is there. */
  private void execute(Connection connection, Dialect dialect, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
      connection.commit();
    } catch (SQLException e) {
      connection.rollback();
      if (SqlErrors.mayPass(e) || !answers(connection, dialect)) {
        throw e;
      }
    }
  }

  private void add(Connection connection, Dialect dialect, TopicPartition partition)
      throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(dialect.insert(table, List.of(ID, NEXT)))) {
      insert.setString(1, id(partition));
      insert.setLong(2, 0);
      insert.executeUpdate();
      connection.commit();
    } catch (SQLException e) {
      connection.rollback();
      if (SqlErrors.mayPass(e) || next(connection, dialect, partition, "") == null) {
        throw e;
      }
    }
  }

  /**
   * The next offset of a partition, which nobody else changes until this transaction ends.
   *
   * @throws SQLException when it cannot be read, or when the row is gone
   */
  long lock(Connection connection, Dialect dialect, TopicPartition partition) throws SQLException {
    Long next = next(connection, dialect, partition, dialect.forUpdate());
    if (next == null) {
      throw new SQLException("the offset of " + partition + " was deleted from " + table);
    }
    return next;
  }

  private Long next(Connection connection, Dialect dialect, TopicPartition partition, String suffix)
      throws SQLException {
    String sql =
        "SELECT "
            + dialect.quote(NEXT)
            + " FROM "
            + table.quoted(dialect)
            + " WHERE "
            + dialect.quote(ID)
            + " = ?"
            + suffix;
    try (PreparedStatement select = connection.prepareStatement(sql)) {
      select.setString(1, id(partition));
      try (ResultSet found = select.executeQuery()) {
        return found.next() ? Long.valueOf(found.getLong(1)) : null;
      }
    }
  }

  /** Writes next offsets in the transaction that is under way. */
  void store(Connection connection, Dialect dialect, Map<TopicPartition, Long> next)
      throws SQLException {
    String sql = dialect.update(table, List.of(ID), List.of(ID, NEXT));
    try (PreparedStatement update = connection.prepareStatement(sql)) {
      for (Map.Entry<TopicPartition, Long> entry : next.entrySet()) {
        update.setLong(1, entry.getValue());
        update.setString(2, id(entry.getKey()));
        update.addBatch();
      }
      update.executeBatch();
    }
  }

  private String id(TopicPartition partition) {
    return connector + "/" + partition.topic() + "/" + partition.partition();
  }

  @Override
  public String toString() {
    return table.toString();
  }
}

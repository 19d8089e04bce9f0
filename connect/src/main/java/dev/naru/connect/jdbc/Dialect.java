package dev.naru.connect.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Properties;

/** What one database says differently from another. Stateless. */
interface Dialect {
  /** An identifier as this database quotes it; whatever it contains, it stays one identifier. */
  String quote(String identifier);

  /** The name of a column type in DDL. */
  String typeName(ColumnType type, boolean key);

  /** A statement that inserts a row, or gives the row with the same key these values. */
  String upsert(TableName table, List<String> keys, List<String> columns);

  /** A statement that gives an existing column another type. */
  String alterType(TableName table, String column, ColumnType type);

  /** Binds a value that is not null and that {@link Cell#fits} the column. */
  void bind(PreparedStatement statement, int index, ColumnType column, Object value)
      throws SQLException;

  /** What is set on connections unless the URL says otherwise: time-outs, mostly. */
  Properties connectionDefaults();

  /** The same for connections that a source reads by. */
  default Properties readingDefaults() {
    return connectionDefaults();
  }

  /** Statements that every connection begins with. */
  default List<String> sessionStart() {
    return List.of();
  }

  /** The database's clock, which may differ from ours. */
  default Instant now(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet now = statement.executeQuery("SELECT CURRENT_TIMESTAMP")) {
      now.next();
      return now.getObject(1, OffsetDateTime.class).toInstant();
    }
  }

  /** Whether what JDBC calls a catalogue is what a table's name has before its dot. */
  default boolean hasCatalogsForSchemas() {
    return false;
  }

  /** Whether a column of this type is read as a local time that means UTC. */
  default boolean isUtcTimestamp(String typeName) {
    return false;
  }

  /** What values a column of this JDBC type takes. */
  default ColumnType columnType(int jdbcType) {
    return ColumnType.ofJdbc(jdbcType);
  }

  /** Whether a failure says that there is no table of the name. */
  default boolean isNoSuchTable(SQLException e) {
    return SqlErrors.isNoSuchTable(e);
  }

  /** Whether a column's type is only what its values are likely to be. */
  default boolean hasLooseTypes() {
    return false;
  }

  /** Binds a text that becomes what the column next to it is. */
  default void bindLiteral(PreparedStatement statement, int index, String text)
      throws SQLException {
    statement.setString(index, text);
  }

  /** What makes a SELECT lock its rows until the transaction ends. */
  default String forUpdate() {
    return " FOR UPDATE";
  }

  default String insert(TableName table, List<String> columns) {
    return "INSERT INTO "
        + table.quoted(this)
        + " ("
        + SqlText.names(this, columns)
        + ") VALUES ("
        + SqlText.marks(columns.size())
        + ")";
  }

  default String update(TableName table, List<String> keys, List<String> columns) {
    List<String> others = SqlText.without(columns, keys);
    return "UPDATE "
        + table.quoted(this)
        + " SET "
        + SqlText.each(this, others, "%s = ?", ", ")
        + " WHERE "
        + SqlText.each(this, keys, "%s = ?", " AND ");
  }

  default String delete(TableName table, List<String> keys) {
    return "DELETE FROM "
        + table.quoted(this)
        + " WHERE "
        + SqlText.each(this, keys, "%s = ?", " AND ");
  }

  /** A statement that answers with the table's columns and no rows. */
  default String probe(TableName table) {
    return "SELECT * FROM " + table.quoted(this) + " WHERE 1 = 0";
  }

  default String create(TableName table, List<Column> columns) {
    StringBuilder sql = new StringBuilder("CREATE TABLE " + table.quoted(this) + " (");
    for (Column column : columns) {
      sql.append(quote(column.name())).append(' ').append(typeName(column.type(), column.key()));
      sql.append(column.key() ? " NOT NULL, " : ", ");
    }
    List<String> keys = columns.stream().filter(Column::key).map(Column::name).toList();
    if (keys.isEmpty()) {
      sql.setLength(sql.length() - 2);
    } else {
      sql.append("PRIMARY KEY (").append(SqlText.names(this, keys)).append(")");
    }
    return sql.append(')').toString();
  }

  default String addColumn(TableName table, Column column) {
    return "ALTER TABLE "
        + table.quoted(this)
        + " ADD COLUMN "
        + quote(column.name())
        + " "
        + typeName(column.type(), false);
  }

  /** A column as the sink would make it. */
  record Column(String name, ColumnType type, boolean key) {}
}

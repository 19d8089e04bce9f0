package dev.naru.connect.jdbc;

import java.sql.PreparedStatement;
import java.sql.SQLException;
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

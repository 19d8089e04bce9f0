package dev.naru.connect.jdbc;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Types;
import java.util.List;
import java.util.Properties;

/** PostgreSQL. */
final class PostgresDialect extends StandardDialect {
  @Override
  public String upsert(TableName table, List<String> keys, List<String> columns) {
    return insert(table, columns) + onConflict(this, keys, columns);
  }

  @Override
  public String alterType(TableName table, String column, ColumnType type) {
    String name = quote(column);
    String typeName = typeName(type, false);
    return "ALTER TABLE "
        + table.quoted(this)
        + " ALTER COLUMN "
        + name
        + " TYPE "
        + typeName
        + " USING "
        + name
        + "::"
        + typeName;
  }

  /** PostgreSQL's text cannot hold NUL. */
  @Override
  String text(Object value) {
    return SqlText.storable(super.text(value), true);
  }

  @Override
  public Properties connectionDefaults() {
    Properties defaults = new Properties();
    defaults.setProperty("connectTimeout", "10");
    defaults.setProperty("socketTimeout", "120");
    defaults.setProperty("tcpKeepAlive", "true");
    defaults.setProperty("reWriteBatchedInserts", "true");
    defaults.setProperty("ApplicationName", "naru-jdbc-sink");
    return defaults;
  }

  /**
   * A prepared statement that the server keeps fails once somebody has added a column to the table.
   */
  @Override
  public Properties readingDefaults() {
    Properties defaults = connectionDefaults();
    defaults.setProperty("prepareThreshold", "0");
    defaults.setProperty("ApplicationName", "naru-jdbc-source");
    return defaults;
  }

  /** As VARCHAR it would neither equal a padded CHAR nor be comparable to a UUID. */
  @Override
  public void bindLiteral(PreparedStatement statement, int index, String text) throws SQLException {
    statement.setObject(index, text, Types.OTHER);
  }
}

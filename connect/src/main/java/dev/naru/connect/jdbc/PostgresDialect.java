package dev.naru.connect.jdbc;

import java.util.List;
import java.util.Properties;

/** PostgreSQL. */
final class PostgresDialect extends StandardDialect {
  @Override
  public String upsert(TableName table, List<String> keys, List<String> columns) {
    List<String> others = SqlText.without(columns, keys);
    String action =
        others.isEmpty()
            ? "NOTHING"
            : "UPDATE SET " + SqlText.each(this, others, "%s = EXCLUDED.%s", ", ");
    return insert(table, columns) + " ON CONFLICT (" + SqlText.names(this, keys) + ") DO " + action;
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
}

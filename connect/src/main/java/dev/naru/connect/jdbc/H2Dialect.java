package dev.naru.connect.jdbc;

import java.util.List;
import java.util.Properties;

/** H2, 2.x. */
final class H2Dialect extends StandardDialect {
  private static final int DECIMAL_DIGITS = 65;
  private static final int DECIMAL_SCALE = 20;

  @Override
  public String typeName(ColumnType type, boolean key) {
    return switch (type) {
      case TEXT, OTHER -> key ? "CHARACTER VARYING" : "CHARACTER LARGE OBJECT";
      case BYTES -> key ? "BINARY VARYING" : "BINARY LARGE OBJECT";
      case DECIMAL -> "NUMERIC(" + DECIMAL_DIGITS + ", " + DECIMAL_SCALE + ")";
      default -> super.typeName(type, key);
    };
  }

  @Override
  public String upsert(TableName table, List<String> keys, List<String> columns) {
    return "MERGE INTO "
        + table.quoted(this)
        + " ("
        + SqlText.names(this, columns)
        + ") KEY ("
        + SqlText.names(this, keys)
        + ") VALUES ("
        + SqlText.marks(columns.size())
        + ")";
  }

  @Override
  public String alterType(TableName table, String column, ColumnType type) {
    return "ALTER TABLE "
        + table.quoted(this)
        + " ALTER COLUMN "
        + quote(column)
        + " SET DATA TYPE "
        + typeName(type, false);
  }

  @Override
  public Properties connectionDefaults() {
    return new Properties();
  }
}

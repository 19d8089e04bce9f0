package dev.naru.connect.jdbc;

import dev.naru.connect.common.JsonText;
import java.math.BigDecimal;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.List;

/** What databases that keep to the standard have in common. */
abstract class StandardDialect implements Dialect {
  @Override
  public String quote(String identifier) {
    return SqlText.quoted(identifier, '"');
  }

  @Override
  public String typeName(ColumnType type, boolean key) {
    return switch (type) {
      case BOOLEAN -> "BOOLEAN";
      case INTEGER -> "INTEGER";
      case BIGINT -> "BIGINT";
      case DOUBLE -> "DOUBLE PRECISION";
      case DECIMAL -> "NUMERIC";
      case TEXT, OTHER -> "TEXT";
      case BYTES -> "BYTEA";
      case DATE -> "DATE";
      case TIME -> "TIME(3)";
      case TIMESTAMP -> "TIMESTAMP(3) WITH TIME ZONE";
    };
  }

  /** What PostgreSQL came up with and SQLite took over. */
  static String onConflict(Dialect dialect, List<String> keys, List<String> columns) {
    List<String> others = SqlText.without(columns, keys);
    String action =
        others.isEmpty()
            ? "NOTHING"
            : "UPDATE SET " + SqlText.each(dialect, others, "%s = EXCLUDED.%s", ", ");
    return " ON CONFLICT (" + SqlText.names(dialect, keys) + ") DO " + action;
  }

  @Override
  public void bind(PreparedStatement statement, int index, ColumnType column, Object value)
      throws SQLException {
    switch (column) {
      case TEXT -> statement.setString(index, text(value));
      case INTEGER -> statement.setInt(index, ((Number) value).intValue());
      case BIGINT -> statement.setLong(index, ((Number) value).longValue());
      case DOUBLE -> statement.setDouble(index, ((Number) value).doubleValue());
      case DECIMAL -> statement.setBigDecimal(index, new BigDecimal(value.toString()));
      case BOOLEAN -> statement.setBoolean(index, (Boolean) value);
      case BYTES -> statement.setBytes(index, (byte[]) value);
      case DATE -> statement.setObject(index, (LocalDate) value);
      case TIME -> statement.setObject(index, (LocalTime) value);
      case TIMESTAMP -> statement.setObject(index, timestamp((Instant) value));
      case OTHER -> bindOther(statement, index, value);
    }
  }

  /**
   * The database decides what a value becomes in a column of a type that the sink does not know,
   * such as JSON or UUID.
   */
  private void bindOther(PreparedStatement statement, int index, Object value) throws SQLException {
    if (value instanceof byte[] bytes) {
      statement.setBytes(index, bytes);
    } else {
      statement.setObject(index, text(value), Types.OTHER);
    }
  }

  Object timestamp(Instant instant) {
    return instant.atOffset(ZoneOffset.UTC);
  }

  String text(Object value) {
    return SqlText.storable(value instanceof byte[] ? JsonText.of(value) : value.toString(), false);
  }
}

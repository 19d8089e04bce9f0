package dev.naru.connect.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Properties;

/** SQLite, 3.24 or newer. Its columns take values of every type; dates and times are ISO texts. */
final class SqliteDialect extends StandardDialect {
  /** As SQLite's own functions write it. */
  private static final DateTimeFormatter TIMESTAMP =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss.SSS", Locale.ROOT).withZone(ZoneOffset.UTC);

  @Override
  public String typeName(ColumnType type, boolean key) {
    return switch (type) {
      case BOOLEAN -> "BOOLEAN";
      case INTEGER -> "INTEGER";
      case BIGINT -> "BIGINT";
      case DOUBLE -> "DOUBLE";
      case DECIMAL -> "NUMERIC";
      case BYTES -> "BLOB";
      case TEXT, OTHER -> "TEXT";
      case DATE -> "DATE";
      case TIME -> "TIME";
      case TIMESTAMP -> "TIMESTAMP";
    };
  }

  @Override
  public String upsert(TableName table, List<String> keys, List<String> columns) {
    return insert(table, columns) + onConflict(this, keys, columns);
  }

  /** No column is too narrow for anything. */
  @Override
  public ColumnType columnType(int jdbcType) {
    return ColumnType.OTHER;
  }

  @Override
  public String alterType(TableName table, String column, ColumnType type) {
    throw new IllegalStateException("SQLite's columns hold everything");
  }

  @Override
  public void bind(PreparedStatement statement, int index, ColumnType column, Object value)
      throws SQLException {
    if (value instanceof byte[] bytes) {
      statement.setBytes(index, bytes);
    } else if (value instanceof Integer || value instanceof Long) {
      statement.setLong(index, ((Number) value).longValue());
    } else if (value instanceof Double number) {
      statement.setDouble(index, number);
    } else if (value instanceof Boolean truth) {
      statement.setBoolean(index, truth);
    } else if (value instanceof Instant instant) {
      statement.setString(index, TIMESTAMP.format(instant));
    } else {
      statement.setString(index, text(value));
    }
  }

  @Override
  public Instant now(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet now = statement.executeQuery("SELECT strftime('%Y-%m-%dT%H:%M:%f', 'now')")) {
      now.next();
      return LocalDateTime.parse(now.getString(1)).toInstant(ZoneOffset.UTC);
    }
  }

  /** SQLite has one code for everything that is wrong with a statement. */
  @Override
  public boolean isNoSuchTable(SQLException e) {
    return String.valueOf(e.getMessage()).contains("no such table");
  }

  @Override
  public boolean hasLooseTypes() {
    return true;
  }

  /** A transaction that wrote after another one did since it read is refused, and tried again. */
  @Override
  public String forUpdate() {
    return "";
  }

  @Override
  public Properties connectionDefaults() {
    Properties defaults = new Properties();
    defaults.setProperty("busy_timeout", "10000");
    return defaults;
  }
}

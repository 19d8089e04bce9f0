package dev.naru.connect.jdbc;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Properties;

/** MariaDB and MySQL. */
final class MySqlDialect extends StandardDialect {
  /** What an index of four-byte characters can hold. */
  private static final int KEY_CHARS_MAX = 768;

  private static final int KEY_BYTES_MAX = 3_072;
  private final String exactCollation;

  /**
   * The collation must tell all texts apart, trailing spaces included, and the two name it
   * differently.
   */
  MySqlDialect(boolean mariaDb) {
    this.exactCollation = mariaDb ? "utf8mb4_nopad_bin" : "utf8mb4_0900_bin";
  }

  @Override
  public String quote(String identifier) {
    return SqlText.quoted(identifier, '`');
  }

  @Override
  public String typeName(ColumnType type, boolean key) {
    return switch (type) {
      case TEXT, OTHER ->
          key
              ? "VARCHAR(" + KEY_CHARS_MAX + ") CHARACTER SET utf8mb4 COLLATE " + exactCollation
              : "LONGTEXT CHARACTER SET utf8mb4";
      case BYTES -> key ? "VARBINARY(" + KEY_BYTES_MAX + ")" : "LONGBLOB";
      case DECIMAL -> "DECIMAL(65, 20)";
      case DOUBLE -> "DOUBLE";
      case TIMESTAMP -> "DATETIME(3)";
      default -> super.typeName(type, key);
    };
  }

  @Override
  public String upsert(TableName table, List<String> keys, List<String> columns) {
    List<String> others = SqlText.without(columns, keys);
    List<String> set = others.isEmpty() ? keys : others;
    return insert(table, columns)
        + " ON DUPLICATE KEY UPDATE "
        + SqlText.each(this, set, "%s = VALUES(%s)", ", ");
  }

  @Override
  public String alterType(TableName table, String column, ColumnType type) {
    return "ALTER TABLE "
        + table.quoted(this)
        + " MODIFY COLUMN "
        + quote(column)
        + " "
        + typeName(type, false);
  }

  /**
   * TIMESTAMP columns are converted from and to the session's zone, which is ours to choose. A
   * reader that Connect holds up for minutes must not be cut off.
   */
  @Override
  public List<String> sessionStart() {
    return List.of("SET time_zone = '+00:00'", "SET net_write_timeout = 600");
  }

  @Override
  public Instant now(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet now = statement.executeQuery("SELECT UTC_TIMESTAMP(6)")) {
      now.next();
      return now.getObject(1, LocalDateTime.class).toInstant(ZoneOffset.UTC);
    }
  }

  @Override
  public boolean hasCatalogsForSchemas() {
    return true;
  }

  @Override
  public boolean isUtcTimestamp(String typeName) {
    return typeName.equalsIgnoreCase("TIMESTAMP");
  }

  /** DATETIME knows no zones; the sink writes UTC. */
  @Override
  Object timestamp(Instant instant) {
    return LocalDateTime.ofInstant(instant, ZoneOffset.UTC);
  }

  @Override
  public Properties connectionDefaults() {
    Properties defaults = new Properties();
    defaults.setProperty("connectTimeout", "10000");
    defaults.setProperty("socketTimeout", "120000");
    defaults.setProperty("tcpKeepAlive", "true");
    return defaults;
  }
}

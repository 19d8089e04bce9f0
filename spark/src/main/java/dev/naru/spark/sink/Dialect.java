package dev.naru.spark.sink;

import dev.naru.spark.job.JobException;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.DecimalType;

/** What the databases say differently. Stateless. */
enum Dialect {
  POSTGRESQL(
      '"',
      "TEXT",
      "TEXT",
      "DOUBLE PRECISION",
      "BYTEA",
      "TIMESTAMP(6) WITH TIME ZONE",
      "TIMESTAMP(6)") {
    @Override
    String upsert(String table, List<String> keys, List<String> columns) {
      List<String> others = columns.stream().filter(column -> !keys.contains(column)).toList();
      String action =
          others.isEmpty() ? "NOTHING" : "UPDATE SET " + each(others, "%s = EXCLUDED.%s");
      return insert(table, columns) + " ON CONFLICT (" + each(keys, "%s") + ") DO " + action;
    }

    @Override
    Map<String, String> connectionDefaults() {
      return Map.of(
          "ApplicationName", "naru-spark",
          "reWriteBatchedInserts", "true",
          // The database decides what a text becomes in a column that is JSON or UUID.
          "stringtype", "unspecified",
          "options", "-c TimeZone=UTC",
          "connectTimeout", "10",
          "socketTimeout", "300",
          "tcpKeepAlive", "true");
    }
  },

  /** MariaDB and MySQL. */
  MYSQL('`', "LONGTEXT", "VARCHAR(255)", "DOUBLE", "LONGBLOB", "DATETIME(6)", "DATETIME(6)") {
    @Override
    String upsert(String table, List<String> keys, List<String> columns) {
      List<String> others = columns.stream().filter(column -> !keys.contains(column)).toList();
      return insert(table, columns)
          + " ON DUPLICATE KEY UPDATE "
          + each(others.isEmpty() ? keys : others, "%s = VALUES(%s)");
    }

    @Override
    Map<String, String> connectionDefaults() {
      return Map.of("connectTimeout", "10000", "socketTimeout", "300000", "tcpKeepAlive", "true");
    }

    /** DATETIME knows no zone; ours is UTC. */
    @Override
    Object instant(Instant instant) {
      return LocalDateTime.ofInstant(instant, ZoneOffset.UTC);
    }
  },

  H2(
      '"',
      "VARCHAR",
      "VARCHAR",
      "DOUBLE PRECISION",
      "VARBINARY",
      "TIMESTAMP(6) WITH TIME ZONE",
      "TIMESTAMP(6)") {
    @Override
    String upsert(String table, List<String> keys, List<String> columns) {
      return "MERGE INTO "
          + table
          + " ("
          + each(columns, "%s")
          + ") KEY ("
          + each(keys, "%s")
          + ") VALUES ("
          + marks(columns)
          + ")";
    }

    @Override
    Map<String, String> connectionDefaults() {
      return Map.of();
    }
  };

  private final String quote;
  private final String text;
  private final String keyText;
  private final String doublePrecision;
  private final String bytes;
  private final String instant;
  private final String dateTime;

  Dialect(
      char quote,
      String text,
      String keyText,
      String doublePrecision,
      String bytes,
      String instant,
      String dateTime) {
    this.quote = String.valueOf(quote);
    this.text = text;
    this.keyText = keyText;
    this.doublePrecision = doublePrecision;
    this.bytes = bytes;
    this.instant = instant;
    this.dateTime = dateTime;
  }

  static Dialect of(String place, String url) {
    if (url.startsWith("jdbc:postgresql:")) {
      return POSTGRESQL;
    }
    if (url.startsWith("jdbc:mariadb:") || url.startsWith("jdbc:mysql:")) {
      return MYSQL;
    }
    if (url.startsWith("jdbc:h2:")) {
      return H2;
    }
    throw JobException.mistake(
        place
            + ".url wants PostgreSQL, MariaDB, MySQL or H2: jdbc:postgresql:, jdbc:mariadb:, jdbc:mysql: or jdbc:h2:");
  }

  /** An identifier; whatever it contains, it stays one. */
  String quoted(String identifier) {
    return quote + identifier.replace(quote, quote + quote) + quote;
  }

  /** A table's name, with its schema before a dot if it has one. */
  String table(String name) {
    int dot = name.indexOf('.');
    return dot < 0
        ? quoted(name)
        : quoted(name.substring(0, dot)) + "." + quoted(name.substring(dot + 1));
  }

  String insert(String table, List<String> columns) {
    return "INSERT INTO "
        + table
        + " ("
        + each(columns, "%s")
        + ") VALUES ("
        + marks(columns)
        + ")";
  }

  /** Inserts a row, or gives the row with these keys the new values. */
  abstract String upsert(String table, List<String> keys, List<String> columns);

  /** What is set on connections unless the URL says otherwise. */
  abstract Map<String, String> connectionDefaults();

  /** A column's type in DDL. */
  String typeName(String column, DataType type, boolean key) {
    if (type.equals(DataTypes.StringType)) {
      return key ? keyText : text;
    }
    if (type.equals(DataTypes.BooleanType)) {
      return "BOOLEAN";
    }
    if (type.equals(DataTypes.ByteType) || type.equals(DataTypes.ShortType)) {
      return "SMALLINT";
    }
    if (type.equals(DataTypes.IntegerType)) {
      return "INTEGER";
    }
    if (type.equals(DataTypes.LongType)) {
      return "BIGINT";
    }
    if (type.equals(DataTypes.FloatType) || type.equals(DataTypes.DoubleType)) {
      return doublePrecision;
    }
    if (type instanceof DecimalType decimal) {
      return "DECIMAL(" + decimal.precision() + ", " + decimal.scale() + ")";
    }
    if (type.equals(DataTypes.DateType)) {
      return "DATE";
    }
    if (type.equals(DataTypes.TimestampType)) {
      return instant;
    }
    if (type.equals(DataTypes.TimestampNTZType)) {
      return dateTime;
    }
    if (type.equals(DataTypes.BinaryType)) {
      return bytes;
    }
    throw JobException.mistake(
        "the column "
            + column
            + " is of type "
            + type.sql()
            + ", which a table cannot hold; cast it in SQL");
  }

  Object instant(Instant value) {
    return value.atOffset(ZoneOffset.UTC);
  }

  /** Gives a parameter a value as Spark's rows have it. */
  void bind(PreparedStatement statement, int index, Object value) throws SQLException {
    if (value instanceof Instant time) {
      statement.setObject(index, instant(time));
    } else if (value instanceof String string) {
      // PostgreSQL's texts cannot hold NUL.
      statement.setString(
          index, string.indexOf('\0') < 0 ? string : string.replace('\0', '\uFFFD'));
    } else if (value instanceof Byte number) {
      statement.setShort(index, number);
    } else {
      statement.setObject(index, value);
    }
  }

  /** A piece for each column, in which %s stands for its quoted name. */
  String each(List<String> columns, String piece) {
    return columns.stream()
        .map(column -> piece.replace("%s", quoted(column)))
        .collect(Collectors.joining(", "));
  }

  private static String marks(List<String> columns) {
    return String.join(", ", Collections.nCopies(columns.size(), "?"));
  }
}

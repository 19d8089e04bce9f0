package dev.naru.connect.jdbc;

import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Types;
import java.util.Locale;
import java.util.Set;

/**
 * A column that is read.
 *
 * @param name its name in the result
 * @param kind what its values are
 * @param scale digits after the point, for {@link Kind#DECIMAL}
 * @param optional whether the database does not promise that it is never null
 */
record SourceColumn(String name, Kind kind, int scale, boolean optional) {
  /** What values are, and so how they are read. */
  enum Kind {
    BOOLEAN,
    INT8,
    INT16,
    INT32,
    INT64,
    FLOAT32,
    FLOAT64,
    DECIMAL,
    /** A number of any scale. */
    NUMBER,
    TEXT,
    BYTES,
    DATE,
    TIME,
    /** A date and time of a zone that the column does not know. */
    LOCAL_TIMESTAMP,
    /** A point in time that the driver hands out as local time in UTC. */
    UTC_TIMESTAMP,
    /** A point in time. */
    INSTANT;

    boolean isWhole() {
      return this == INT8 || this == INT16 || this == INT32 || this == INT64;
    }

    boolean isTimestamp() {
      return this == LOCAL_TIMESTAMP || this == UTC_TIMESTAMP || this == INSTANT;
    }
  }

  /** Types that drivers report as something else, or as nothing in particular. */
  private static final Set<String> TEXTS =
      Set.of("uuid", "json", "jsonb", "xml", "money", "timetz", "bit varying", "varbit", "enum");

  static SourceColumn of(ResultSetMetaData meta, int index, Dialect dialect) throws SQLException {
    Kind kind = kind(meta, index, dialect);
    boolean optional = meta.isNullable(index) != ResultSetMetaData.columnNoNulls;
    return new SourceColumn(
        meta.getColumnLabel(index),
        kind,
        kind == Kind.DECIMAL ? meta.getScale(index) : 0,
        optional);
  }

  private static Kind kind(ResultSetMetaData meta, int index, Dialect dialect) throws SQLException {
    String typeName = String.valueOf(meta.getColumnTypeName(index)).toLowerCase(Locale.ROOT);
    if (TEXTS.contains(typeName)) {
      return Kind.TEXT;
    }
    if (typeName.equals("timestamptz")) {
      return Kind.INSTANT;
    }
    if (typeName.equals("year")) {
      return Kind.INT32;
    }
    if (dialect.hasLooseTypes()) {
      return loose(meta.getColumnType(index));
    }
    boolean unsigned = typeName.contains("unsigned") || !meta.isSigned(index);
    return switch (meta.getColumnType(index)) {
      case Types.BIT, Types.BOOLEAN -> bit(typeName, meta.getPrecision(index), dialect);
      case Types.TINYINT -> unsigned ? Kind.INT16 : Kind.INT8;
      case Types.SMALLINT -> unsigned ? Kind.INT32 : Kind.INT16;
      case Types.INTEGER -> unsigned ? Kind.INT64 : Kind.INT32;
      case Types.BIGINT -> unsigned ? Kind.DECIMAL : Kind.INT64;
      case Types.REAL -> Kind.FLOAT32;
      case Types.FLOAT, Types.DOUBLE -> Kind.FLOAT64;
      case Types.NUMERIC, Types.DECIMAL ->
          meta.getPrecision(index) <= 0 ? Kind.NUMBER : Kind.DECIMAL;
      case Types.BINARY, Types.VARBINARY, Types.LONGVARBINARY, Types.BLOB -> Kind.BYTES;
      default -> temporal(meta.getColumnType(index), typeName, dialect);
    };
  }

  /** What an SQLite column declares; its whole numbers have up to 64 bits. */
  private static Kind loose(int jdbcType) {
    return switch (jdbcType) {
      case Types.BOOLEAN -> Kind.BOOLEAN;
      case Types.TINYINT, Types.SMALLINT, Types.INTEGER, Types.BIGINT -> Kind.INT64;
      case Types.REAL, Types.FLOAT, Types.DOUBLE -> Kind.FLOAT64;
      case Types.NUMERIC, Types.DECIMAL -> Kind.NUMBER;
      case Types.BINARY, Types.VARBINARY, Types.LONGVARBINARY, Types.BLOB -> Kind.BYTES;
      default -> Kind.TEXT;
    };
  }

  /** Several bits are bytes in MariaDB, and zeros and ones in PostgreSQL. */
  private static Kind bit(String typeName, int precision, Dialect dialect) {
    if (precision <= 1 || !typeName.startsWith("bit")) {
      return Kind.BOOLEAN;
    }
    return dialect.hasCatalogsForSchemas() ? Kind.BYTES : Kind.TEXT;
  }

  private static Kind temporal(int jdbcType, String typeName, Dialect dialect) {
    return switch (jdbcType) {
      case Types.DATE -> Kind.DATE;
      case Types.TIME -> Kind.TIME;
      case Types.TIMESTAMP ->
          dialect.isUtcTimestamp(typeName) ? Kind.UTC_TIMESTAMP : Kind.LOCAL_TIMESTAMP;
      case Types.TIMESTAMP_WITH_TIMEZONE -> Kind.INSTANT;
      default -> Kind.TEXT;
    };
  }
}

package dev.naru.connect.jdbc;

import java.sql.Types;

/** The kinds of columns that the sink makes and fills. */
enum ColumnType {
  BOOLEAN(Types.BOOLEAN),
  INTEGER(Types.INTEGER),
  BIGINT(Types.BIGINT),
  DOUBLE(Types.DOUBLE),
  DECIMAL(Types.DECIMAL),
  TEXT(Types.VARCHAR),
  BYTES(Types.VARBINARY),
  DATE(Types.DATE),
  TIME(Types.TIME),
  TIMESTAMP(Types.TIMESTAMP),
  /** A column of somebody else's making, of a type that is left to the database. */
  OTHER(Types.OTHER);

  private final int jdbcType;

  ColumnType(int jdbcType) {
    this.jdbcType = jdbcType;
  }

  int jdbcType() {
    return jdbcType;
  }

  static ColumnType ofJdbc(int jdbcType) {
    return switch (jdbcType) {
      case Types.BIT, Types.BOOLEAN -> BOOLEAN;
      case Types.TINYINT, Types.SMALLINT, Types.INTEGER -> INTEGER;
      case Types.BIGINT -> BIGINT;
      case Types.REAL, Types.FLOAT, Types.DOUBLE -> DOUBLE;
      case Types.NUMERIC, Types.DECIMAL -> DECIMAL;
      case Types.CHAR, Types.VARCHAR, Types.LONGVARCHAR, Types.CLOB -> TEXT;
      case Types.NCHAR, Types.NVARCHAR, Types.LONGNVARCHAR, Types.NCLOB -> TEXT;
      case Types.BINARY, Types.VARBINARY, Types.LONGVARBINARY, Types.BLOB -> BYTES;
      case Types.DATE -> DATE;
      case Types.TIME, Types.TIME_WITH_TIMEZONE -> TIME;
      case Types.TIMESTAMP, Types.TIMESTAMP_WITH_TIMEZONE -> TIMESTAMP;
      default -> OTHER;
    };
  }

  /** The type that holds everything that this one and another hold. */
  ColumnType widenedBy(ColumnType other) {
    if (this == other) {
      return this;
    }
    boolean integers = isInteger() && other.isInteger();
    if (integers) {
      return BIGINT;
    }
    boolean numbers = isNumber() && other.isNumber();
    if (numbers) {
      return this == DECIMAL || other == DECIMAL ? DECIMAL : DOUBLE;
    }
    return TEXT;
  }

  private boolean isInteger() {
    return this == INTEGER || this == BIGINT;
  }

  private boolean isNumber() {
    return isInteger() || this == DOUBLE || this == DECIMAL;
  }
}

package dev.naru.connect.jdbc;

import dev.naru.connect.jdbc.SourceColumn.Kind;
import java.math.BigDecimal;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Base64;

/**
 * A column that rows are read in the order of. Its values are kept as Connect keeps offsets: whole
 * numbers as numbers, everything else as text without loss.
 *
 * @param name the column's name
 * @param kind what its values are
 */
record OrderColumn(String name, Kind kind) {

  /** The current row's value; null when it is null. */
  Object read(ResultSet row, int index) throws SQLException {
    Object value =
        switch (kind) {
          case INT8, INT16, INT32, INT64 -> row.getLong(index);
          case BOOLEAN -> row.getBoolean(index);
          case DECIMAL, NUMBER, FLOAT32, FLOAT64 -> text(row.getBigDecimal(index));
          case BYTES -> base64(row.getBytes(index));
          case LOCAL_TIMESTAMP, UTC_TIMESTAMP -> text(row.getObject(index, LocalDateTime.class));
          case INSTANT -> instant(row.getObject(index, OffsetDateTime.class));
          case TEXT, DATE, TIME -> row.getString(index);
        };
    return row.wasNull() ? null : value;
  }

  private static String text(Object value) {
    return value instanceof BigDecimal number
        ? number.toPlainString()
        : value == null ? null : value.toString();
  }

  private static String base64(byte[] bytes) {
    return bytes == null ? null : Base64.getEncoder().encodeToString(bytes);
  }

  private static String instant(OffsetDateTime at) {
    return at == null ? null : at.toInstant().toString();
  }

  /** The value of a timestamp column that means this point in time. */
  Object at(Instant instant, ZoneId zone) {
    return switch (kind) {
      case LOCAL_TIMESTAMP -> LocalDateTime.ofInstant(instant, zone).toString();
      case UTC_TIMESTAMP -> LocalDateTime.ofInstant(instant, ZoneOffset.UTC).toString();
      default -> instant.toString();
    };
  }

  /**
   * Binds a value that {@link #read} or an offset of Connect's gave.
   *
   * @throws RuntimeException when the offset holds something else
   */
  void bind(PreparedStatement statement, int index, Object value, Dialect dialect)
      throws SQLException {
    switch (kind) {
      case INT8, INT16, INT32, INT64 -> statement.setLong(index, ((Number) value).longValue());
      case BOOLEAN -> statement.setBoolean(index, (Boolean) value);
      case DECIMAL, NUMBER, FLOAT32, FLOAT64 ->
          statement.setBigDecimal(index, new BigDecimal(value.toString()));
      case BYTES -> statement.setBytes(index, Base64.getDecoder().decode(value.toString()));
      case LOCAL_TIMESTAMP, UTC_TIMESTAMP ->
          statement.setObject(index, LocalDateTime.parse(value.toString()));
      case INSTANT ->
          statement.setObject(index, Instant.parse(value.toString()).atOffset(ZoneOffset.UTC));
      case TEXT, DATE, TIME -> dialect.bindLiteral(statement, index, value.toString());
    }
  }

  /** Whether the first of two whole numbers of this column is larger. */
  static boolean isLarger(Object one, Object other) {
    return new BigDecimal(one.toString()).compareTo(new BigDecimal(other.toString())) > 0;
  }
}

package dev.naru.connect.jdbc;

import dev.naru.connect.common.JsonText;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.Map;
import org.apache.kafka.connect.data.Date;
import org.apache.kafka.connect.data.Decimal;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.data.Time;
import org.apache.kafka.connect.data.Timestamp;

/**
 * A value on its way into a column.
 *
 * @param type the column's type if it were made for this value; null when a null without a schema
 *     says nothing about it
 * @param value a Boolean, Integer, Long, Double, BigDecimal, String, byte[], LocalDate, LocalTime,
 *     Instant, or null
 */
record Cell(ColumnType type, Object value) {

  /** A field of a record with a schema. */
  static Cell of(Schema schema, Object value) {
    if (schema == null) {
      return of(value);
    }
    ColumnType type = type(schema);
    return value == null ? new Cell(type, null) : new Cell(type, plain(schema, type, value));
  }

  private static ColumnType type(Schema schema) {
    String logical = schema.name() == null ? "" : schema.name();
    return switch (logical) {
      case Decimal.LOGICAL_NAME -> ColumnType.DECIMAL;
      case Date.LOGICAL_NAME -> ColumnType.DATE;
      case Time.LOGICAL_NAME -> ColumnType.TIME;
      case Timestamp.LOGICAL_NAME -> ColumnType.TIMESTAMP;
      default -> DebeziumTime.isTime(logical) ? DebeziumTime.type(logical) : physicalType(schema);
    };
  }

  private static ColumnType physicalType(Schema schema) {
    return switch (schema.type()) {
      case BOOLEAN -> ColumnType.BOOLEAN;
      case INT8, INT16, INT32 -> ColumnType.INTEGER;
      case INT64 -> ColumnType.BIGINT;
      case FLOAT32, FLOAT64 -> ColumnType.DOUBLE;
      case BYTES -> ColumnType.BYTES;
      case STRING, ARRAY, MAP, STRUCT -> ColumnType.TEXT;
    };
  }

  private static Object plain(Schema schema, ColumnType type, Object value) {
    if (value instanceof java.util.Date date) {
      Instant instant = date.toInstant();
      return switch (type) {
        case DATE -> LocalDate.ofInstant(instant, ZoneOffset.UTC);
        case TIME -> LocalTime.ofInstant(instant, ZoneOffset.UTC);
        default -> instant;
      };
    }
    if (DebeziumTime.isTime(schema.name())) {
      return DebeziumTime.value(schema.name(), value);
    }
    return switch (schema.type()) {
      case ARRAY, MAP, STRUCT -> JsonText.of(value);
      default -> of(value).value();
    };
  }

  /** A value without a schema, as it comes from JSON. */
  static Cell of(Object value) {
    if (value == null) {
      return new Cell(null, null);
    }
    if (value instanceof Boolean) {
      return new Cell(ColumnType.BOOLEAN, value);
    }
    if (value instanceof Long) {
      return new Cell(ColumnType.BIGINT, value);
    }
    if (value instanceof Integer || value instanceof Short || value instanceof Byte) {
      return new Cell(ColumnType.INTEGER, ((Number) value).intValue());
    }
    if (value instanceof Double) {
      return new Cell(ColumnType.DOUBLE, value);
    }
    if (value instanceof Float) {
      // By way of its text, or 0.1 would become 0.10000000149011612.
      return new Cell(ColumnType.DOUBLE, Double.valueOf(value.toString()));
    }
    if (value instanceof BigDecimal) {
      return new Cell(ColumnType.DECIMAL, value);
    }
    return large(value);
  }

  private static Cell large(Object value) {
    if (value instanceof byte[]) {
      return new Cell(ColumnType.BYTES, value);
    }
    if (value instanceof ByteBuffer buffer) {
      byte[] bytes = new byte[buffer.remaining()];
      buffer.duplicate().get(bytes);
      return new Cell(ColumnType.BYTES, bytes);
    }
    if (value instanceof java.util.Date date) {
      return new Cell(ColumnType.TIMESTAMP, date.toInstant());
    }
    boolean nested = value instanceof Map || value instanceof Collection || value instanceof Struct;
    return new Cell(ColumnType.TEXT, nested ? JsonText.of(value) : value.toString());
  }

  /** Whether a column of this type takes the value without loss. */
  boolean fits(ColumnType column) {
    return value == null || in(column) != null;
  }

  /** The value as a column of this type takes it, or null when it does not. */
  Object in(ColumnType column) {
    if (column == type || column == ColumnType.TEXT || column == ColumnType.OTHER) {
      return value;
    }
    return switch (column) {
      case INTEGER -> isWhole() && doubleValue() == ((Number) value).intValue() ? value : null;
      case BIGINT -> isWhole() ? value : null;
      case DOUBLE, DECIMAL -> value instanceof Number ? value : null;
      case DATE, TIME, TIMESTAMP -> temporal(column);
      default -> null;
    };
  }

  private boolean isWhole() {
    if (value instanceof Double number) {
      return number == Math.rint(number) && Math.abs(number) < 1L << 53;
    }
    return value instanceof Integer || value instanceof Long;
  }

  private double doubleValue() {
    return ((Number) value).doubleValue();
  }

  /**
   * Dates and times lose their type on the way through JSON: they come as ISO 8601, or as Connect's
   * numbers.
   */
  private Object temporal(ColumnType column) {
    try {
      if (value instanceof String text) {
        return switch (column) {
          case DATE -> LocalDate.parse(text);
          case TIME -> LocalTime.parse(text);
          default -> OffsetDateTime.parse(text).toInstant();
        };
      }
      if (value instanceof Integer || value instanceof Long) {
        long number = ((Number) value).longValue();
        return switch (column) {
          case DATE -> LocalDate.ofEpochDay(number);
          case TIME -> LocalTime.ofNanoOfDay(Math.multiplyExact(number, 1_000_000L));
          default -> Instant.ofEpochMilli(number);
        };
      }
    } catch (DateTimeException | ArithmeticException notThisOne) {
      return null;
    }
    return null;
  }
}

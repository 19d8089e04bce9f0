package dev.naru.connect.jdbc;

import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;

/** Debezium's dates and times, which are numbers or texts in schemas with a name of its own. */
final class DebeziumTime {
  private static final String PREFIX = "io.debezium.time.";

  private DebeziumTime() {}

  static boolean isTime(String schemaName) {
    return schemaName != null && schemaName.startsWith(PREFIX) && type(schemaName) != null;
  }

  /** The column's type, or null for a name that is none of those that are known. */
  static ColumnType type(String schemaName) {
    return switch (schemaName.substring(PREFIX.length())) {
      case "Date" -> ColumnType.DATE;
      case "Time", "MicroTime", "NanoTime", "ZonedTime" -> ColumnType.TIME;
      case "Timestamp", "MicroTimestamp", "NanoTimestamp", "ZonedTimestamp" -> ColumnType.TIMESTAMP;
      default -> null;
    };
  }

  /** A LocalDate, a LocalTime in UTC, or an Instant. */
  static Object value(String schemaName, Object value) {
    String kind = schemaName.substring(PREFIX.length());
    if (value instanceof String text) {
      return kind.equals("ZonedTime")
          ? OffsetTime.parse(text).withOffsetSameInstant(ZoneOffset.UTC).toLocalTime()
          : OffsetDateTime.parse(text).toInstant();
    }
    long number = ((Number) value).longValue();
    return switch (kind) {
      case "Date" -> LocalDate.ofEpochDay(number);
      case "Time" -> LocalTime.MIDNIGHT.plus(number, ChronoUnit.MILLIS);
      case "MicroTime" -> LocalTime.MIDNIGHT.plus(number, ChronoUnit.MICROS);
      case "NanoTime" -> LocalTime.MIDNIGHT.plusNanos(number);
      case "Timestamp" -> Instant.ofEpochMilli(number);
      case "MicroTimestamp" -> Instant.EPOCH.plus(number, ChronoUnit.MICROS);
      default -> Instant.EPOCH.plusNanos(number);
    };
  }
}

package dev.naru.connect.jdbc;

import dev.naru.connect.common.SinkRecords;
import java.util.Map;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.sink.SinkRecord;

/**
 * Whether values are Debezium's change events, which hold a row before and after a change and what
 * the change was: c, u and r for rows that were created, updated and read, d for deleted ones; what
 * concerns no single row (t for a truncated table, m for a message) is left out.
 */
enum Envelope {
  AUTO,
  DEBEZIUM,
  NONE;

  private static final String OPERATION = "op";
  private static final String BEFORE = "before";
  private static final String AFTER = "after";
  private static final String SOURCE = "source";

  /**
   * What a record says about its row.
   *
   * @param schema the row's schema, or null without one
   * @param row the row, or null when it is deleted
   * @param concernsRow whether it says anything about a row
   */
  record Content(Schema schema, Object row, boolean concernsRow) {}

  Content open(SinkRecord record) throws BadRecordException {
    Object value = record.value();
    if (value == null || this == NONE || (this == AUTO && !isEvent(value))) {
      return new Content(record.valueSchema(), value, true);
    }
    String operation = String.valueOf(field(value, OPERATION));
    return switch (operation) {
      case "c", "u", "r" -> after(record, operation);
      case "d" -> new Content(null, null, true);
      case "t", "m" -> new Content(null, null, false);
      default ->
          throw new BadRecordException(
              "The record "
                  + SinkRecords.where(record)
                  + " is no change event of Debezium (its field op is "
                  + operation
                  + "), which value.envelope says that it is.");
    };
  }

  private static Content after(SinkRecord record, String operation) throws BadRecordException {
    Object row = field(record.value(), AFTER);
    if (row == null) {
      throw new BadRecordException(
          "The record "
              + SinkRecords.where(record)
              + " is a change event with op="
              + operation
              + " and without the row after the change.");
    }
    return new Content(row instanceof Struct struct ? struct.schema() : null, row, true);
  }

  private static boolean isEvent(Object value) {
    if (value instanceof Struct struct) {
      Schema schema = struct.schema();
      return schema.name() != null
          && schema.name().endsWith(".Envelope")
          && schema.field(OPERATION) != null
          && schema.field(AFTER) != null;
    }
    return value instanceof Map<?, ?> map
        && map.get(OPERATION) instanceof String operation
        && operation.length() == 1
        && map.containsKey(BEFORE)
        && map.containsKey(AFTER)
        && map.get(SOURCE) instanceof Map;
  }

  private static Object field(Object value, String name) {
    if (value instanceof Struct struct) {
      return struct.schema().field(name) == null ? null : struct.get(name);
    }
    return value instanceof Map<?, ?> map ? map.get(name) : null;
  }
}

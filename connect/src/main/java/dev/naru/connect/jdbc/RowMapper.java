package dev.naru.connect.jdbc;

import dev.naru.connect.common.SinkRecords;
import dev.naru.connect.jdbc.JdbcSinkConfig.PkMode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.sink.SinkRecord;

/**
 * Makes rows of records, with schemas or without; a row follows from its record and the options
 * alone. One thread uses it.
 */
final class RowMapper {
  private final JdbcSinkConfig config;

  // Options are texts, which nobody wants to read again for every record.
  private final Envelope envelope;
  private final PkMode pkMode;
  private final List<String> pkFields;
  private final boolean deletes;
  private final Map<String, TableName> tables = new HashMap<>();

  RowMapper(JdbcSinkConfig config) {
    this.config = config;
    this.envelope = config.envelope();
    this.pkMode = config.pkMode();
    this.pkFields = config.pkFields();
    this.deletes = config.deletes();
  }

  /**
   * The row that this record is, or null for a record that does nothing: one without a value when
   * those do not delete, or a change event that concerns no row.
   */
  Row row(SinkRecord record) throws BadRecordException {
    Envelope.Content content = envelope.open(record);
    boolean delete = content.row() == null;
    if (delete && !(deletes && content.concernsRow())) {
      return null;
    }
    LinkedHashMap<String, Cell> cells = new LinkedHashMap<>();
    List<String> keys = List.of();
    Map<String, Cell> value =
        delete ? Map.of() : fields(record, "value", content.schema(), content.row());
    if (pkMode == PkMode.RECORD_KEY) {
      cells.putAll(key(record));
      keys = new ArrayList<>(cells.keySet());
    } else if (pkMode == PkMode.RECORD_VALUE) {
      keys = pkFields;
      for (String name : keys) {
        cells.put(name, required(record, "value", name, value));
      }
    }
    value.forEach(cells::putIfAbsent);
    TableName table = tables.computeIfAbsent(record.topic(), config::table);
    return new Row(record, table, keys, cells, delete);
  }

  private Map<String, Cell> key(SinkRecord record) throws BadRecordException {
    Object key = record.key();
    if (key == null) {
      throw bad(record, "has no key, but pk.mode=record_key needs one");
    }
    LinkedHashMap<String, Cell> cells = new LinkedHashMap<>();
    if (!(key instanceof Struct) && !(key instanceof Map)) {
      if (pkFields.size() > 1) {
        throw bad(record, "has a plain key, but pk.fields names " + pkFields.size() + " columns");
      }
      cells.put(config.plainKeyColumn(), Cell.of(record.keySchema(), key));
      return cells;
    }
    Map<String, Cell> fields = fields(record, "key", record.keySchema(), key);
    for (String name : pkFields.isEmpty() ? fields.keySet() : pkFields) {
      cells.put(name, required(record, "key", name, fields));
    }
    if (cells.isEmpty()) {
      throw bad(record, "has a key without fields");
    }
    return cells;
  }

  private static Cell required(
      SinkRecord record, String part, String name, Map<String, Cell> fields)
      throws BadRecordException {
    Cell cell = fields.get(name);
    if (cell == null || cell.value() == null) {
      throw bad(record, "has no field " + name + " in its " + part + ", which pk.fields names");
    }
    return cell;
  }

  private static Map<String, Cell> fields(
      SinkRecord record, String part, Schema schema, Object object) throws BadRecordException {
    // What comes from JSON has no order of its own; a table made of it should look the same every
    // time.
    Map<String, Cell> cells = object instanceof Map ? new TreeMap<>() : new LinkedHashMap<>();
    if (object instanceof Struct struct) {
      for (Field field : struct.schema().fields()) {
        cells.put(field.name(), Cell.of(field.schema(), struct.get(field)));
      }
    } else if (object instanceof Map<?, ?> map) {
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        Schema valueSchema = schema == null ? null : schema.valueSchema();
        cells.put(String.valueOf(entry.getKey()), Cell.of(valueSchema, entry.getValue()));
      }
    } else {
      throw bad(
          record,
          "has a "
              + part
              + " of type "
              + object.getClass().getSimpleName()
              + ", but only structures can become rows (JsonConverter makes structures of JSON)");
    }
    return cells;
  }

  private static BadRecordException bad(SinkRecord record, String what) {
    return new BadRecordException("The record " + SinkRecords.where(record) + " " + what + ".");
  }
}

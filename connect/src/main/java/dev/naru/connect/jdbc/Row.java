package dev.naru.connect.jdbc;

import dev.naru.connect.common.SinkRecords;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.sink.SinkRecord;

/**
 * What a record does to a table: the cells of a row, those of its key first, or the key of a row to
 * delete.
 *
 * @param record where it comes from
 * @param table the table
 * @param keys the names of the key's columns; empty without a key
 * @param cells the cells by column, in order
 * @param delete whether the row is deleted
 */
record Row(
    SinkRecord record,
    TableName table,
    List<String> keys,
    LinkedHashMap<String, Cell> cells,
    boolean delete) {

  /** The key's values, equal for rows that are the same row. */
  List<Object> keyValues() {
    List<Object> values = new ArrayList<>();
    for (String key : keys) {
      Object value = cells.get(key).value();
      values.add(value instanceof byte[] bytes ? java.nio.ByteBuffer.wrap(bytes) : value);
    }
    return values;
  }

  /** Such as "pages-0@17". */
  String where() {
    return SinkRecords.where(record);
  }

  /** The cells whose column is known or can be made. */
  Map<String, Cell> typedCells() {
    Map<String, Cell> typed = new LinkedHashMap<>(cells);
    typed.values().removeIf(cell -> cell.type() == null);
    return typed;
  }
}

package dev.naru.connect.jdbc;

import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.errors.ConnectException;

/** How the rows of a result become records, as long as its columns stay the same. */
final class RowLayout {
  /**
   * A row on its way.
   *
   * @param key the record's key, or null
   * @param value the record's value
   * @param position the values of the order's columns
   */
  record Fetched(Object key, Struct value, List<Object> position) {}

  private final SourceTable table;
  private final List<SourceColumn> columns;
  private final ValueReader values;
  private final SourceOrder order;
  private final Map<String, Integer> indices = new HashMap<>();
  private final List<Integer> keyIndices = new ArrayList<>();
  private final boolean plainKey;
  private final Schema valueSchema;
  private final Schema keySchema;

  private RowLayout(
      SourceTable table,
      List<SourceColumn> columns,
      ValueReader values,
      SourceOrder order,
      JdbcSourceConfig config) {
    this.table = table;
    this.columns = columns;
    this.values = values;
    this.order = order;
    this.plainKey = config.isPlainKey();
    SchemaBuilder value = SchemaBuilder.struct().name(schemaName());
    for (int i = 0; i < columns.size(); i++) {
      SourceColumn column = columns.get(i);
      if (indices.put(column.name(), i) != null) {
        throw new ConnectException(
            "The query has two columns " + column.name() + "; give one of them an alias.");
      }
      value.field(column.name(), values.schema(column));
    }
    this.valueSchema = value.build();
    List<String> key = config.keyColumns().isEmpty() ? order.primaryKey() : config.keyColumns();
    key.forEach(name -> keyIndices.add(index(name)));
    this.keySchema = makeKeySchema();
  }

  /** The layout of a result: the one of before if that still fits. */
  static RowLayout of(
      ResultSetMetaData meta,
      Dialect dialect,
      RowLayout before,
      SourceTable table,
      SourceOrder order,
      JdbcSourceConfig config)
      throws SQLException {
    List<SourceColumn> columns = new ArrayList<>();
    for (int i = 1; i <= meta.getColumnCount(); i++) {
      columns.add(SourceColumn.of(meta, i, dialect));
    }
    boolean same = before != null && before.columns.equals(columns) && before.order.equals(order);
    return same ? before : new RowLayout(table, columns, new ValueReader(config), order, config);
  }

  private String schemaName() {
    return table.schema().isEmpty() ? table.table() : table.schema() + "." + table.table();
  }

  private int index(String name) {
    Integer exact = indices.get(name);
    if (exact != null) {
      return exact;
    }
    for (int i = 0; i < columns.size(); i++) {
      if (columns.get(i).name().equalsIgnoreCase(name)) {
        return i;
      }
    }
    throw new ConnectException("There is no column " + name + " in " + table + ".");
  }

  private Schema makeKeySchema() {
    if (keyIndices.isEmpty()) {
      return null;
    }
    if (plainKey) {
      if (keyIndices.size() > 1) {
        throw new ConnectException(
            "key.format=value needs a key of one column, and that of "
                + table
                + " has "
                + keyIndices.size()
                + "; name one with key.columns.");
      }
      return values.schema(columns.get(keyIndices.get(0)));
    }
    SchemaBuilder key = SchemaBuilder.struct().name(schemaName() + ".key");
    keyIndices.forEach(i -> key.field(columns.get(i).name(), values.schema(columns.get(i))));
    return key.build();
  }

  Schema valueSchema() {
    return valueSchema;
  }

  /** Null without a key. */
  Schema keySchema() {
    return keySchema;
  }

  /** Reads the current row. */
  Fetched read(ResultSet row) throws SQLException {
    Struct value = new Struct(valueSchema);
    for (int i = 0; i < columns.size(); i++) {
      value.put(columns.get(i).name(), cell(row, i));
    }
    List<Object> position = new ArrayList<>(order.columns().size());
    for (OrderColumn column : order.columns()) {
      Object at = column.read(row, index(column.name()) + 1);
      if (at == null) {
        throw new ConnectException(
            "A row of "
                + table
                + " has NULL in "
                + column.name()
                + ", which its place in the order needs; leave such rows out.");
      }
      position.add(at);
    }
    return new Fetched(key(value), value, position);
  }

  private Object cell(ResultSet row, int index) throws SQLException {
    SourceColumn column = columns.get(index);
    Object value;
    try {
      value = values.value(row, index + 1, column);
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw new ConnectException(
          "A value in the column "
              + column.name()
              + " of "
              + table
              + " is beyond what a record of kind "
              + column.kind()
              + " can hold ("
              + row.getString(index + 1)
              + "); temporal.format=iso and decimals=string hold more.",
          e);
    }
    if (value == null && !column.optional()) {
      throw new ConnectException(
          "The column "
              + column.name()
              + " of "
              + table
              + " is NOT NULL and has a value that the driver reads as null, such as the date 0000-00-00.");
    }
    return value;
  }

  private Object key(Struct value) {
    if (keySchema == null) {
      return null;
    }
    if (plainKey) {
      return value.get(columns.get(keyIndices.get(0)).name());
    }
    Struct key = new Struct(keySchema);
    keyIndices.forEach(i -> key.put(columns.get(i).name(), value.get(columns.get(i).name())));
    return key;
  }
}

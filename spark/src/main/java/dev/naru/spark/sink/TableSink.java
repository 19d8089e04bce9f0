package dev.naru.spark.sink;

import dev.naru.spark.job.JobException;
import dev.naru.spark.job.Nearest;
import dev.naru.spark.job.SinkSpec;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import org.apache.spark.api.java.function.ForeachPartitionFunction;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * A table of a database. One task writes a batch in one transaction, in which the batch's number is
 * kept as well ({@link WrittenBatches}): a batch is in the table once. Structs, arrays and maps are
 * written as JSON.
 */
final class TableSink implements Sink {
  private final SinkSpec.Table spec;
  private final Database database;
  private final String table;

  TableSink(SinkSpec.Table spec) {
    this.spec = spec;
    this.database = Database.of(spec);
    this.table = database.dialect().table(spec.table());
  }

  @Override
  public void prepare(StructType schema, boolean streaming) {
    List<String> columns = List.of(schema.fieldNames());
    for (String key : spec.keys()) {
      if (!columns.contains(key)) {
        throw JobException.mistake(
            spec.common().place()
                + ".keys names "
                + key
                + ", and the rows have no such column"
                + Nearest.hint(key, columns));
      }
    }
    try (Connection connection = database.open()) {
      if (spec.create()) {
        execute(connection, "CREATE TABLE IF NOT EXISTS " + table + " (" + ddl(schema) + ")");
      }
      requireColumns(connection, columns);
      if (streaming) {
        execute(connection, WrittenBatches.DDL);
      }
      connection.commit();
    } catch (SQLException e) {
      throw new SinkException("cannot prepare the table " + spec.table(), e);
    }
  }

  @Override
  public void write(Dataset<Row> rows, Batch batch) {
    List<String> columns = List.of(rows.columns());
    Dataset<Row> flat =
        rows.select(
            Arrays.stream(rows.schema().fields()).map(TableSink::storable).toArray(Column[]::new));
    ForeachPartitionFunction<Row> writer =
        new TableWriter(
            database, table, spec.mode(), spec.keys(), columns, spec.batchRows(), batch);
    flat.repartition(1).foreachPartition(writer);
  }

  private static Column storable(StructField field) {
    Column column = functions.col("`" + field.name().replace("`", "``") + "`");
    return isNested(field.dataType()) ? functions.to_json(column).as(field.name()) : column;
  }

  private static boolean isNested(DataType type) {
    return type instanceof StructType || type instanceof ArrayType || type instanceof MapType;
  }

  private String ddl(StructType schema) {
    List<String> parts = new ArrayList<>();
    for (StructField field : schema.fields()) {
      boolean key = spec.keys().contains(field.name());
      DataType type = isNested(field.dataType()) ? DataTypes.StringType : field.dataType();
      parts.add(
          database.dialect().quoted(field.name())
              + " "
              + database.dialect().typeName(field.name(), type, key)
              + (key ? " NOT NULL" : ""));
    }
    if (!spec.keys().isEmpty()) {
      parts.add("PRIMARY KEY (" + database.dialect().each(spec.keys(), "%s") + ")");
    }
    return String.join(", ", parts);
  }

  /** A table that somebody else made must have the columns. */
  private void requireColumns(Connection connection, List<String> columns) throws SQLException {
    TreeMap<String, String> there = new TreeMap<>();
    try (Statement statement = connection.createStatement();
        ResultSet none = statement.executeQuery("SELECT * FROM " + table + " WHERE 1 = 0")) {
      ResultSetMetaData metadata = none.getMetaData();
      for (int i = 1; i <= metadata.getColumnCount(); i++) {
        there.put(metadata.getColumnName(i).toLowerCase(Locale.ROOT), metadata.getColumnName(i));
      }
    }
    for (String column : columns) {
      if (!there.containsKey(column.toLowerCase(Locale.ROOT))) {
        throw JobException.failure(
            "the table "
                + spec.table()
                + " has no column "
                + column
                + "; it has "
                + String.join(", ", there.values()));
      }
    }
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}

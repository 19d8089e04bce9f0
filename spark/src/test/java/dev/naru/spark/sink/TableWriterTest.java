package dev.naru.spark.sink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.spark.job.JobException;
import dev.naru.spark.job.SinkSpec;
import dev.naru.spark.job.SinkSpec.Common;
import dev.naru.spark.job.SinkSpec.TableMode;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.LongAccumulator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a table has after batches, written once, twice, and interrupted; in H2, without Spark. */
class TableWriterTest {
  private static final AtomicInteger NAMES = new AtomicInteger();
  private static final StructType SCHEMA =
      new StructType()
          .add("k", DataTypes.StringType)
          .add("n", DataTypes.LongType)
          .add("at", DataTypes.TimestampType);

  private final String url =
      "jdbc:h2:mem:t"
          + NAMES.incrementAndGet()
          + ";DATABASE_TO_UPPER=FALSE;CASE_INSENSITIVE_IDENTIFIERS=TRUE";
  private final LongAccumulator written = new LongAccumulator();
  private Connection look;

  @BeforeEach
  void open() throws SQLException {
    look = DriverManager.getConnection(url);
  }

  @AfterEach
  void close() throws SQLException {
    look.close();
  }

  @Test
  void aBatchIsThereOnceHoweverOftenItIsWritten() throws SQLException {
    prepare(TableMode.APPEND, List.of());
    write(TableMode.APPEND, batch("q", 0), row("a", 1), row("b", 2));
    write(TableMode.APPEND, batch("q", 0), row("a", 1), row("b", 2));
    write(TableMode.APPEND, batch("q", 1), row("c", 3));
    write(TableMode.APPEND, batch("q", 0), row("a", 1));
    assertEquals(List.of("a=1", "b=2", "c=3"), rows());
    assertEquals(3, written.value());
  }

  @Test
  void anotherCheckpointCountsAnew() throws SQLException {
    prepare(TableMode.APPEND, List.of());
    write(TableMode.APPEND, batch("q", 5), row("a", 1));
    write(TableMode.APPEND, batch("other", 0), row("b", 2));
    assertEquals(List.of("a=1", "b=2"), rows());
  }

  @Test
  void aBatchThatFailsInTheMiddleLeavesNothingAndIsWrittenLater() throws SQLException {
    prepare(TableMode.APPEND, List.of());
    Iterator<Row> breaking =
        new Iterator<>() {
          private int count;

          @Override
          public boolean hasNext() {
            return true;
          }

          @Override
          public Row next() {
            if (++count > 5) {
              throw new IllegalStateException("the disk is gone");
            }
            return row("a", count);
          }
        };
    assertThrows(
        IllegalStateException.class,
        () -> writer(TableMode.APPEND, List.of(), batch("q", 0)).call(breaking));
    assertEquals(List.of(), rows());
    write(TableMode.APPEND, batch("q", 0), row("a", 1));
    assertEquals(List.of("a=1"), rows());
    assertEquals(1, written.value());
  }

  @Test
  void upsertReplacesByKeyWithinABatchToo() throws SQLException {
    prepare(TableMode.UPSERT, List.of("k"));
    write(TableMode.UPSERT, batch("q", 0), row("a", 1), row("b", 1), row("a", 2), row("a", 3));
    write(TableMode.UPSERT, batch("q", 1), row("b", 7));
    assertEquals(List.of("a=3", "b=7"), rows());
  }

  @Test
  void completeReplacesAll() throws SQLException {
    prepare(TableMode.COMPLETE, List.of());
    write(TableMode.COMPLETE, batch("q", 0), row("a", 1), row("b", 1));
    write(TableMode.COMPLETE, batch("q", 1), row("b", 2));
    assertEquals(List.of("b=2"), rows());
  }

  @Test
  void rowsOfAJobThatEndsAreNotNumbered() throws SQLException {
    prepare(TableMode.APPEND, List.of());
    Batch alone = Batch.alone("job/table", written);
    write(TableMode.APPEND, alone, row("a", 1));
    write(TableMode.APPEND, alone, row("a", 1));
    assertEquals(List.of("a=1", "a=1"), rows());
  }

  @Test
  void aTableOfSomebodyElsesMustHaveTheColumns() throws SQLException {
    execute("CREATE TABLE t (k VARCHAR, at TIMESTAMP)");
    JobException e = assertThrows(JobException.class, () -> prepare(TableMode.APPEND, List.of()));
    assertEquals("the table t has no column n; it has at, k", e.getMessage());
  }

  @Test
  void keysThatTheRowsDoNotHaveAreAMistake() {
    JobException e =
        assertThrows(JobException.class, () -> prepare(TableMode.UPSERT, List.of("kk")));
    assertTrue(
        e.getMessage().contains("keys names kk, and the rows have no such column; did you mean k?"),
        e.getMessage());
  }

  @Test
  void everyTypeHasItsColumn() throws SQLException {
    StructType schema =
        new StructType()
            .add("flag", DataTypes.BooleanType)
            .add("small", DataTypes.ByteType)
            .add("real", DataTypes.DoubleType)
            .add("amount", DataTypes.createDecimalType(12, 2))
            .add("day", DataTypes.DateType)
            .add("bytes", DataTypes.BinaryType)
            .add("list", DataTypes.createArrayType(DataTypes.StringType));
    sink(TableMode.APPEND, List.of()).prepare(schema, true);
    new TableWriter(
            database(TableMode.APPEND, List.of()),
            "\"t\"",
            TableMode.APPEND,
            List.of(),
            List.of(schema.fieldNames()),
            10,
            batch("q", 0))
        .call(
            List.of(
                    RowFactory.create(
                        true,
                        (byte) 7,
                        0.5,
                        new BigDecimal("12.30"),
                        LocalDate.of(2026, 1, 31),
                        new byte[] {1},
                        "[\"x\"]"),
                    RowFactory.create(null, null, null, null, null, null, null))
                .iterator());
    try (Statement statement = look.createStatement();
        ResultSet row = statement.executeQuery("SELECT * FROM t WHERE flag")) {
      assertTrue(row.next());
      assertEquals(7, row.getInt("small"));
      assertEquals(new BigDecimal("12.30"), row.getBigDecimal("amount"));
      assertEquals("2026-01-31", row.getString("day"));
      assertEquals("[\"x\"]", row.getString("list"));
    }
  }

  @Test
  void anUnknownDatabaseIsAMistake() {
    JobException e =
        assertThrows(JobException.class, () -> Dialect.of("sinks[0]", "jdbc:oracle:thin:@x"));
    assertTrue(
        e.getMessage().contains("sinks[0].url wants PostgreSQL, MariaDB, MySQL or H2"),
        e.getMessage());
  }

  private Batch batch(String query, long number) {
    return new Batch("job/table", query, number, false, written);
  }

  private static Row row(String key, long number) {
    return RowFactory.create(key, number, Instant.parse("2026-01-31T09:00:00Z"));
  }

  private SinkSpec.Table spec(TableMode mode, List<String> keys) {
    Common common = new Common("sinks[0]", "table", "v", "append");
    return new SinkSpec.Table(
        common, "t", url, Optional.empty(), Optional.empty(), mode, keys, true, 3);
  }

  private TableSink sink(TableMode mode, List<String> keys) {
    return new TableSink(spec(mode, keys));
  }

  private Database database(TableMode mode, List<String> keys) {
    return Database.of(spec(mode, keys));
  }

  private void prepare(TableMode mode, List<String> keys) {
    sink(mode, keys).prepare(SCHEMA, true);
  }

  private TableWriter writer(TableMode mode, List<String> keys, Batch batch) {
    return new TableWriter(
        database(mode, keys), "\"t\"", mode, keys, List.of(SCHEMA.fieldNames()), 3, batch);
  }

  private void write(TableMode mode, Batch batch, Row... rows) throws SQLException {
    List<String> keys = mode == TableMode.UPSERT ? List.of("k") : List.of();
    writer(mode, keys, batch).call(Arrays.asList(rows).iterator());
  }

  private List<String> rows() throws SQLException {
    List<String> rows = new ArrayList<>();
    try (Statement statement = look.createStatement();
        ResultSet result = statement.executeQuery("SELECT k, n FROM t ORDER BY k, n")) {
      while (result.next()) {
        rows.add(result.getString(1) + "=" + result.getLong(2));
      }
    }
    return rows;
  }

  private void execute(String sql) throws SQLException {
    try (Statement statement = look.createStatement()) {
      statement.execute(sql);
    }
  }
}

package dev.naru.connect.jdbc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.data.Decimal;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.data.Timestamp;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.sink.SinkRecord;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the sink promises on every database. */
abstract class SinkContract {
  /** The connection options of an empty database. */
  abstract Map<String, String> connection();

  abstract Dialect dialect();

  @BeforeEach
  void dropTable() throws SQLException {
    execute("DROP TABLE IF EXISTS " + dialect().quote("things"));
    execute("DROP TABLE IF EXISTS " + dialect().quote("naru_offsets"));
  }

  SinkRun run(Map<String, String> options) {
    return new SinkRun(connection(), options, false);
  }

  Connection connect() throws SQLException {
    Map<String, String> options = connection();
    return DriverManager.getConnection(
        options.get("connection.url"),
        options.get("connection.user"),
        options.get("connection.password"));
  }

  void execute(String sql) throws SQLException {
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /** The rows of "things" by key, as "column=value column=value". */
  List<String> rows(String... columns) {
    String sql =
        "SELECT "
            + SqlText.names(dialect(), Arrays.asList(columns))
            + " FROM "
            + dialect().quote("things")
            + " ORDER BY 1";
    List<String> rows = new ArrayList<>();
    try (Connection connection = connect();
        Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(sql)) {
      while (result.next()) {
        List<String> cells = new ArrayList<>();
        for (int i = 1; i <= columns.length; i++) {
          cells.add(result.getString(i));
        }
        rows.add(String.join("|", cells.stream().map(String::valueOf).toList()));
      }
      return rows;
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void mapsBecomeRowsAndLaterOnesOverwriteEarlierOnes() {
    try (SinkRun run = run(Map.of())) {
      run.put(
          run.map(
              "b",
              "url",
              "ignored: the key wins",
              "title",
              "B",
              "n",
              1L,
              "x",
              1.5,
              "ok",
              true,
              "list",
              List.of(1L, "two", Map.of("k", "v")),
              "nothing",
              null),
          run.map("a", "title", "first", "n", 1L),
          run.map("a", "title", "second 한 \uD83D\uDE00 'quoted\" \\", "n", 2L));
      run.put(run.map("b", "title", "B2", "n", null));
      assertEquals(
          List.of("a|second 한 \uD83D\uDE00 'quoted\" \\|2", "b|B2|null"),
          rows("url", "title", "n"));
      assertEquals(
          List.of("null", "[1,\"two\",{\"k\":\"v\"}]"),
          rows("url", "list").stream().map(r -> r.substring(2)).toList());
    }
  }

  @Test
  void keysThatLookAlikeAreDifferentRows() {
    try (SinkRun run = run(Map.of())) {
      run.put(
          run.map("/a", "v", 1L),
          run.map("/A", "v", 2L),
          run.map("/a ", "v", 3L),
          run.map("/á", "v", 4L));
      assertEquals(4, rows("url").size());
    }
  }

  @Test
  void structsBecomeRowsWithTheirTypes() {
    Schema schema =
        SchemaBuilder.struct()
            .field("id", Schema.INT64_SCHEMA)
            .field("small", Schema.INT16_SCHEMA)
            .field("ratio", Schema.FLOAT64_SCHEMA)
            .field("price", Decimal.schema(2))
            .field("at", Timestamp.SCHEMA)
            .field("raw", Schema.BYTES_SCHEMA)
            .field("note", Schema.OPTIONAL_STRING_SCHEMA)
            .field("tags", SchemaBuilder.array(Schema.STRING_SCHEMA).build())
            .build();
    Struct value =
        new Struct(schema)
            .put("id", 1L << 40)
            .put("small", (short) 7)
            .put("ratio", 0.1)
            .put("price", new BigDecimal("12.50"))
            .put("at", java.util.Date.from(Instant.parse("2026-11-23T10:00:00.123Z")))
            .put("raw", new byte[] {1, 2})
            .put("tags", List.of("x", "y"));
    try (SinkRun run = run(Map.of("pk.mode", "record_value", "pk.fields", "id"))) {
      run.put(run.record(null, schema, value))
          .put(run.record(null, schema, value.put("small", (short) 8)));
      assertEquals(
          List.of("1099511627776|8|0.1|null|[\"x\",\"y\"]"),
          rows("id", "small", "ratio", "note", "tags"));
      assertEquals(0, new BigDecimal("12.5").compareTo(new BigDecimal(rows("price").get(0))));
      assertTrue(rows("at").get(0).startsWith("2026-11-23 10:00:00.123"), rows("at").get(0));
    }
  }

  @Test
  void newFieldsBecomeColumnsAndNarrowOnesAreWidened() {
    try (SinkRun run = run(Map.of())) {
      run.put(run.map("a", "n", 1L));
      run.put(run.map("b", "n", 2L, "extra", "new"));
      run.put(run.map("c", "n", 2.5));
      run.put(run.map("d", "n", "many"));
      List<String> rows = rows("url", "n", "extra");
      assertEquals(4, rows.size());
      assertTrue(rows.get(0).startsWith("a|1") && rows.get(0).endsWith("|null"), rows.toString());
      assertTrue(rows.get(1).endsWith("|new"), rows.toString());
      assertEquals("c|2.5|null", rows.get(2));
      assertEquals("d|many|null", rows.get(3));
    }
  }

  @Test
  void nothingIsAddedWithoutLeave() throws SQLException {
    try (SinkRun run = run(Map.of("auto.create", "false"))) {
      ConnectException e =
          assertThrows(ConnectException.class, () -> run.put(run.map("a", "n", 1L)));
      assertEquals(
          "The table things is not there; create it, or set auto.create=true.", e.getMessage());
    }
    execute(
        dialect()
            .create(
                TableName.of("${topic}", "things"),
                List.of(
                    new Dialect.Column("url", ColumnType.TEXT, true),
                    new Dialect.Column("n", ColumnType.INTEGER, false))));
    try (SinkRun run = run(Map.of("auto.evolve", "false"))) {
      run.put(run.map("a", "n", 1L, "unknown", null));
      ConnectException e =
          assertThrows(ConnectException.class, () -> run.put(run.map("b", "n", 1L, "more", 1L)));
      assertEquals(
          "The table things has no column more; add it, or set auto.evolve=true.", e.getMessage());
      ConnectException tooLarge =
          assertThrows(ConnectException.class, () -> run.put(run.map("c", "n", 1L << 40)));
      assertTrue(tooLarge.getMessage().contains("in the field n"), tooLarge.getMessage());
      assertEquals(List.of("a|1"), rows("url", "n"));
    }
  }

  @Test
  void tombstonesDeleteWhenAllowed() {
    try (SinkRun run = run(Map.of())) {
      run.put(run.map("a", "n", 1L), run.map("b", "n", 1L), run.tombstone("a"));
      assertEquals(List.of("a", "b"), rows("url"));
    }
    try (SinkRun run = run(Map.of("delete.enabled", "true"))) {
      run.put(
          run.tombstone("a"),
          run.map("b", "m", 5L),
          run.tombstone("b"),
          run.map("b", "k", 6L),
          run.map("c", "n", 1L),
          run.tombstone("c"));
      assertEquals(
          List.of("b|null|6"),
          rows("url", "n", "k"),
          "a deletion in between leaves nothing behind");
    }
  }

  @Test
  void aTombstoneForATableThatIsNotThereIsNoTrouble() {
    try (SinkRun run = run(Map.of("delete.enabled", "true"))) {
      run.put(run.tombstone("a"));
    }
  }

  @Test
  void insertsAndUpdates() {
    try (SinkRun run = run(Map.of("insert.mode", "insert", "pk.mode", "none"))) {
      run.put(run.map(null, "n", 1L), run.map(null, "n", 1L));
      assertEquals(2, rows("n").size());
    }
    try (SinkRun run =
        run(Map.of("insert.mode", "update", "pk.mode", "record_value", "pk.fields", "n"))) {
      run.put(run.map(null, "n", 1L, "t", "updated"), run.map(null, "n", 9L, "t", "nobody"));
      assertEquals(List.of("1|updated", "1|updated"), rows("n", "t"));
    }
  }

  @Test
  void oneBadRecordIsNamedAndTheOthersAreWritten() {
    try (SinkRun run = new SinkRun(connection(), Map.of(), true)) {
      run.put(
          run.map("a", "n", 1L),
          run.record("b", null, "no structure"),
          run.map(null, "n", 2L),
          run.map("c", "n", 3L));
      assertEquals(List.of("a", "c"), rows("url"));
      assertEquals(2, run.reported.size());
      assertTrue(
          run.reported.get(0).startsWith("The record things-0@1 has a value of type String"),
          run.reported.get(0));
      assertEquals(
          "The record things-0@2 has no key, but pk.mode=record_key needs one.",
          run.reported.get(1));
    }
    try (SinkRun run = new SinkRun(connection(), Map.of("insert.mode", "insert"), true)) {
      run.put(run.map("d", "n", 1L), run.map("a", "n", 9L), run.map("e", "n", 1L));
      assertEquals(List.of("a|1", "c|3", "d|1", "e|1"), rows("url", "n"));
      assertEquals(1, run.reported.size());
      assertTrue(
          run.reported.get(0).startsWith("The database refuses the record things-0@1 for things: "),
          run.reported.get(0));
    }
  }

  @Test
  void withoutToleranceABadRecordStopsEverythingAndLeavesNothingHalf() {
    try (SinkRun run = run(Map.of("insert.mode", "insert"))) {
      run.put(run.map("a", "n", 1L));
      assertThrows(
          ConnectException.class, () -> run.put(run.map("b", "n", 1L), run.map("a", "n", 2L)));
      assertEquals(List.of("a|1"), rows("url", "n"));
    }
  }

  @Test
  void manyRowsInSmallBatches() {
    try (SinkRun run = run(Map.of("batch.size", "7"))) {
      List<SinkRecord> records = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        records.add(run.map("k" + i, "n", (long) i, i % 2 == 0 ? "even" : "odd", true));
      }
      run.put(records).put(records);
      assertEquals(100, rows("url").size());
    }
  }

  @Test
  void namesThatAreSqlStayNames() {
    String evil = "x` \" '); DROP TABLE things; --";
    try (SinkRun run = run(Map.of())) {
      run.put(run.map("a", evil, "v", "select", "w", "q?m", "z"));
      assertEquals(List.of("a|v|w|z"), rows("url", evil, "select", "q?m"));
    }
  }

  @Test
  void datesThatCameThroughJsonFindTheirColumns() throws SQLException {
    execute(
        dialect()
            .create(
                TableName.of("${topic}", "things"),
                List.of(
                    new Dialect.Column("url", ColumnType.TEXT, true),
                    new Dialect.Column("at", ColumnType.TIMESTAMP, false))));
    try (SinkRun run = run(Map.of())) {
      run.put(run.map("a", "at", "2026-11-23T10:00:00.5Z"), run.map("b", "at", 0L));
      assertTrue(rows("at").toString().startsWith("[1970-01-01 00:00:00"), rows("at").toString());
    }
  }

  @Test
  void textIsStoredWhateverItContains() {
    try (SinkRun run = run(Map.of())) {
      run.put(
          run.map("a", "t", "broken \uD800 half", "long", "y".repeat(900_000)),
          run.map("b", "t", "with \0 nul"));
      assertEquals(900_000, rows("long").stream().mapToInt(String::length).max().orElseThrow());
    }
  }

  private static final Map<String, String> EXACTLY_ONCE =
      Map.of("insert.mode", "insert", "pk.mode", "none", "offsets.table", "naru_offsets");

  @Test
  void withATableOfOffsetsEveryRecordIsWrittenOnceWithoutAKeyToo() {
    try (SinkRun run = run(EXACTLY_ONCE);
        SinkRun other = run(EXACTLY_ONCE)) {
      run.put(run.map(null, "n", 0L), run.map(null, "n", 1L));
      // Another task was given the partition, from the offsets that Connect had by then.
      other.put(other.map(null, "n", 0L), other.map(null, "n", 1L), other.map(null, "n", 2L));
      // The one that was taken for dead goes on.
      run.put(run.map(null, "n", 2L), run.map(null, "n", 3L));
      assertEquals(List.of("0", "1", "2", "3"), rows("n"));
      assertEquals(List.of(), run.sentBack);
    }
  }

  @Test
  void aDatabaseThatIsBehindGetsWhatItLacks() {
    try (SinkRun run = run(EXACTLY_ONCE)) {
      run.put(run.map(null, "n", 0L), run.map(null, "n", 1L));
    }
    try (SinkRun run = run(EXACTLY_ONCE)) {
      run.at(10).put(run.map(null, "n", 10L));
      assertEquals(List.of("things-0@2"), run.sentBack);
      assertEquals(List.of("0", "1"), rows("n"));
      run.at(2).put(run.map(null, "n", 2L)).at(10).put(run.map(null, "n", 10L));
      assertEquals(List.of("0", "1", "10", "2"), rows("n").stream().sorted().toList());
    }
  }

  @Test
  void aBadRecordIsReportedOnceAndPassedByWithATableOfOffsets() {
    try (SinkRun run = new SinkRun(connection(), EXACTLY_ONCE, true)) {
      run.put(run.map(null, "n", 0L), run.record(null, null, "bad"), run.map(null, "n", 2L));
      assertEquals(List.of("0", "2"), rows("n"));
      assertEquals(1, run.reported.size());
      run.at(0).put(run.map(null, "n", 0L), run.record(null, null, "bad"), run.map(null, "n", 2L));
      assertEquals(List.of("0", "2"), rows("n"));
      assertEquals(1, run.reported.size());
    }
  }

  @Test
  void changeEventsOfDebeziumBecomeWhatTheyChanged() {
    try (SinkRun run = run(Map.of("delete.enabled", "true"))) {
      run.put(event(run, "a", "c", Map.of("url", "a", "n", 1L)));
      run.put(event(run, "b", "r", Map.of("url", "b", "n", 1L)));
      run.put(event(run, "a", "u", Map.of("url", "a", "n", 2L)));
      run.put(event(run, "b", "d", null), run.tombstone("b"), event(run, null, "t", null));
      assertEquals(List.of("a|2"), rows("url", "n"));
    }
    Schema row =
        SchemaBuilder.struct()
            .field("url", Schema.STRING_SCHEMA)
            .field("at", SchemaBuilder.int64().name("io.debezium.time.MicroTimestamp").build())
            .field("day", SchemaBuilder.int32().name("io.debezium.time.Date").build())
            .optional()
            .build();
    Schema envelope =
        SchemaBuilder.struct()
            .name("db.things.Envelope")
            .field("before", row)
            .field("after", row)
            .field("op", Schema.STRING_SCHEMA)
            .build();
    Struct after = new Struct(row).put("url", "c").put("at", 1_500_000L).put("day", 1);
    try (SinkRun run = run(Map.of())) {
      run.put(run.record("c", envelope, new Struct(envelope).put("after", after).put("op", "c")));
      String at = rows("url", "at", "day").get(1);
      assertTrue(at.startsWith("c|1970-01-01") && at.contains("00:00:01.5"), at);
      assertTrue(at.endsWith("|1970-01-02"), at);
    }
    try (SinkRun run = new SinkRun(connection(), Map.of("value.envelope", "debezium"), true)) {
      run.put(run.map("d", "n", 1L));
      assertTrue(run.reported.get(0).contains("is no change event"), run.reported.toString());
    }
  }

  private static SinkRecord event(SinkRun run, String key, String op, Map<String, ?> after) {
    return run.map(key, "before", null, "after", after, "op", op, "source", Map.of("db", "x"));
  }
}

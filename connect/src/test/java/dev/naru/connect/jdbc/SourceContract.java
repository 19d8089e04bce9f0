package dev.naru.connect.jdbc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.source.SourceRecord;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the source promises on every database. */
abstract class SourceContract {
  /** The connection options of a database that only this test uses. */
  abstract Map<String, String> connection();

  abstract Dialect dialect();

  /** The type of a column with dates and times to the microsecond. */
  abstract String timestampType();

  private final Map<Map<String, ?>, Map<String, Object>> offsets = new HashMap<>();

  @BeforeEach
  void drop() throws SQLException {
    execute("DROP VIEW IF EXISTS " + name("things_view"));
    for (String table : List.of("things", "other", "third")) {
      execute("DROP TABLE IF EXISTS " + name(table));
    }
  }

  String name(String identifier) {
    return dialect().quote(identifier);
  }

  Connection connect() throws SQLException {
    Map<String, String> options = connection();
    return DriverManager.getConnection(
        options.get("connection.url"),
        options.get("connection.user"),
        options.get("connection.password"));
  }

  void execute(String... statements) throws SQLException {
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  /** Creates "things"; {@code columns} in the words of the standard. */
  void createThings(String columns) throws SQLException {
    execute("CREATE TABLE " + name("things") + " (" + columns + ")");
  }

  void insert(int id, String at) throws SQLException {
    execute(
        "INSERT INTO "
            + name("things")
            + " ("
            + name("id")
            + ", "
            + name("at")
            + ") VALUES ("
            + id
            + ", TIMESTAMP '"
            + at
            + "')");
  }

  private String idAndTime(String key) {
    return name("id")
        + " INTEGER NOT NULL, "
        + name("at")
        + " "
        + timestampType()
        + " NOT NULL"
        + key;
  }

  private String withKey() {
    return idAndTime(", PRIMARY KEY (" + name("id") + ")");
  }

  Map<String, String> options(String... namesAndValues) {
    Map<String, String> options = new HashMap<>(connection());
    options.put("name", "test");
    options.put("tables", "things");
    for (int i = 0; i < namesAndValues.length; i += 2) {
      options.put(namesAndValues[i], namesAndValues[i + 1]);
    }
    options.values().removeIf(String::isEmpty);
    return options;
  }

  /** Finds the tables as the connector does. */
  List<SourceTable> find(Map<String, String> options) throws SQLException {
    JdbcSourceConfig config = new JdbcSourceConfig(options);
    try (Database database = new Database(config, true)) {
      return new TableFinder(config.tablePatterns(), config.excludedPatterns())
          .find(database.connection(), database.dialect());
    }
  }

  SourceRun run(String... namesAndValues) throws SQLException {
    return run(offsets, namesAndValues);
  }

  SourceRun run(Map<Map<String, ?>, Map<String, Object>> from, String... namesAndValues)
      throws SQLException {
    Map<String, String> options = options(namesAndValues);
    if (!options.containsKey("query")) {
      options.put(JdbcSourceConfig.TASK_TABLES, SourceTable.encode(find(options)));
    }
    return new SourceRun(options, from);
  }

  static List<Integer> ids(List<SourceRecord> records) {
    return records.stream().map(record -> ((Struct) record.value()).getInt32("id")).toList();
  }

  static List<Integer> upTo(int last) {
    return IntStream.rangeClosed(1, last).boxed().toList();
  }

  @Test
  void rowsThatAreNewComeOnce() throws SQLException {
    createThings(withKey());
    insert(1, "2026-01-01 00:00:00");
    insert(2, "2026-01-01 00:00:00");
    try (SourceRun run = run("mode", "incrementing", "batch.rows", "1")) {
      assertEquals(List.of(1, 2), ids(run.drain()));
      insert(3, "2026-01-01 00:00:00");
      List<SourceRecord> records = run.drain();
      assertEquals(List.of(3), ids(records));
      SourceRecord record = records.get(0);
      assertEquals("things", record.topic());
      assertEquals(3, ((Struct) record.key()).getInt32("id"));
      assertEquals(Map.of("id", 3L), record.sourceOffset());
    }
    insert(4, "2026-01-01 00:00:00");
    try (SourceRun run = run("mode", "incrementing")) {
      assertEquals(List.of(4), ids(run.drain()));
    }
  }

  @Test
  void aNumberThatIsCommittedLateIsNotMissed() throws SQLException {
    createThings(withKey());
    try (SourceRun run = run("mode", "incrementing", "incrementing.delay.ms", "5000");
        Connection slow = connect();
        Statement statement = slow.createStatement()) {
      slow.setAutoCommit(false);
      statement.execute(
          "INSERT INTO " + name("things") + " VALUES (1, TIMESTAMP '2026-01-01 00:00:00')");
      insert(2, "2026-01-01 00:00:00");
      assertEquals(List.of(), run.poll());
      run.turnClock(4_000);
      assertEquals(List.of(), run.poll());
      slow.commit();
      run.turnClock(1_000);
      assertEquals(List.of(1, 2), ids(run.poll()));
    }
  }

  @Test
  void rowsOfOneTimestampAreNeitherLostNorRepeatedWhereverItStopsInBetween() throws SQLException {
    createThings(withKey());
    for (int id = 1; id <= 7; id++) {
      insert(id, "2026-01-01 00:00:00.123456");
    }
    insert(8, "2026-01-01 00:00:00.123457");
    String[] options = {"mode", "timestamp", "timestamp.column", "at", "batch.rows", "3"};
    assertExactWhereverItStops(options, 8);
    String[] both = {"mode", "timestamp+incrementing", "timestamp.column", "at", "batch.rows", "3"};
    assertExactWhereverItStops(both, 8);
    String[] query = {
      "mode",
      "timestamp+incrementing",
      "timestamp.column",
      "at",
      "incrementing.column",
      "id",
      "tables",
      "",
      "query",
      "SELECT * FROM " + name("things") + " WHERE " + name("id") + " < 8",
      "topic.name.format",
      "some",
      "batch.rows",
      "3"
    };
    assertExactWhereverItStops(query, 7);
  }

  private void assertExactWhereverItStops(String[] options, int rows) throws SQLException {
    for (int sent = 0; sent <= rows; sent++) {
      Map<Map<String, ?>, Map<String, Object>> from = new HashMap<>();
      List<Integer> all = new ArrayList<>();
      try (SourceRun run = run(from, options)) {
        while (all.size() < sent) {
          for (SourceRecord record : run.poll()) {
            if (all.size() < sent) {
              run.sent(record);
              all.addAll(ids(List.of(record)));
            }
          }
        }
      }
      try (SourceRun run = run(from, options)) {
        all.addAll(ids(run.drain()));
      }
      assertEquals(upTo(rows), all, "stopped after " + sent);
    }
  }

  @Test
  void withoutAKeyRowsOfOneTimestampMayBeRepeatedButAreNotLost() throws SQLException {
    createThings(idAndTime(""));
    for (int id = 1; id <= 5; id++) {
      insert(id, id < 5 ? "2026-01-01 00:00:00" : "2026-01-01 00:00:01");
    }
    String[] options = {"mode", "timestamp", "timestamp.column", "at", "batch.rows", "2"};
    Map<Map<String, ?>, Map<String, Object>> from = new HashMap<>();
    try (SourceRun run = run(from, options)) {
      List<SourceRecord> first = run.poll();
      assertEquals(2, first.size());
      first.forEach(run::sent);
    }
    try (SourceRun run = run(from, options)) {
      List<SourceRecord> again = run.drain();
      assertEquals(upTo(5), ids(again).stream().sorted().toList());
      assertEquals(null, again.get(0).key());
    }
    try (SourceRun run = run(from, options)) {
      assertEquals(List.of(), ids(run.drain()));
    }
    ConnectException e =
        assertThrows(
            ConnectException.class,
            () ->
                run(
                        new HashMap<>(),
                        "mode",
                        "timestamp",
                        "timestamp.column",
                        "at",
                        "exactly.once.support",
                        "required")
                    .poll());
    assertTrue(e.getMessage().contains("has no primary key"), e.getMessage());
  }

  @Test
  void changesAreSeenWithBothColumns() throws SQLException {
    createThings(withKey());
    insert(1, "2026-01-01 00:00:00");
    insert(2, "2026-01-01 00:00:00");
    try (SourceRun run = run("mode", "timestamp+incrementing", "timestamp.column", "at")) {
      assertEquals(List.of(1, 2), ids(run.drain()));
      execute(
          "UPDATE "
              + name("things")
              + " SET "
              + name("at")
              + " = TIMESTAMP '2026-01-01 00:00:01' WHERE "
              + name("id")
              + " = 1");
      assertEquals(List.of(1), ids(run.drain()));
    }
  }

  @Test
  void whatIsYoungerThanTheDelayWaits() throws SQLException {
    createThings(withKey());
    execute(
        "INSERT INTO " + name("things") + " VALUES (1, TIMESTAMP '2026-01-01 00:00:00')",
        "INSERT INTO " + name("things") + " VALUES (2, TIMESTAMP '2999-01-01 00:00:00')");
    try (SourceRun run = run("mode", "timestamp", "timestamp.column", "at")) {
      assertEquals(List.of(1), ids(run.drain()));
    }
  }

  @Test
  void everythingIsReadAgainInBulk() throws SQLException {
    createThings(idAndTime(""));
    for (int id = 1; id <= 5; id++) {
      insert(id, "2026-01-01 00:00:00");
    }
    try (SourceRun run = run("mode", "bulk", "batch.rows", "2", "poll.interval.ms", "60000")) {
      assertEquals(upTo(5), ids(run.drain()).stream().sorted().toList());
      run.turnClock(60_000);
      assertEquals(2, run.poll().size());
    }
  }

  @Test
  void aColumnThatIsAddedShowsUp() throws SQLException {
    createThings(withKey());
    insert(1, "2026-01-01 00:00:00");
    try (SourceRun run = run("mode", "incrementing")) {
      for (int id = 2; id < 12; id++) {
        run.drain();
        insert(id, "2026-01-01 00:00:00");
      }
      run.drain();
      execute("ALTER TABLE " + name("things") + " ADD COLUMN " + name("more") + " INTEGER");
      execute("INSERT INTO " + name("things") + " VALUES (12, TIMESTAMP '2026-01-01 00:00:00', 5)");
      List<SourceRecord> records = run.drain();
      assertEquals(List.of(12), ids(records));
      assertEquals(5, ((Struct) records.get(0).value()).getInt32("more"));
    }
  }

  @Test
  void mistakesAreSentences() throws SQLException {
    createThings(
        name("id")
            + " INTEGER NOT NULL, "
            + name("at")
            + " "
            + timestampType()
            + (dialect().hasCatalogsForSchemas() ? " NULL" : ""));
    assertMistake(
        "There is no column changed in the table .*things; it has id, at\\.",
        "mode",
        "timestamp",
        "timestamp.column",
        "changed");
    assertMistake(
        "The column at of the table .*things, which timestamp.column names, may be NULL.*",
        "mode",
        "timestamp",
        "timestamp.column",
        "at");
    assertMistake(
        "timestamp.column=id of the table .*things is not a column of dates.*",
        "mode",
        "timestamp",
        "timestamp.column",
        "id");
    assertMistake(
        "Set incrementing.column: the primary key of the table .*things does not exist\\.",
        "mode",
        "incrementing");
    assertMistake(
        "The column at of the table .*things is not one of whole numbers.*",
        "mode",
        "incrementing",
        "incrementing.column",
        "at");
    offsets.put(find(options("mode", "bulk")).get(0).partition(), Map.of("at", "2026-01-01T00:00"));
    assertMistake(
        "The offset of the table .*things, .*, was kept for other columns than \\[id\\].*",
        "mode",
        "incrementing",
        "incrementing.column",
        "id");
  }

  private void assertMistake(String sentence, String... options) throws SQLException {
    try (SourceRun run = run(options)) {
      ConnectException e = assertThrows(ConnectException.class, run::poll);
      assertTrue(e.getMessage().matches(sentence), e.getMessage());
    }
  }

  @Test
  void aTableThatIsDroppedDoesNotStopTheOthers() throws SQLException {
    createThings(withKey());
    execute(
        "CREATE TABLE " + name("other") + " (" + withKey() + ")",
        "INSERT INTO " + name("other") + " VALUES (1, TIMESTAMP '2026-01-01 00:00:00')");
    try (SourceRun run = run("mode", "incrementing", "tables", "things,other")) {
      assertEquals(List.of(1), ids(run.drain()));
      execute("DROP TABLE " + name("things"));
      execute("INSERT INTO " + name("other") + " VALUES (2, TIMESTAMP '2026-01-01 00:00:00')");
      assertEquals(List.of(2), ids(run.drain()));
    }
  }

  @Test
  void tablesAreFoundByPatternAndViewsByName() throws SQLException {
    createThings(withKey());
    execute("CREATE TABLE " + name("other") + " (" + withKey() + ")");
    execute("CREATE TABLE " + name("third") + " (" + withKey() + ")");
    execute("CREATE VIEW " + name("things_view") + " AS SELECT * FROM " + name("things"));
    assertEquals(
        List.of("other", "things", "third"),
        tableNames(options("mode", "bulk", "tables", "oth*,th*")));
    assertEquals(
        List.of("things"),
        tableNames(options("mode", "bulk", "tables", "TH*", "tables.exclude", "third")));
    assertEquals(
        List.of("things_view"), tableNames(options("mode", "bulk", "tables", "things_view")));
    String schema = find(options("mode", "bulk")).get(0).schema();
    assertEquals(
        List.of("things"), tableNames(options("mode", "bulk", "tables", schema + ".things")));
    assertEquals(List.of(), tableNames(options("mode", "bulk", "tables", "nosuch.things,nosuch")));
  }

  private List<String> tableNames(Map<String, String> options) throws SQLException {
    return find(options).stream().map(SourceTable::table).toList();
  }
}

package dev.naru.connect.jdbc;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.data.Struct;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** SQLite, with a driver that only the tests have. */
@DisabledIfSystemProperty(named = "flows.tests", matches = "false")
class SqliteTest extends SinkContract {
  @TempDir Path folder;

  @Override
  Map<String, String> connection() {
    return Map.of(
        "connection.url",
        "jdbc:sqlite:" + folder.resolve("db"),
        "connection.user",
        "",
        "connection.password",
        "");
  }

  @Override
  Dialect dialect() {
    return new SqliteDialect();
  }

  /** Nothing is too large for a column. */
  @Override
  void nothingIsAddedWithoutLeave() {}

  /** What a column declares binds nobody: texts and numbers stay what they are. */
  @Override
  void datesThatCameThroughJsonFindTheirColumns() {}

  @Test
  void tablesAreRead() throws SQLException {
    execute(
        "CREATE TABLE things (id INTEGER PRIMARY KEY NOT NULL, t TEXT, x REAL, price NUMERIC(10,2), at TIMESTAMP, raw BLOB)");
    execute("INSERT INTO things VALUES (1, 'Naru 나루', 1.5, 12.5, '2026-11-23 10:11:12', x'0102')");
    Map<String, String> options = new HashMap<>(connection());
    options.putAll(Map.of("name", "test", "tables", "things", "mode", "incrementing"));
    JdbcSourceConfig config = new JdbcSourceConfig(options);
    try (Database database = new Database(config, true)) {
      List<SourceTable> found =
          new TableFinder(config.tablePatterns(), List.of())
              .find(database.connection(), database.dialect());
      options.put(JdbcSourceConfig.TASK_TABLES, SourceTable.encode(found));
    }
    try (SourceRun run = new SourceRun(options, new HashMap<>())) {
      Struct row = (Struct) run.drain().get(0).value();
      assertEquals("Naru 나루", row.get("t"));
      assertEquals("12.5", row.get("price"));
      assertEquals("2026-11-23 10:11:12", row.get("at"));
      execute("INSERT INTO things (id) VALUES (2)");
      assertEquals(1, run.drain().size());
    }
  }
}

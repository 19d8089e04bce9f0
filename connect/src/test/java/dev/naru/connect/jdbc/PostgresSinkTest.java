package dev.naru.connect.jdbc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.errors.ConnectException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Against a real PostgreSQL, which the test starts. */
@Tag("once")
class PostgresSinkTest extends SinkContract {
  static {
    // The driver asserts that a broken connection still answers; nobody runs it with assertions.
    ClassLoader.getSystemClassLoader().setPackageAssertionStatus("org.postgresql", false);
  }

  private static EmbeddedPostgres server;

  @BeforeAll
  static void start() throws IOException {
    server = EmbeddedPostgres.builder().start();
  }

  @AfterAll
  static void stop() throws IOException {
    server.close();
  }

  @Override
  Map<String, String> connection() {
    return Map.of(
        "connection.url",
        "jdbc:postgresql://127.0.0.1:" + server.getPort() + "/postgres?options=-c%20TimeZone=UTC",
        "connection.user",
        "postgres",
        "connection.password",
        "x");
  }

  @Override
  Dialect dialect() {
    return new PostgresDialect();
  }

  @Test
  void aBrokenConnectionIsReplaced() throws SQLException {
    try (SinkRun run = new SinkRun(connection(), Map.of("retry.backoff.ms", "1"), false)) {
      run.put(run.map("a", "n", 1L));
      execute(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'naru-jdbc-sink'");
      var record = run.map("b", "n", 2L);
      assertThrows(org.apache.kafka.connect.errors.RetriableException.class, () -> run.put(record));
      run.put(record);
      assertEquals(List.of("a", "b"), rows("url"));
    }
  }

  @Test
  void jsonColumnsTakeNestedValues() throws SQLException {
    execute("CREATE TABLE things (url TEXT PRIMARY KEY, doc JSONB)");
    try (SinkRun run = run(Map.of())) {
      run.put(run.map("a", "doc", Map.of("k", List.of(1L))));
      assertEquals(List.of("{\"k\": [1]}"), rows("doc"));
    }
  }

  @Test
  void aDatabaseThatDoesNotExistIsSaidAtOnce() {
    Map<String, String> url =
        Map.of(
            "connection.url",
            "jdbc:postgresql://127.0.0.1:" + server.getPort() + "/nosuch",
            "connection.user",
            "postgres");
    try (SinkRun run = new SinkRun(url, Map.of(), false)) {
      ConnectException e =
          assertThrows(ConnectException.class, () -> run.put(run.map("a", "n", 1L)));
      assertEquals(ConnectException.class, e.getClass());
      assertTrue(e.getMessage().contains("\"nosuch\" does not exist"), e.getMessage());
    }
  }
}

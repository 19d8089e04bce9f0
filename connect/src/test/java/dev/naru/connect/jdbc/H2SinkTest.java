package dev.naru.connect.jdbc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.errors.RetriableException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class H2SinkTest extends SinkContract {
  @TempDir Path folder;

  @Override
  Map<String, String> connection() {
    return Map.of(
        "connection.url",
        "jdbc:h2:" + folder.resolve("db") + ";TIME ZONE=UTC",
        "connection.user",
        "sa",
        "connection.password",
        "");
  }

  @Override
  Dialect dialect() {
    return new H2Dialect();
  }

  @Test
  void aDatabaseThatIsAwayIsWaitedFor() throws Exception {
    Map<String, String> url =
        Map.of(
            "connection.url",
            "jdbc:h2:" + folder.resolve("locked") + ";IFEXISTS=FALSE;FILE_LOCK=FS");
    Path lock = folder.resolve("locked.mv.db");
    java.nio.file.Files.createDirectory(lock);
    try (SinkRun run =
        new SinkRun(url, Map.of("retry.backoff.ms", "10", "retry.backoff.max.ms", "25"), false)) {
      var record = run.map("a", "n", 1L);
      for (int i = 0; i < 3; i++) {
        RetriableException e = assertThrows(RetriableException.class, () -> run.put(record));
        assertTrue(
            e.getMessage().contains("cannot be reached")
                && e.getMessage().contains("1 records wait"),
            e.getMessage());
      }
      assertEquals(List.of(10L, 20L, 25L), run.timeouts);
      java.nio.file.Files.delete(lock);
      run.put(record);
    }
    try (Connection connection = DriverManager.getConnection(url.get("connection.url"));
        var result = connection.createStatement().executeQuery("SELECT COUNT(*) FROM \"things\"")) {
      result.next();
      assertEquals(1, result.getInt(1));
    }
  }

  @Test
  void retriesEndWhereTheyAreToldTo() throws Exception {
    Map<String, String> url = Map.of("connection.url", "jdbc:h2:tcp://127.0.0.1:1/x");
    try (SinkRun run = new SinkRun(url, Map.of("max.retries", "1"), false)) {
      assertThrows(RetriableException.class, () -> run.put(run.map("a", "n", 1L)));
      ConnectException e =
          assertThrows(ConnectException.class, () -> run.put(run.map("a", "n", 1L)));
      assertEquals(ConnectException.class, e.getClass());
    }
  }

  @Test
  void mistakesAreOneSentence() {
    Map<String, String> url = Map.of("connection.url", "jdbc:nosuch://x?password=hush");
    ConnectException unknown =
        assertThrows(ConnectException.class, () -> new SinkRun(url, Map.of(), false));
    assertEquals(
        "No JDBC driver here knows jdbc:nosuch://x?password=***; put the database's driver beside the connector.",
        unknown.getMessage());
    assertThrows(
        ConfigException.class,
        () -> new JdbcSinkConfig(Map.of("connection.url", "postgresql://x")));
    assertThrows(
        ConfigException.class,
        () -> new JdbcSinkConfig(Map.of("connection.url", "jdbc:h2:mem:x", "pk.mode", "none")));
    assertThrows(
        ConfigException.class,
        () ->
            new JdbcSinkConfig(
                Map.of("connection.url", "jdbc:h2:mem:x", "pk.mode", "record_value")));
    JdbcSinkConfig config =
        new JdbcSinkConfig(
            Map.of("connection.url", "jdbc:h2:mem:x", "connection.password", "hush"));
    assertTrue(!config.values().toString().contains("hush"), "the password is never printed");
  }
}

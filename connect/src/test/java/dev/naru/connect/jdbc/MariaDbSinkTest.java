package dev.naru.connect.jdbc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.errors.RetriableException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against a real MariaDB, when the machine has one. */
@Tag("once")
class MariaDbSinkTest extends SinkContract {
  @TempDir static Path folder;
  private static MariaDb server;

  @BeforeAll
  static void start() throws Exception {
    if (!MariaDb.isInstalled()) {
      System.out.println(
          "Skipped: there is no mariadbd on this machine (Debian: apt-get install mariadb-server).");
    }
    Assumptions.assumeTrue(MariaDb.isInstalled(), "no mariadbd on this machine");
    server = new MariaDb(folder);
    server.start();
  }

  @AfterAll
  static void stop() throws Exception {
    if (server != null) {
      server.close();
    }
  }

  @Override
  Map<String, String> connection() {
    return Map.of(
        "connection.url", server.url(), "connection.user", "root", "connection.password", "");
  }

  @Override
  Dialect dialect() {
    return new MySqlDialect(true);
  }

  @Test
  void aServerThatGoesAndComesLosesNothing() throws Exception {
    try (SinkRun run = new SinkRun(connection(), Map.of("retry.backoff.ms", "1"), false)) {
      run.put(run.map("a", "n", 1L));
      server.stop();
      var record = run.map("b", "n", 2L);
      for (int i = 0; i < 3; i++) {
        RetriableException e = assertThrows(RetriableException.class, () -> run.put(record));
        assertTrue(e.getMessage().contains("nothing is lost"), e.getMessage());
      }
      server.start();
      run.put(record);
      assertEquals(List.of("a", "b"), rows("url"));
    }
  }

  @Test
  void keysThatAreTooLongAreNamed() {
    try (SinkRun run = new SinkRun(connection(), Map.of(), true)) {
      run.put(run.map("x".repeat(769), "n", 1L), run.map("y".repeat(768), "n", 1L));
      assertEquals(1, rows("url").size());
      assertTrue(
          run.reported.get(0).contains("Data too long for column 'url'"), run.reported.toString());
    }
  }
}

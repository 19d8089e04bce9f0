package dev.naru.connect.jdbc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.errors.RetriableException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** Against a real MariaDB, when the machine has one. */
@DisabledIfSystemProperty(named = "flows.tests", matches = "false")
@Tag("once")
class MariaDbSourceTest extends SourceContract {
  @TempDir static Path folder;
  private static MariaDb server;

  @BeforeAll
  static void start() throws Exception {
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

  @Override
  String timestampType() {
    return "DATETIME(6)";
  }

  @Test
  void typesAreKept() throws SQLException {
    createThings(
        "id BIGINT UNSIGNED PRIMARY KEY, tiny TINYINT NOT NULL, utiny TINYINT UNSIGNED, yes BOOLEAN, uint INT UNSIGNED,"
            + " ratio FLOAT, wide DOUBLE, price DECIMAL(10, 2), name VARCHAR(20) CHARACTER SET utf8mb4 NOT NULL, raw BLOB, day DATE, hour TIME(3),"
            + " local DATETIME(3), at TIMESTAMP(3) NULL, uid UUID, doc JSON, kind ENUM('a', 'b'), bits BIT(8), born YEAR");
    execute(
        "SET time_zone = '+02:00'",
        "INSERT INTO things VALUES (18446744073709551615, -2, 200, true, 4000000000, 1.5, 0.1, 12.50, 'Naru 나루', x'0102',"
            + " '2026-11-23', '10:11:12.5', '2026-11-23 10:11:12.123', '2026-11-23 10:11:12.123',"
            + " 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '{\"a\": 1}', 'b', b'101', 2001)");
    try (SourceRun run = run("mode", "incrementing", "db.timezone", "Europe/Berlin")) {
      Struct row = (Struct) run.drain().get(0).value();
      assertEquals(new BigDecimal("18446744073709551615"), row.get("id"));
      assertEquals((byte) -2, row.get("tiny"));
      assertEquals((short) 200, row.get("utiny"));
      assertEquals(true, row.get("yes"));
      assertEquals(4_000_000_000L, row.get("uint"));
      assertEquals(0.1, row.get("wide"));
      assertEquals(new BigDecimal("12.50"), row.get("price"));
      assertEquals("Naru 나루", row.get("name"));
      assertEquals(2, ((byte[]) row.get("raw")).length);
      assertEquals(Date.from(Instant.parse("2026-11-23T00:00:00Z")), row.get("day"));
      assertEquals(Date.from(Instant.parse("1970-01-01T10:11:12.500Z")), row.get("hour"));
      assertEquals(Date.from(Instant.parse("2026-11-23T09:11:12.123Z")), row.get("local"));
      assertEquals(Date.from(Instant.parse("2026-11-23T08:11:12.123Z")), row.get("at"));
      assertEquals("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", row.get("uid"));
      assertEquals("{\"a\": 1}", row.get("doc"));
      assertEquals("b", row.get("kind"));
      assertEquals(2001, row.get("born"));
      assertEquals(true, row.schema().field("at").schema().isOptional());
      assertEquals(false, row.schema().field("name").schema().isOptional());
    }
  }

  @Test
  void aServerThatGoesAndComesLosesAndRepeatsNothing() throws Exception {
    createThings("id INTEGER PRIMARY KEY, at TIMESTAMP(6) NOT NULL");
    execute("INSERT INTO things VALUES (1, '2026-01-01 00:00:00'), (2, '2026-01-01 00:00:00')");
    try (SourceRun run =
        run("mode", "timestamp+incrementing", "timestamp.column", "at", "batch.rows", "1")) {
      assertEquals(List.of(1), ids(run.poll()));
      server.stop();
      for (int i = 0; i < 3; i++) {
        RetriableException e = assertThrows(RetriableException.class, run::poll);
        assertTrue(e.getMessage().contains("nothing is lost"), e.getMessage());
        run.turnClock(60_000);
      }
      server.start();
      assertEquals(List.of(2), ids(run.drain()));
    }
  }
}

package dev.naru.connect.jdbc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.math.BigDecimal;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.data.Timestamp;
import org.apache.kafka.connect.errors.RetriableException;
import org.apache.kafka.connect.source.SourceRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

/** Against a real PostgreSQL, which the test starts. */
@DisabledIfSystemProperty(named = "flows.tests", matches = "false")
@Tag("once")
class PostgresSourceTest extends SourceContract {
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
        "jdbc:postgresql://127.0.0.1:" + server.getPort() + "/postgres",
        "connection.user",
        "postgres",
        "connection.password",
        "x");
  }

  @Override
  Dialect dialect() {
    return new PostgresDialect();
  }

  @Override
  String timestampType() {
    return "TIMESTAMP(6)";
  }

  @Test
  void typesAreKept() throws SQLException {
    createThings(
        "id BIGINT PRIMARY KEY, small SMALLINT NOT NULL, yes BOOLEAN, ratio REAL, wide DOUBLE PRECISION,"
            + " price NUMERIC(10, 2), free NUMERIC, name TEXT NOT NULL, raw BYTEA, day DATE, hour TIME,"
            + " local TIMESTAMP, at TIMESTAMPTZ, uid UUID, doc JSONB, tags TEXT[], bits BIT(4), cash MONEY");
    execute(
        "INSERT INTO things VALUES (1, 2, true, 1.5, 0.1, 12.50, 0.125, 'Naru 나루', '\\x0102', '2026-11-23',"
            + " '10:11:12.5', '2026-11-23 10:11:12.123', '2026-11-23 10:11:12.123+02',"
            + " 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '{\"a\": 1}', '{x,y}', '0101', 12)",
        "INSERT INTO things (id, small, name) VALUES (2, 3, '')");
    try (SourceRun run = run("mode", "incrementing", "db.timezone", "Europe/Berlin")) {
      List<SourceRecord> records = run.drain();
      Struct row = (Struct) records.get(0).value();
      assertEquals(1L, row.get("id"));
      assertEquals((short) 2, row.get("small"));
      assertEquals(true, row.get("yes"));
      assertEquals(1.5f, row.get("ratio"));
      assertEquals(0.1, row.get("wide"));
      assertEquals(new BigDecimal("12.50"), row.get("price"));
      assertEquals("0.125", row.get("free"));
      assertEquals("Naru 나루", row.get("name"));
      assertEquals(2, ((byte[]) row.get("raw")).length);
      assertEquals(Date.from(Instant.parse("2026-11-23T00:00:00Z")), row.get("day"));
      assertEquals(Date.from(Instant.parse("1970-01-01T10:11:12.500Z")), row.get("hour"));
      assertEquals(Date.from(Instant.parse("2026-11-23T09:11:12.123Z")), row.get("local"));
      assertEquals(Date.from(Instant.parse("2026-11-23T08:11:12.123Z")), row.get("at"));
      assertEquals("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", row.get("uid"));
      assertEquals("{\"a\": 1}", row.get("doc"));
      assertEquals("{x,y}", row.get("tags"));
      assertEquals("0101", row.get("bits"));
      Schema schema = row.schema();
      assertEquals(false, schema.field("name").schema().isOptional());
      assertEquals(true, schema.field("price").schema().isOptional());
      assertEquals(Timestamp.LOGICAL_NAME, schema.field("at").schema().name());
      assertEquals(null, ((Struct) records.get(1).value()).get("at"));
    }
  }

  @Test
  void keysOfEveryTypeKeepTheOrder() throws SQLException {
    createThings(
        "code CHAR(5), uid UUID, raw BYTEA, at TIMESTAMPTZ NOT NULL, id INTEGER, PRIMARY KEY (code, uid, raw)");
    for (int i = 1; i <= 6; i++) {
      execute(
          "INSERT INTO things VALUES ('"
              + (i < 4 ? "ab" : "ab c")
              + "', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a0"
              + (i % 3 == 1 ? 1 : 2)
              + "', '\\x0"
              + i
              + "', '2026-01-01 00:00:00.123456+00', "
              + i
              + ")");
    }
    try (SourceRun run = run("mode", "timestamp", "timestamp.column", "at", "batch.rows", "1")) {
      assertEquals(upTo(6), ids(run.drain()));
    }
  }

  @Test
  void decimalsAndTimesAsTexts() throws SQLException {
    createThings("id INTEGER PRIMARY KEY, price NUMERIC(10, 2), at TIMESTAMPTZ, local TIMESTAMP");
    execute(
        "INSERT INTO things VALUES (1, 12.50, '2026-11-23 10:11:12.123456+02', '2026-11-23 10:11:12.123456')");
    try (SourceRun run =
        run(
            "mode",
            "incrementing",
            "decimals",
            "string",
            "temporal.format",
            "iso",
            "key.format",
            "value",
            "topic.name.format",
            "db.${schema}.${table}")) {
      SourceRecord record = run.drain().get(0);
      Struct row = (Struct) record.value();
      assertEquals("db.public.things", record.topic());
      assertEquals(1, record.key());
      assertEquals("12.50", row.get("price"));
      assertEquals("2026-11-23T08:11:12.123456Z", row.get("at"));
      assertEquals("2026-11-23T10:11:12.123456Z", row.get("local"));
    }
  }

  @Test
  void aBrokenConnectionIsReplaced() throws SQLException {
    createThings("id INTEGER PRIMARY KEY");
    execute("INSERT INTO things VALUES (1)");
    try (SourceRun run = run("mode", "incrementing")) {
      assertEquals(List.of(1), ids(run.drain()));
      execute(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'naru-jdbc-source'");
      execute("INSERT INTO things VALUES (2)");
      run.turnClock(1_000);
      assertThrows(RetriableException.class, run::poll);
      assertEquals(List.of(), run.poll(), "it waits before it tries again");
      run.turnClock(1_000);
      assertEquals(List.of(2), ids(run.drain()));
    }
  }
}

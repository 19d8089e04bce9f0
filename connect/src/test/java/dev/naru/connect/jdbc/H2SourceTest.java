package dev.naru.connect.jdbc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.Config;
import org.apache.kafka.common.config.ConfigValue;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.source.ExactlyOnceSupport;
import org.junit.jupiter.api.Test;

class H2SourceTest extends SourceContract {
  private final String name = "source" + System.identityHashCode(this);

  @Override
  Map<String, String> connection() {
    return Map.of(
        "connection.url",
        "jdbc:h2:mem:" + name + ";DB_CLOSE_DELAY=-1",
        "connection.user",
        "sa",
        "connection.password",
        "");
  }

  @Override
  Dialect dialect() {
    return new H2Dialect();
  }

  @Override
  String timestampType() {
    return "TIMESTAMP(6)";
  }

  @Test
  void typesAreKept() throws SQLException {
    createThings(
        "id BIGINT PRIMARY KEY, tiny TINYINT NOT NULL, yes BOOLEAN, price NUMERIC(10, 2), name VARCHAR(20) NOT NULL,"
            + " text CLOB, raw VARBINARY(9), d DATE, h TIME(3), local TIMESTAMP(3), at TIMESTAMP(3) WITH TIME ZONE,"
            + " uid UUID, doc JSON");
    execute(
        "INSERT INTO \"things\" VALUES (1, -2, true, 12.50, 'Naru 나루', 'long', x'0102', DATE '2026-11-23',"
            + " TIME '10:11:12.5', TIMESTAMP '2026-11-23 10:11:12.123',"
            + " TIMESTAMP WITH TIME ZONE '2026-11-23 10:11:12.123+02',"
            + " 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', JSON '{\"a\": 1}')");
    try (SourceRun run = run("mode", "incrementing", "db.timezone", "Europe/Berlin")) {
      Struct row = (Struct) run.drain().get(0).value();
      assertEquals(1L, row.get("ID"));
      assertEquals((byte) -2, row.get("TINY"));
      assertEquals(true, row.get("YES"));
      assertEquals(new BigDecimal("12.50"), row.get("PRICE"));
      assertEquals("long", row.get("TEXT"));
      assertEquals(Date.from(Instant.parse("2026-11-23T00:00:00Z")), row.get("D"));
      assertEquals(Date.from(Instant.parse("1970-01-01T10:11:12.500Z")), row.get("H"));
      assertEquals(Date.from(Instant.parse("2026-11-23T09:11:12.123Z")), row.get("LOCAL"));
      assertEquals(Date.from(Instant.parse("2026-11-23T08:11:12.123Z")), row.get("AT"));
      assertEquals("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", row.get("UID"));
      assertEquals("{\"a\":1}", row.get("DOC"));
    }
  }

  @Test
  void whatIsWrongTogetherIsSaidBeforeItStarts() {
    JdbcSourceConnector connector = new JdbcSourceConnector();
    Map<String, String> props = new HashMap<>(options("mode", "timestamp"));
    assertEquals(
        List.of("mode=timestamp needs timestamp.column."), mistakes(connector.validate(props)));
    props.put("timestamp.column", "at");
    assertEquals(List.of(), mistakes(connector.validate(props)));
    assertEquals(ExactlyOnceSupport.SUPPORTED, connector.exactlyOnceSupport(props));
    props.put("query", "SELECT 1");
    assertTrue(mistakes(connector.validate(props)).get(0).startsWith("Set either tables or query"));
    props.remove("tables");
    assertTrue(mistakes(connector.validate(props)).get(0).contains("set topic.name.format"));
    props.put("topic.name.format", "t");
    assertEquals(ExactlyOnceSupport.UNSUPPORTED, connector.exactlyOnceSupport(props));
  }

  private static List<String> mistakes(Config config) {
    return config.configValues().stream()
        .map(ConfigValue::errorMessages)
        .flatMap(List::stream)
        .toList();
  }

  @Test
  void tablesWithStrangeNamesTravel() {
    List<SourceTable> tables =
        List.of(
            SourceTable.of(new TableName(List.of("a b", "c/d,%"))),
            SourceTable.of(new TableName(List.of("plain"))));
    assertEquals(tables, SourceTable.decode(SourceTable.encode(tables)));
  }

  @Test
  void offsetsOfOtherConnectorsAreRefused() {
    assertThrows(
        org.apache.kafka.connect.errors.ConnectException.class,
        () ->
            new JdbcSourceConnector()
                .alterOffsets(Map.of(), Map.of(Map.of("file", "x"), Map.of("position", 1L))));
  }
}

package dev.naru.connect.jdbc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.connect.source.SourceConnectorContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The connector itself: which tables there are, and who reads them. */
class JdbcSourceConnectorTest {
  private static final long PATIENCE_S = 30;
  private final JdbcSourceConnector connector = new JdbcSourceConnector();
  private final BlockingQueue<String> asked = new LinkedBlockingQueue<>();
  @TempDir Path folder;

  @AfterEach
  void stop() {
    connector.stop();
  }

  private String url() {
    return "jdbc:h2:" + folder.resolve("db") + ";IFEXISTS=FALSE;FILE_LOCK=FS";
  }

  private void start(String... namesAndValues) {
    SourceConnectorContext context =
        (SourceConnectorContext)
            Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {SourceConnectorContext.class},
                (proxy, method, args) -> {
                  asked.add(args == null ? method.getName() : method.getName() + args[0]);
                  return null;
                });
    Map<String, String> props =
        new HashMap<>(
            Map.of(
                "name",
                "test",
                "connection.url",
                url(),
                "tables",
                "t*",
                "mode",
                "bulk",
                "tables.poll.interval.ms",
                "100",
                "retry.backoff.ms",
                "50"));
    for (int i = 0; i < namesAndValues.length; i += 2) {
      props.put(namesAndValues[i], namesAndValues[i + 1]);
    }
    connector.initialize(context);
    connector.start(props);
  }

  private void createTable(String name) throws SQLException {
    try (Connection connection = DriverManager.getConnection(url())) {
      connection.createStatement().execute("CREATE TABLE " + name + " (id INTEGER)");
    }
  }

  private List<List<String>> shares(int tasks) {
    return connector.taskConfigs(tasks).stream()
        .map(config -> SourceTable.decode(config.get(JdbcSourceConfig.TASK_TABLES)))
        .map(tables -> tables.stream().map(SourceTable::table).toList())
        .toList();
  }

  @Test
  void tablesAreSpreadOverTasksAndNewOnesAreFound() throws Exception {
    createTable("t1");
    createTable("t2");
    createTable("t3");
    start();
    assertEquals(List.of(List.of("T1", "T2"), List.of("T3")), shares(2));
    assertEquals(3, shares(9).size());
    createTable("t4");
    assertEquals("requestTaskReconfiguration", asked.poll(PATIENCE_S, TimeUnit.SECONDS));
    assertEquals(List.of(List.of("T1", "T2"), List.of("T3", "T4")), shares(2));
  }

  @Test
  void aDatabaseThatIsAwayAtTheStartIsWaitedFor() throws Exception {
    Path inTheWay = folder.resolve("db.mv.db");
    Files.createDirectory(inTheWay);
    start();
    assertEquals(List.of(), connector.taskConfigs(2));
    Files.delete(inTheWay);
    createTable("t1");
    assertEquals("requestTaskReconfiguration", asked.poll(PATIENCE_S, TimeUnit.SECONDS));
    assertEquals(List.of(List.of("T1")), shares(2));
  }

  @Test
  void aPasswordThatIsWrongIsAFailure() throws Exception {
    createTable("t1");
    start("connection.user", "nobody", "connection.password", "hush");
    String failure = asked.poll(PATIENCE_S, TimeUnit.SECONDS);
    assertTrue(failure.startsWith("raiseError") && !failure.contains("hush"), failure);
  }

  @Test
  void aQueryIsOneTask() {
    start("tables", "", "query", "SELECT 1 AS id", "topic.name.format", "t");
    assertEquals(1, connector.taskConfigs(5).size());
  }
}

package dev.naru.connect.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConnectHostTest {
  private static ConnectHost load() {
    String classPath = System.getProperty("java.class.path");
    return ConnectHost.load(
        Arrays.stream(classPath.split(System.getProperty("path.separator")))
            .map(Path::of)
            .toList());
  }

  @Test
  void runtimeIsNotTheOneOfTheClassPath() {
    try (ConnectHost host = load()) {
      ConnectHostException e = assertThrows(ConnectHostException.class, host::connectors);
      assertEquals("Kafka Connect's runtime is not running", e.getMessage());
      assertFalse(e.mistaken());
    }
  }

  @Test
  void nobodyAtTheBootstrapAddressIsOneSentence(@TempDir Path folder) {
    try (ConnectHost host = load()) {
      Map<String, String> settings =
          new java.util.HashMap<>(
              WorkerSettings.standalone("127.0.0.1:1", folder.resolve("offsets")));
      settings.put("default.api.timeout.ms", "500");
      settings.put("request.timeout.ms", "200");
      settings.put("admin.request.timeout.ms", "200");
      ConnectHostException e =
          assertThrows(ConnectHostException.class, () -> host.start(settings, why -> {}));
      assertTrue(e.getMessage().startsWith("Kafka Connect's runtime did not start: "));
      assertEquals(1, e.getMessage().lines().count(), e.getMessage());
    }
  }

  @Test
  void databasesOpenWithTheConnectorsDrivers() throws Exception {
    try (ConnectHost host = load();
        Connection connection = host.open("jdbc:h2:mem:", new Properties())) {
      assertTrue(connection.isValid(1));
      assertThrows(SQLException.class, () -> host.open("jdbc:nonesuch:x", new Properties()));
    }
  }

  @Test
  void innermostCauseOfAFailureIsTold() {
    String trace =
        """
        org.apache.kafka.connect.errors.ConnectException: Exiting WorkerSinkTask
        \tat a.b(C.java:1)
        Caused by: java.sql.SQLException: The database is down.
        \t... 2 more
        """;
    ConnectorState.Task failed = new ConnectorState.Task(0, "FAILED", trace);
    ConnectorState state = new ConnectorState("c", "RUNNING", "", List.of(failed));
    assertEquals("The database is down.", state.failure());
    assertFalse(state.running());
    ConnectorState.Task fine = new ConnectorState.Task(0, "RUNNING", "");
    assertEquals("", new ConnectorState("c", "RUNNING", "", List.of(fine)).failure());
    assertTrue(new ConnectorState("c", "RUNNING", "", List.of(fine)).running());
  }
}

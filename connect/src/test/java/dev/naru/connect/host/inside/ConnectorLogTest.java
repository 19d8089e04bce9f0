package dev.naru.connect.host.inside;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Properties;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.Test;

class ConnectorLogTest {
  private final ByteArrayOutputStream console = new ByteArrayOutputStream();
  private String context;
  private final ConnectorLog log =
      new ConnectorLog(
          LogLevels.console(new Properties()),
          new PrintStream(console, true, StandardCharsets.UTF_8),
          () -> context);

  private void say(Level level, String logger, String message) {
    LogRecord record = new LogRecord(level, message);
    record.setLoggerName(logger);
    log.publish(record);
  }

  @Test
  void eachConnectorHasItsOwnLines() {
    context = "[shop|task-0] ";
    say(Level.INFO, "io.debezium.Thing", "one");
    context = "[pages|worker] ";
    say(Level.INFO, "dev.naru.connect.Thing", "two");
    context = null;
    say(Level.WARNING, "x", "nobody's");
    assertEquals(1, log.last("shop", 10).size());
    assertTrue(log.last("shop", 10).get(0).endsWith("INFO [task-0] io.debezium.Thing - one"));
    assertTrue(log.last("pages", 10).get(0).endsWith("INFO dev.naru.connect.Thing - two"));
    assertEquals(List.of(), log.last("nonesuch", 10));
    String shown = console.toString(StandardCharsets.UTF_8);
    assertTrue(shown.contains("WARN x - nobody's"), shown);
    assertFalse(shown.contains("one"), shown);
  }

  @Test
  void aTraceIsShownOnceForEachReasonThatIsSaidAtEachRestart() {
    context = "[shop|task-7] ";
    String runtime = "org.apache.kafka.connect.runtime.WorkerTask";
    fail(runtime, "killed");
    assertTrue(shown().contains("ERROR [task-7] " + runtime + " - killed\njava.lang"), shown());
    log.leaveOut((id, why) -> id.toString().equals("shop-7") && why.equals("no table"));
    console.reset();
    fail(runtime, "killed");
    assertEquals("", shown());
    fail("io.debezium.Thing", "stops");
    assertEquals(1, shown().lines().count(), shown());
    assertTrue(shown().contains(" - stops"), shown());
    console.reset();
    context = "[shop|worker] ";
    fail(runtime, "killed");
    assertTrue(shown().lines().count() > 1, "the connector itself failed");
    assertEquals(4, log.last("shop", 10).size());
    assertTrue(
        log.last("shop", 10).stream().allMatch(line -> line.contains("wrapped")),
        "the trace is there for who asks");
  }

  private void fail(String logger, String message) {
    LogRecord record = new LogRecord(Level.SEVERE, message);
    record.setLoggerName(logger);
    record.setThrown(new IllegalStateException("wrapped", new IllegalStateException("no table")));
    log.publish(record);
  }

  private String shown() {
    return console.toString(StandardCharsets.UTF_8);
  }

  @Test
  void theLastLinesAreKeptWithinTheirLimit() {
    context = "[a|task-0|offsets] ";
    String filler = "x".repeat(1_000);
    for (int i = 0; i < 1_000; i++) {
      say(Level.INFO, "l", i + " " + filler);
    }
    List<String> last = log.last("a", 10_000);
    assertTrue(last.size() < ConnectorLog.CHARACTERS / 1_000, last.size() + "");
    assertTrue(last.get(last.size() - 1).contains("- 999 "));
    assertEquals(last.subList(last.size() - 2, last.size()), log.last("a", 2));
    for (int i = 0; i < 2 * ConnectorLog.CONNECTORS; i++) {
      context = "[c" + i + "|worker] ";
      say(Level.INFO, "l", "m");
    }
    assertEquals(List.of(), log.last("a", 1), "the one that was silent for longest is forgotten");
  }

  @Test
  void secretsAreLeftOut() {
    context = "[a|task-0] ";
    say(Level.WARNING, "l", "cannot connect to jdbc:mariadb://db/x?password=p4ss");
    assertFalse(log.last("a", 1).get(0).contains("p4ss"));
    assertFalse(console.toString(StandardCharsets.UTF_8).contains("p4ss"));
  }

  @Test
  void aDeadLetterTopicThatIsMadeIsNoError() {
    context = "[a|task-0] ";
    String logger = "org.apache.kafka.connect.runtime.errors.DeadLetterQueueReporter";
    say(Level.SEVERE, logger, "Topic a-errors doesn't exist. Will attempt to create topic.");
    assertEquals("", console.toString(StandardCharsets.UTF_8));
    assertTrue(log.last("a", 1).get(0).contains(" INFO "));
    say(Level.SEVERE, logger, "Could not produce message to dead letter queue.");
    assertTrue(console.toString(StandardCharsets.UTF_8).contains("Could not produce"));
  }

  @Test
  void whatClientsSayOfThemselvesIsNotKept() {
    context = "[a|task-0] ";
    say(Level.INFO, "org.apache.kafka.clients.producer.ProducerConfig", "values: …");
    say(
        Level.INFO,
        "org.apache.kafka.connect.runtime.ConnectorConfig$EnrichedConnectorConfig",
        "values: …");
    assertEquals(List.of(), log.last("a", 10));
  }

  @Test
  void theConsoleFollowsTheNodesOwnLevels() {
    Properties system = new Properties();
    system.setProperty("org.slf4j.simpleLogger.defaultLogLevel", "warn");
    system.setProperty("org.slf4j.simpleLogger.log.org.apache.kafka", "error");
    system.setProperty("org.slf4j.simpleLogger.log.org.apache.kafka.x", "debug");
    LogLevels levels = LogLevels.console(system);
    assertEquals(Level.WARNING, levels.of("a.b"));
    assertEquals(Level.SEVERE, levels.of("org.apache.kafka.Y$Z"));
    assertEquals(Level.FINE, levels.of("org.apache.kafka.x.Y"));
    assertEquals(Level.WARNING, levels.of(null));
  }
}

package dev.naru.connect.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.connect.TaskContexts;
import dev.naru.connect.http.Api.Reply;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.errors.RetriableException;
import org.apache.kafka.connect.sink.SinkRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class HttpSinkTest {
  private final List<Long> timeouts = new ArrayList<>();
  private final List<String> reported = new ArrayList<>();
  private Api api;
  private HttpSinkTask task;

  @BeforeEach
  void start() throws Exception {
    api = new Api(asked -> new Reply(200, ""));
  }

  @AfterEach
  void stop() {
    if (task != null) {
      task.stop();
    }
    api.close();
  }

  private void run(String... options) {
    run(true, options);
  }

  private void run(boolean tolerant, String... options) {
    Map<String, String> props = TaskContexts.options(options);
    props.putIfAbsent("http.url", api.url() + "/in");
    task = new HttpSinkTask();
    task.initialize(TaskContexts.sink(timeouts, tolerant ? reported : null));
    task.start(props);
  }

  private static SinkRecord record(long offset, String key, Object value) {
    return new SinkRecord("orders", 3, null, key, null, value, offset);
  }

  private List<String> bodies() {
    return api.asked().stream().map(Api.Asked::body).toList();
  }

  @Test
  void recordsArePostedOneByOneWithAKeyThatTellsThemApart() {
    run();
    task.put(List.of(record(7, "a", Map.of("n", 1L)), record(8, "b", "text")));
    assertEquals(List.of("{\"n\":1}", "\"text\""), bodies());
    assertEquals("orders-3-7", api.asked().get(0).header("Idempotency-key"));
    assertEquals("application/json", api.asked().get(0).header("Content-type"));
    assertEquals("POST", api.asked().get(0).method());
  }

  @Test
  void recordsArePostedInBatches() {
    run("body.format", "array", "batch.records", "2");
    task.put(List.of(record(0, null, 1L), record(1, null, 2L), record(2, null, 3L)));
    assertEquals(List.of("[1,2]", "[3]"), bodies());
    assertEquals("orders-3-0-1", api.asked().get(0).header("Idempotency-key"));
    run("body.format", "lines", "batch.records", "10", "batch.bytes", "3");
    task.put(List.of(record(0, null, 1L), record(1, null, 23L), record(2, null, 4567L)));
    assertEquals(List.of("1\n23\n", "4567\n"), bodies().subList(2, 4));
  }

  @Test
  void urlsAreFilledInAndTombstonesDelete() {
    run(
        "http.url",
        api.url() + "/${topic}/${key}",
        "http.method",
        "PUT",
        "tombstones",
        "delete",
        "body.format",
        "text");
    task.put(List.of(record(0, "a b/ü", "x"), record(1, "c", null)));
    assertEquals("/orders/a%20b%2F%C3%BC", api.asked().get(0).path());
    assertEquals("x", api.asked().get(0).body());
    assertEquals("DELETE", api.asked().get(1).method());
    assertEquals("/orders/c", api.asked().get(1).path());
    api.handler(asked -> new Reply(404, ""));
    task.put(List.of(record(2, "d", null), record(3, null, "x"), record(4, "e", 5L)));
    assertEquals(2, reported.size(), reported.toString());
    assertTrue(reported.get(0).contains("orders-3@3 has no key"), reported.get(0));
    assertTrue(reported.get(1).contains("takes texts and bytes only"), reported.get(1));
  }

  @Test
  void whatFailsForAWhileIsSentAgainAndNothingTwiceNorInAnotherOrder() {
    run("retry.backoff.ms", "10", "retry.backoff.max.ms", "5000");
    List<SinkRecord> records =
        List.of(record(0, null, 0L), record(1, null, 1L), record(2, null, 2L));
    api.handler(
        asked ->
            asked.body().equals("1")
                ? new Reply(503, "busy", "Retry-After", "2")
                : new Reply(201, ""));
    RetriableException e = assertThrows(RetriableException.class, () -> task.put(records));
    assertTrue(e.getMessage().contains("503: busy"), e.getMessage());
    assertThrows(RetriableException.class, () -> task.put(records));
    assertEquals(List.of(2_000L, 2_000L), timeouts);
    api.handler(asked -> new Reply(200, ""));
    task.put(records);
    assertEquals(List.of("0", "1", "1", "1", "2"), bodies());
  }

  @Test
  void aRecordThatIsRefusedIsReportedAndTheOthersOfItsBatchAreSent() {
    run("body.format", "array", "batch.records", "10");
    api.handler(
        asked -> asked.body().contains("13") ? new Reply(422, "unlucky") : new Reply(200, ""));
    task.put(List.of(record(0, null, 12L), record(1, null, 13L), record(2, null, 14L)));
    assertEquals(List.of("[12,13,14]", "[12]", "[13]", "[14]"), bodies());
    assertEquals(1, reported.size());
    assertTrue(
        reported.get(0).startsWith("The record orders-3@1 is refused: POST ")
            && reported.get(0).endsWith("was answered 422: unlucky"),
        reported.get(0));
  }

  @Test
  void whatIsNotTheRecordsFaultStopsTheTaskAndLeavesNothingOut() {
    run();
    for (int status : List.of(401, 403, 404, 301)) {
      api.handler(asked -> new Reply(status, "no"));
      ConnectException e =
          assertThrows(ConnectException.class, () -> task.put(List.of(record(0, null, 1L))));
      assertEquals(ConnectException.class, e.getClass());
      assertTrue(e.getMessage().contains("nothing was left out"), e.getMessage());
    }
    assertEquals(List.of(), reported);
    run(false);
    api.handler(asked -> new Reply(400, "bad"));
    assertThrows(ConnectException.class, () -> task.put(List.of(record(0, null, 1L))));
  }

  @Test
  void mistakesOfOptionsAreSaid() {
    assertThrows(ConfigException.class, () -> run("batch.records", "2"));
    assertThrows(ConfigException.class, () -> run("tombstones", "delete"));
    assertThrows(ConfigException.class, () -> run("http.url", "http://x/${value}"));
  }
}

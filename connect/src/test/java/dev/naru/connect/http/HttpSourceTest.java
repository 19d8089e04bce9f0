package dev.naru.connect.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.connect.TaskContexts;
import dev.naru.connect.common.Pause;
import dev.naru.connect.http.Api.Reply;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.errors.RetriableException;
import org.apache.kafka.connect.source.SourceRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("once")
class HttpSourceTest {
  private static final long INTERVAL_MS = 60_000;
  private final Map<Map<String, ?>, Map<String, ?>> offsets = new HashMap<>();
  private Api api;
  private HttpSourceTask task;
  private long nowMs;

  @BeforeEach
  void start() throws Exception {
    api = new Api(asked -> new Reply(200, "[]"));
  }

  @AfterEach
  void stop() {
    if (task != null) {
      task.stop();
    }
    api.close();
  }

  private void run(String... options) {
    if (task != null) {
      task.stop();
    }
    Map<String, String> props = TaskContexts.options(options);
    props.putIfAbsent("http.url", api.url() + "/items");
    props.put("topic", "items");
    task =
        new HttpSourceTask(
            () -> nowMs,
            new Pause() {
              @Override
              public boolean await(long ms) {
                return isStopped();
              }
            });
    task.initialize(TaskContexts.source(offsets));
    task.start(props);
  }

  private List<SourceRecord> poll() {
    try {
      List<SourceRecord> records = task.poll();
      return records == null ? List.of() : records;
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The values of one round, whose offsets Connect remembers. */
  private List<Object> round() {
    List<Object> values = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      for (SourceRecord record : poll()) {
        offsets.put(record.sourcePartition(), record.sourceOffset());
        values.add(record.value());
      }
    }
    nowMs += INTERVAL_MS;
    return values;
  }

  @Test
  void recordsAreFoundByPointerWithKeyAndSecrets() {
    api.handler(
        asked -> new Reply(200, "{\"data\":{\"items\":[{\"id\":7,\"n\":\"x\"},{\"id\":\"b\"}]}}"));
    run(
        "records.pointer",
        "/data/items",
        "key.pointer",
        "/id",
        "http.auth",
        "bearer",
        "http.auth.secret",
        "hush",
        "http.headers",
        "X-One: 1\nX-Two: a: b");
    List<SourceRecord> records = poll();
    assertEquals(Map.of("id", 7L, "n", "x"), records.get(0).value());
    assertEquals("7", records.get(0).key());
    assertEquals("b", records.get(1).key());
    assertEquals("Bearer hush", api.asked().get(0).header("Authorization"));
    assertEquals("1", api.asked().get(0).header("X-One"));
    assertEquals("a: b", api.asked().get(0).header("X-Two"));
  }

  @Test
  void linesAndTextsAndJsonTexts() {
    api.handler(asked -> new Reply(200, "{\"a\":1}\n\n[2]\n"));
    run("format", "lines");
    assertEquals(List.of(Map.of("a", 1L), List.of(2L)), round());
    run("format", "text", "http.url", api.url() + "/text");
    assertEquals(List.of("{\"a\":1}\n\n[2]\n"), round());
    run("format", "lines", "value.format", "text", "http.url", api.url() + "/other");
    assertEquals(List.of("{\"a\":1}", "[2]"), round());
  }

  @Test
  void whatHasNotChangedIsNotDeliveredAgain() {
    api.handler(
        asked ->
            "\"v1\"".equals(asked.header("If-None-Match"))
                ? new Reply(304, "")
                : new Reply(200, "[1,2]", "ETag", "\"v1\""));
    run();
    assertEquals(List.of(1L, 2L), round());
    assertEquals(List.of(), round());
    run();
    assertEquals(List.of(), round(), "after a restart neither");
    api.handler(asked -> new Reply(200, "[1,2]"));
    assertEquals(List.of(), round(), "the same contents without an ETag");
    api.handler(asked -> new Reply(200, "[1,2,3]"));
    assertEquals(List.of(1L, 2L, 3L), round());
  }

  @Test
  void pagesAreFollowedByLink() {
    api.handler(
        asked ->
            asked.query() == null
                ? new Reply(
                    200, "[1]", "Link", "</x>; rel=\"prev\", </items?p=2>; rel=\"next last\"")
                : new Reply(200, "[2]"));
    run("paging", "link");
    assertEquals(List.of(1L, 2L), round());
    api.handler(asked -> new Reply(200, "[1]", "Link", "<http://192.0.2.1/items>; rel=next"));
    ConnectException e = assertThrows(ConnectException.class, this::poll);
    assertTrue(e.getMessage().contains("another server"), e.getMessage());
  }

  @Test
  void pagesAreFollowedByCursorAndByNumber() {
    api.handler(
        asked ->
            new Reply(
                200,
                "a=b&c=x%26y".equals(asked.query())
                    ? "{\"items\":[2],\"next\":null}"
                    : "{\"items\":[1],\"next\":\"x&y\"}"));
    run(
        "http.url",
        api.url() + "/items?a=b",
        "paging",
        "cursor",
        "records.pointer",
        "/items",
        "paging.cursor.pointer",
        "/next",
        "paging.cursor.parameter",
        "c");
    assertEquals(List.of(1L, 2L), round());
    api.handler(
        asked ->
            new Reply(200, asked.query().equals("page=3") ? "[]" : "[\"" + asked.query() + "\"]"));
    run("paging", "page");
    assertEquals(List.of("page=1", "page=2"), round());
    assertEquals(List.of("page=1", "page=2"), round());
    api.handler(asked -> new Reply(200, "[1]"));
    run("http.url", api.url() + "/endless", "paging", "page", "paging.pages.max", "3");
    poll();
    poll();
    ConnectException e = assertThrows(ConnectException.class, this::poll);
    assertTrue(e.getMessage().contains("do not end"), e.getMessage());
  }

  @Test
  void anInterruptedRoundGoesOnAtItsPage() {
    api.handler(
        asked ->
            new Reply(
                200, asked.query().equals("page=3") ? "[]" : "[\"" + asked.query() + "\",0]"));
    run("paging", "page");
    for (SourceRecord record : poll()) {
      offsets.put(record.sourcePartition(), record.sourceOffset());
    }
    List<SourceRecord> second = poll();
    offsets.put(second.get(0).sourcePartition(), second.get(0).sourceOffset());
    run("paging", "page");
    assertEquals(List.of("page=2", 0L), round());
  }

  @Test
  void onlyWhatIsBeyondTheLargestOneSeenComes() {
    api.handler(
        asked ->
            new Reply(
                200, "[{\"at\":1,\"n\":\"a\"},{\"at\":10,\"n\":\"b\"},{\"at\":9,\"n\":\"c\"}]"));
    String[] options = {
      "since.pointer", "/at", "since.parameter", "from", "since.first", "0", "value.format", "text"
    };
    run(options);
    assertEquals(3, round().size());
    assertEquals("from=0", api.asked().get(0).query());
    api.handler(
        asked ->
            new Reply(
                200, "[{\"at\":10,\"n\":\"b\"},{\"at\":10,\"n\":\"d\"},{\"at\":11,\"n\":\"e\"}]"));
    run(options);
    assertEquals(List.of("{\"at\":10,\"n\":\"d\"}", "{\"at\":11,\"n\":\"e\"}"), round());
    assertEquals("from=10", api.asked().get(1).query());
  }

  @Test
  void troublesAreWaitedOutAsTheServerAsks() {
    api.handler(asked -> new Reply(429, "slow down", "Retry-After", "20"));
    run();
    RetriableException e = assertThrows(RetriableException.class, this::poll);
    assertTrue(e.getMessage().contains("was answered 429: slow down"), e.getMessage());
    api.handler(asked -> new Reply(200, "[1]"));
    nowMs += 19_999;
    assertEquals(List.of(), poll());
    nowMs += 1;
    assertEquals(1, poll().size());
    assertEquals(2, api.asked().size());
  }

  @Test
  void aServerThatIsDownIsTriedAgainWithGrowingPauses() {
    api.close();
    run("retry.backoff.ms", "10", "max.retries", "2");
    assertTrue(
        assertThrows(RetriableException.class, this::poll).getMessage().contains("in 10 ms"));
    nowMs += 10;
    assertTrue(
        assertThrows(RetriableException.class, this::poll).getMessage().contains("in 20 ms"));
    nowMs += 20;
    assertEquals(
        ConnectException.class, assertThrows(ConnectException.class, this::poll).getClass());
  }

  @Test
  void answersThatNobodyCanUseAreSentences() {
    run("http.response.bytes.max", "1024");
    api.handler(asked -> new Reply(404, "{\"error\":\"no such thing\"}"));
    assertMistake("was answered 404: {\"error\":\"no such thing\"}.");
    api.handler(asked -> new Reply(200, "<html>"));
    assertMistake("is not JSON: Not JSON at character 1");
    api.handler(asked -> new Reply(302, "", "Location", "http://192.0.2.1/"));
    assertMistake("redirects to another server");
    api.handler(asked -> new Reply(200, "x".repeat(2_000)));
    assertTrue(
        assertThrows(RetriableException.class, this::poll)
            .getMessage()
            .contains("more than 1024 bytes"));
  }

  private void assertMistake(String part) {
    ConnectException e = assertThrows(ConnectException.class, this::poll);
    assertTrue(e.getMessage().contains(part), e.getMessage());
  }

  @Test
  void redirectsOnTheSameServerAreFollowed() {
    api.handler(
        asked ->
            asked.path().equals("/items")
                ? new Reply(301, "", "Location", "/there")
                : new Reply(200, "[1]"));
    run();
    assertEquals(List.of(1L), round());
  }

  @Test
  void mistakesOfOptionsAreSaidAndHoldNoSecrets() {
    assertThrows(ConfigException.class, () -> run("http.url", "ftp://x/"));
    ConfigException e =
        assertThrows(ConfigException.class, () -> run("http.url", "http://u:hush@x/"));
    assertTrue(!e.getMessage().contains("hush"), e.getMessage());
    assertThrows(ConfigException.class, () -> run("http.auth", "basic", "http.auth.secret", "x"));
    assertThrows(ConfigException.class, () -> run("http.headers", "Host: x"));
    assertThrows(ConfigException.class, () -> run("paging", "cursor"));
    assertThrows(ConfigException.class, () -> run("records.pointer", "data"));
    assertTrue(
        !new HttpSourceConfig(
                TaskContexts.options(
                    "http.url", "http://x/", "topic", "t", "http.headers", "X-Key: hush"))
            .values()
            .toString()
            .contains("hush"));
  }
}

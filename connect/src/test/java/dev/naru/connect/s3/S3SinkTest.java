package dev.naru.connect.s3;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.connect.TaskContexts;
import dev.naru.connect.http.Api;
import dev.naru.connect.http.Api.Reply;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.LongStream;
import java.util.zip.GZIPInputStream;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.errors.RetriableException;
import org.apache.kafka.connect.sink.SinkRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Against a store of the test's own, which keeps objects in memory. */
@Tag("once")
class S3SinkTest {
  private static final TopicPartition PARTITION = new TopicPartition("orders", 3);
  private static final long NOON_MS = 1_795_694_400_000L;
  private static final long HOUR_MS = 3_600_000;
  private final TreeMap<String, byte[]> objects = new TreeMap<>();
  private final List<Long> timeouts = new ArrayList<>();
  private final List<String> reported = new ArrayList<>();
  private Api store;
  private S3SinkTask task;
  private long nowMs;

  @BeforeEach
  void start() throws Exception {
    store = new Api(this::keep);
  }

  private Reply keep(Api.Asked asked) {
    try {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(asked.bytes());
      assertEquals(HexFormat.of().formatHex(hash), asked.header("X-amz-content-sha256"));
    } catch (java.security.NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
    objects.put(java.net.URLDecoder.decode(asked.path(), StandardCharsets.UTF_8), asked.bytes());
    return new Reply(200, "");
  }

  @AfterEach
  void stop() {
    if (task != null) {
      task.stop();
    }
    store.close();
  }

  private void run(String... options) {
    Map<String, String> props = TaskContexts.options(options);
    props.putIfAbsent("s3.endpoint", store.url());
    props.putIfAbsent("gzip", "false");
    props.putIfAbsent("s3.access.key", "AK");
    props.putIfAbsent("s3.secret.key", "hush");
    props.put("s3.bucket", "bucket");
    task = new S3SinkTask(() -> nowMs);
    task.initialize(TaskContexts.sink(timeouts, reported));
    task.start(props);
    task.open(List.of(PARTITION));
  }

  private static SinkRecord record(long offset, long timestamp, Object value) {
    return new SinkRecord(
        "orders", 3, null, "k", null, value, offset, timestamp, TimestampType.CREATE_TIME);
  }

  private static List<SinkRecord> records(long from, long to) {
    return LongStream.rangeClosed(from, to)
        .mapToObj(offset -> record(offset, NOON_MS, offset))
        .toList();
  }

  private Long committed() {
    var offset = task.preCommit(Map.of()).get(PARTITION);
    return offset == null ? null : offset.offset();
  }

  private static String name(long first) {
    return "/bucket/orders/partition=3/orders+3+" + String.format("%020d", first) + ".jsonl";
  }

  private String text(String name) {
    return new String(objects.get(name), StandardCharsets.UTF_8);
  }

  @Test
  void recordsAreStoredWhenThereAreEnoughAndOnlyThenCommitted() {
    run("rotate.records", "3");
    task.put(records(5, 6));
    assertEquals(Map.of(), objects);
    assertEquals(null, committed());
    task.put(records(7, 8));
    assertEquals("5\n6\n7\n", text(name(5)));
    assertEquals(8L, committed());
    assertTrue(
        store.asked().get(0).header("Authorization").startsWith("AWS4-HMAC-SHA256 Credential=AK/"));
  }

  @Test
  void objectsAreCompressedAndHaveEnvelopesIfWanted() throws IOException {
    run("rotate.records", "2", "gzip", "true", "record.envelope", "true", "s3.prefix", "a b/");
    task.put(List.of(record(0, NOON_MS, Map.of("n", 1L)), record(1, NOON_MS, null)));
    byte[] object =
        objects.get("/bucket/a b/orders/partition=3/orders+3+00000000000000000000.jsonl.gz");
    String text =
        new String(
            new GZIPInputStream(new ByteArrayInputStream(object)).readAllBytes(),
            StandardCharsets.UTF_8);
    String about = "{\"topic\":\"orders\",\"partition\":3,\"offset\":";
    String more = ",\"timestamp\":1795694400000,\"key\":\"k\",\"value\":";
    assertEquals(
        List.of(about + 0 + more + "{\"n\":1}}", about + 1 + more + "null}"),
        text.lines().toList());
  }

  @Test
  void objectsAreDividedByHourAndStoredTogether() {
    run("partition.by", "hour", "rotate.records", "4");
    task.put(
        List.of(
            record(0, NOON_MS, 0L),
            record(1, NOON_MS + HOUR_MS - 1, 1L),
            record(2, NOON_MS - 1, 2L),
            record(3, NOON_MS + 1, 3L)));
    assertEquals(
        List.of(
            "/bucket/orders/partition=3/date=2026-11-26/hour=11/orders+3+00000000000000000002.jsonl",
            "/bucket/orders/partition=3/date=2026-11-26/hour=12/orders+3+00000000000000000000.jsonl"),
        List.copyOf(objects.keySet()));
  }

  @Test
  void theTimeOfRecordsAndOfTheClockBeginsNewObjects() {
    run("rotate.span.ms", "1000", "rotate.after.ms", "5000");
    task.put(List.of(record(0, NOON_MS, 0L), record(1, NOON_MS + 999, 1L)));
    task.put(List.of(record(2, NOON_MS + 1_000, 2L)));
    assertEquals("0\n1\n", text(name(0)));
    nowMs += 4_999;
    task.put(List.of());
    assertEquals(1, objects.size());
    nowMs += 1;
    task.put(List.of());
    assertEquals("2\n", text(name(2)));
    assertEquals(3L, committed());
  }

  @Test
  void tooMuchMemoryStoresEarly() {
    run("buffer.bytes.max", "1024");
    task.put(List.of(record(0, NOON_MS, "x".repeat(2_000))));
    assertEquals(1, objects.size());
  }

  @Test
  void whatFailsIsStoredLaterTheSame() {
    run("rotate.records", "2", "retry.backoff.ms", "10", "gzip", "true");
    store.handler(asked -> new Reply(503, "<Error><Code>SlowDown</Code></Error>"));
    List<SinkRecord> records = records(0, 4);
    assertThrows(RetriableException.class, () -> task.put(records));
    assertThrows(RetriableException.class, () -> task.put(records));
    assertEquals(null, committed());
    assertEquals(List.of(10L, 20L), timeouts);
    store.handler(this::keep);
    task.put(records);
    assertEquals(2, objects.size());
    assertEquals(4L, committed());
  }

  @Test
  void whateverIsInterruptedAndReadAgainEveryRecordIsInOneObject() {
    Random random = new Random(7);
    int interrupted = 0;
    for (int round = 0; round < 15; round++) {
      objects.clear();
      List<SinkRecord> all = new ArrayList<>();
      for (long offset = 0; offset < 60; offset++) {
        all.add(record(offset, NOON_MS + random.nextInt(3) * HOUR_MS, offset));
      }
      long committed = 0;
      while (committed < 55) {
        int fails = random.nextInt(12);
        int[] calls = {0};
        store.handler(asked -> ++calls[0] > fails ? new Reply(500, "") : keep(asked));
        run("partition.by", "hour", "rotate.records", "11", "rotate.span.ms", "1000000000");
        try {
          for (int at = (int) committed; at < 60; at += 5) {
            task.put(all.subList(at, Math.min(60, at + 5)));
          }
        } catch (RetriableException e) {
          interrupted++;
        }
        Long safe = committed();
        // Offsets that were to be committed may be lost as well.
        committed = safe == null || random.nextBoolean() ? committed : safe;
        task.stop();
      }
      List<Long> stored = new ArrayList<>();
      objects.keySet().forEach(name -> text(name).lines().map(Long::valueOf).forEach(stored::add));
      long end = committed;
      List<Long> expected = LongStream.range(0, end).boxed().toList();
      assertEquals(expected, stored.stream().filter(offset -> offset < end).sorted().toList());
    }
    assertTrue(interrupted > 15, "interrupted " + interrupted + " times");
  }

  @Test
  void refusalsAreSentences() {
    run("rotate.records", "1");
    store.handler(
        asked ->
            new Reply(
                404,
                "<?xml version=\"1.0\"?><Error><Code>NoSuchBucket</Code><Message>The bucket does not exist</Message></Error>"));
    ConnectException e = assertThrows(ConnectException.class, () -> task.put(records(0, 0)));
    assertTrue(
        e.getMessage().endsWith("cannot be stored: 404 NoSuchBucket, The bucket does not exist."),
        e.getMessage());
  }

  @Test
  void textsAreLinesAsTheyAre() {
    run("rotate.records", "2", "value.format", "text");
    task.put(
        List.of(
            record(0, NOON_MS, "{\"a\":1}"),
            record(1, NOON_MS, 5L),
            record(2, NOON_MS, "two\nlines"),
            record(3, NOON_MS, "b")));
    assertEquals("{\"a\":1}\nb\n", text(name(0)));
    assertEquals(2, reported.size());
    assertEquals(4L, committed());
  }

  @Test
  void mistakesOfOptionsAreSaid() {
    assertThrows(ConfigException.class, () -> run("s3.endpoint", "minio:9000"));
    assertThrows(ConfigException.class, () -> run("s3.access.key", ""));
  }
}

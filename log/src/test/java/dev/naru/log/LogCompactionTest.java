package dev.naru.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Compaction of a log that serves. */
class LogCompactionTest {
  private static final LogConfig CONFIG = config();

  @TempDir Path directory;
  private LogFixture fixture;

  @BeforeEach
  void open() {
    fixture = new LogFixture(directory);
  }

  @AfterEach
  void close() {
    fixture.close();
  }

  private static LogConfig config() {
    LogConfig d = LogConfig.DEFAULTS;
    return new LogConfig(
        2000,
        d.segmentMs(),
        0,
        d.segmentIndexBytes(),
        256,
        -1,
        -1,
        false,
        true,
        d.deleteRetentionMs(),
        0,
        Long.MAX_VALUE,
        0.1,
        d.maxMessageBytes(),
        0,
        false,
        d.flushMessages(),
        d.flushMs(),
        Durability.FSYNC);
  }

  private void put(PartitionLog log, String key, String value) {
    SimpleRecord record =
        new SimpleRecord(
            1000, key.getBytes(StandardCharsets.UTF_8), value.getBytes(StandardCharsets.UTF_8));
    ByteBuffer batch = MemoryRecords.withRecords(Compression.NONE, record).buffer();
    log.append(batch, fixture.client());
  }

  /** What a consumer from the start ends up with; offset by key. */
  private static Map<String, String> state(PartitionLog log) {
    Map<String, String> state = new TreeMap<>();
    long at = log.logStartOffset();
    while (at < log.highWatermark()) {
      ReadResult read =
          log.read(at, 500, true, ReadLimit.HIGH_WATERMARK).toCompletableFuture().join();
      try (LogSlice slice = read.records()) {
        if (slice.sizeInBytes() == 0) {
          return state;
        }
        for (MutableRecordBatch batch : slice.toMemoryRecords().batches()) {
          batch.ensureValid();
          at = batch.nextOffset();
          for (Record record : batch) {
            state.put(
                StandardCharsets.UTF_8.decode(record.key()).toString(),
                record.offset() + "=" + StandardCharsets.UTF_8.decode(record.value()));
          }
        }
      }
    }
    return state;
  }

  @Test
  void theLatestOfEachKeyStaysAtItsOffsetAlsoAfterACrash() throws Exception {
    PartitionLog log = fixture.store.openOrCreate(LogFixture.ID, CONFIG);
    for (int i = 0; i < 600; i++) {
      put(log, "key" + i % 7, "value" + i);
    }
    LogFixture.awaitDurable(log);
    Map<String, String> expected = state(log);
    long before = log.sizeInBytes();
    fixture.store.compact(fixture.nowMs.get());
    assertTrue(log.sizeInBytes() < before / 5, before + " became " + log.sizeInBytes());
    assertEquals(expected, state(log));
    assertEquals(600, log.highWatermark());
    put(log, "key0", "new");
    LogFixture.awaitDurable(log);
    Map<String, String> changed = state(log);
    assertEquals("600=new", changed.get("key0"));
    fixture.restart();
    assertEquals(changed, state(fixture.store.openOrCreate(LogFixture.ID, CONFIG)));
    fixture.store.close();
    Files.delete(directory.resolve("clean-stop"));
    fixture.open();
    PartitionLog again = fixture.store.openOrCreate(LogFixture.ID, CONFIG);
    assertTrue(again.failure().isEmpty(), () -> again.failure().toString());
    assertEquals(changed, state(again));
    assertEquals(7, again.latestEpoch());
  }
}

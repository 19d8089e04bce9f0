package dev.naru.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.utils.internals.BufferSupplier;
import org.apache.kafka.common.utils.internals.CloseableIterator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The settings that all logs share do what they say, and may change while the store is open. */
class LogStoreConfigTest {
  private static final long MINUTE_MS = 60_000;

  private LogFixture fixture;

  @BeforeEach
  void open(@TempDir Path directory) {
    fixture = new LogFixture(directory);
  }

  @AfterEach
  void close() {
    fixture.close();
  }

  private static LogStoreConfig config(long expirationMs, long expirationCheckMs, long retainMs) {
    LogStoreConfig d = LogStoreConfig.DEFAULTS;
    return new LogStoreConfig(
        expirationMs,
        expirationCheckMs,
        retainMs,
        d.compaction(),
        d.compactionPauseMs(),
        d.compactionKeyBytes());
  }

  /** A round of maintenance, so much later. */
  private void later(long byMs) {
    fixture.store.maintain(fixture.nowMs.addAndGet(byMs), true);
  }

  @Test
  void producersAreForgottenAfterTheirTimeAndWhenItIsLookedFor() {
    fixture.store.reconfigure(config(10 * MINUTE_MS, 5 * MINUTE_MS, 1));
    PartitionLog log = fixture.store.openOrCreate(LogFixture.ID, LogFixture.config(1 << 20));
    log.append(LogFixture.idempotent(4, 0, "a"), fixture.client());
    later(9 * MINUTE_MS);
    assertEquals(1, log.producers().size(), "too early");
    later(2 * MINUTE_MS);
    assertEquals(1, log.producers().size(), "due, but it is not looked for yet");
    later(3 * MINUTE_MS);
    assertEquals(0, log.producers().size());

    log.append(LogFixture.idempotent(5, 0, "b"), fixture.client());
    fixture.store.reconfigure(config(MINUTE_MS, 1, 1));
    later(MINUTE_MS);
    assertEquals(0, log.producers().size(), "the new setting holds for logs that are open");
  }

  @Test
  void retentionLooksAroundAsOftenAsItIsTold() {
    fixture.store.reconfigure(config(MINUTE_MS, MINUTE_MS, 10 * MINUTE_MS));
    LogConfig config = new LogFixture.Settings().retentionMs(1000).build();
    PartitionLog log = fixture.store.openOrCreate(LogFixture.ID, config);
    later(MINUTE_MS);
    fixture.appendDurably(log, "a");
    later(9 * MINUTE_MS);
    assertEquals(0, log.logStartOffset(), "it is not looked for yet");
    later(MINUTE_MS);
    assertEquals(1, log.logStartOffset());
  }

  @Test
  void whatIsTooOldWhenItComesStaysUntilRetentionLooksAround() {
    LogConfig config = new LogFixture.Settings().retentionMs(1000).build();
    PartitionLog log = fixture.store.openOrCreate(LogFixture.ID, config);
    fixture.appendDurably(log, "a");
    later(29_000);
    assertEquals(0, log.logStartOffset(), "the first look is half a minute after the start");
    later(1000);
    assertEquals(1, log.logStartOffset());
    fixture.appendDurably(log, "b");
    later(5 * MINUTE_MS - 1000);
    assertEquals(1, log.logStartOffset(), "and then one every five minutes, as in Apache Kafka");
    later(1000);
    assertEquals(2, log.logStartOffset());
  }

  @Test
  void aClockThatIsPutBackDoesNotStopTheRounds() {
    fixture.store.reconfigure(config(MINUTE_MS, MINUTE_MS, MINUTE_MS));
    LogConfig config = new LogFixture.Settings().retentionMs(1000).build();
    PartitionLog log = fixture.store.openOrCreate(LogFixture.ID, config);
    later(60 * MINUTE_MS);
    fixture.nowMs.addAndGet(-60 * MINUTE_MS);
    fixture.appendDurably(log, "a");
    later(MINUTE_MS);
    assertEquals(1, log.logStartOffset());
  }

  @ParameterizedTest
  @EnumSource(
      value = CompressionType.class,
      names = {"GZIP", "SNAPPY", "LZ4", "ZSTD"})
  void aBatchThatInflatesTooFarIsNotReadToItsEnd(CompressionType codec) {
    SimpleRecord[] records = new SimpleRecord[100];
    for (int i = 0; i < records.length; i++) {
      records[i] = new SimpleRecord(i, new byte[10_000]);
    }
    RecordBatch batch =
        MemoryRecords.withRecords(Compression.of(codec).build(), records)
            .batches()
            .iterator()
            .next();
    assertTrue(batch.sizeInBytes() < 100_000, "it is compressed");

    assertEquals(100, count(new InflationLimit(20_000, 2_000_000), batch));
    assertThrows(
        InvalidRecordException.class, () -> count(new InflationLimit(20_000, 500_000), batch));
    assertThrows(
        InvalidRecordException.class, () -> count(new InflationLimit(5_000, 2_000_000), batch));
  }

  private static int count(InflationLimit limit, RecordBatch batch) {
    int count = 0;
    try (CloseableIterator<Record> left = limit.records(batch, BufferSupplier.NO_CACHING)) {
      for (; left.hasNext(); left.next()) {
        count++;
      }
    }
    return count;
  }
}

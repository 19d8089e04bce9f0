package dev.naru.broker.produce;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.broker.partition.TopicSettings;
import dev.naru.log.InflationLimit;
import dev.naru.log.LogConfig;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.errors.CorruptRecordException;
import org.apache.kafka.common.errors.InvalidTimestampException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.UnsupportedCompressionTypeException;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class BatchCheckTest {
  private static final short VERSION = 11;
  private static final long NOW_MS = 1_000_000;

  private static TopicSettings settings(String compression, TimestampType type, boolean compact) {
    LogConfig d = LogConfig.DEFAULTS;
    LogConfig log =
        new LogConfig(
            d.segmentBytes(),
            d.segmentMs(),
            d.segmentJitterMs(),
            d.segmentIndexBytes(),
            d.indexIntervalBytes(),
            d.retentionMs(),
            d.retentionBytes(),
            !compact,
            compact,
            d.deleteRetentionMs(),
            d.minCompactionLagMs(),
            d.maxCompactionLagMs(),
            d.minCleanableDirtyRatio(),
            d.maxMessageBytes(),
            d.fileDeleteDelayMs(),
            d.preallocate(),
            d.flushMessages(),
            d.flushMs(),
            d.durability(),
            new InflationLimit(500_000, 1_000_000));
    return new TopicSettings(log, 1000, compression, null, type, 3_600_000, 3_600_000, 1);
  }

  private static final TopicSettings PLAIN = settings("producer", TimestampType.CREATE_TIME, false);

  private static MemoryRecords batch(SimpleRecord... records) {
    return MemoryRecords.withRecords(Compression.NONE, records);
  }

  private static SimpleRecord record(String key, String value) {
    return new SimpleRecord(
        NOW_MS,
        key == null ? null : key.getBytes(StandardCharsets.UTF_8),
        value.getBytes(StandardCharsets.UTF_8));
  }

  private static BatchCheck.Checked check(MemoryRecords records, TopicSettings settings) {
    return BatchCheck.check(records, VERSION, settings, NOW_MS);
  }

  @Test
  void aGoodBatchPassesWithoutACopy() {
    MemoryRecords records = batch(record("k", "v"));

    BatchCheck.Checked checked = check(records, PLAIN);

    assertEquals(records.buffer(), checked.bytes());
  }

  @Test
  void aFlippedBitIsCorrupt() {
    MemoryRecords records = batch(record("k", "v"));
    ByteBuffer bytes = records.buffer();
    int last = bytes.limit() - 1;
    bytes.put(last, (byte) (bytes.get(last) ^ 1));

    assertThrows(CorruptRecordException.class, () -> check(records, PLAIN));
  }

  @Test
  void aLengthBeyondTheRequestIsCorrupt() {
    MemoryRecords records = batch(record("k", "v"));
    records.buffer().putInt(8, 1 << 30);

    assertThrows(CorruptRecordException.class, () -> check(records, PLAIN));
  }

  @Test
  void whatWasSentToAPartitionThatIsElsewhereIsReadOnlyWhenItCanBe() {
    MemoryRecords good = batch(record("k", "v"));
    assertEquals(good.firstBatch(), BatchCheck.unchecked(good, VERSION));
    assertNull(BatchCheck.unchecked(null, VERSION));
    assertNull(BatchCheck.unchecked(MemoryRecords.EMPTY, VERSION));
    for (int length : new int[] {Integer.MIN_VALUE, -1, 3, 20, 1 << 30, Integer.MAX_VALUE}) {
      MemoryRecords records = batch(record("k", "v"));
      records.buffer().putInt(8, length);
      assertNull(BatchCheck.unchecked(records, VERSION), length + " bytes");
    }
  }

  @Test
  void anOldMagicIsRefused() {
    MemoryRecords records = batch(record("k", "v"));
    records.buffer().put(16, (byte) 1);

    assertThrows(InvalidRecordException.class, () -> check(records, PLAIN));
  }

  @Test
  void twoBatchesAreRefused() {
    ByteBuffer one = batch(record("k", "v")).buffer();
    ByteBuffer two = ByteBuffer.allocate(one.remaining() * 2);
    two.put(one.duplicate()).put(one.duplicate()).flip();

    assertThrows(
        InvalidRecordException.class, () -> check(MemoryRecords.readableRecords(two), PLAIN));
  }

  @Test
  void nothingAtAllIsRefused() {
    assertThrows(InvalidRecordException.class, () -> check(MemoryRecords.EMPTY, PLAIN));
    assertThrows(InvalidRecordException.class, () -> check(null, PLAIN));
  }

  @Test
  void aBatchAboveMaxMessageBytesIsTooLarge() {
    assertThrows(
        RecordTooLargeException.class, () -> check(batch(record("k", "v".repeat(1000))), PLAIN));
  }

  @Test
  void anUnknownCodecIsUnsupported() {
    MemoryRecords records = batch(record("k", "v"));
    records.buffer().putShort(21, (short) 6);

    assertThrows(UnsupportedCompressionTypeException.class, () -> check(records, PLAIN));
  }

  @Test
  void bytesThatAreNotOfTheirCodecAreCorrupt() {
    for (Compression codec :
        List.of(
            Compression.gzip().build(),
            Compression.lz4().build(),
            Compression.zstd().build(),
            Compression.snappy().build())) {
      check(MemoryRecords.withRecords(codec, record("k", "v")), PLAIN);
    }
    MemoryRecords records = batch(record("k", "v"));
    records.buffer().putShort(21, (short) 1);
    var crc = new java.util.zip.CRC32C();
    crc.update(records.buffer().slice(21, records.sizeInBytes() - 21));
    records.buffer().putInt(17, (int) crc.getValue());

    assertThrows(CorruptRecordException.class, () -> check(records, PLAIN));
  }

  @Test
  void zstdNeedsProduceVersion7() {
    MemoryRecords records = MemoryRecords.withRecords(Compression.zstd().build(), record("k", "v"));

    assertThrows(
        UnsupportedCompressionTypeException.class,
        () -> BatchCheck.check(records, (short) 6, PLAIN, NOW_MS));
  }

  @Test
  void aTimestampOutOfRangeIsRefused() {
    SimpleRecord old =
        new SimpleRecord(
            NOW_MS + 3_600_001,
            "k".getBytes(StandardCharsets.UTF_8),
            "v".getBytes(StandardCharsets.UTF_8));

    assertThrows(InvalidTimestampException.class, () -> check(batch(old), PLAIN));
  }

  @Test
  void aCompactedTopicNeedsKeys() {
    TopicSettings compacted = settings("producer", TimestampType.CREATE_TIME, true);

    assertThrows(InvalidRecordException.class, () -> check(batch(record(null, "v")), compacted));
    check(batch(record("k", "v")), compacted);
  }

  @Test
  void logAppendTimeIsWrittenIntoTheHeaderAndKeepsTheCrcRight() {
    TopicSettings stamped = settings("producer", TimestampType.LOG_APPEND_TIME, false);

    BatchCheck.Checked checked =
        BatchCheck.check(batch(record("k", "v")), VERSION, stamped, NOW_MS + 5);

    var stored = MemoryRecords.readableRecords(checked.bytes()).batches().iterator().next();
    stored.ensureValid();
    assertEquals(TimestampType.LOG_APPEND_TIME, stored.timestampType());
    assertEquals(NOW_MS + 5, stored.maxTimestamp());
  }

  @Test
  void aTopicsOwnCodecReplacesTheProducers() {
    TopicSettings gzip = settings("gzip", TimestampType.CREATE_TIME, false);

    BatchCheck.Checked checked = check(batch(record("a", "1"), record("b", "2")), gzip);

    MemoryRecords stored = MemoryRecords.readableRecords(checked.bytes());
    assertEquals(CompressionType.GZIP, stored.batches().iterator().next().compressionType());
    List<String> keys = new ArrayList<>();
    for (Record record : stored.records()) {
      byte[] key = new byte[record.keySize()];
      record.key().get(key);
      keys.add(new String(key, StandardCharsets.UTF_8));
    }
    assertEquals(List.of("a", "b"), keys);
    assertTrue(checked.batch().isValid());
  }

  /** Ten megabytes that fit into a few kilobytes, as one record or as many. */
  private static MemoryRecords bomb(CompressionType codec, int records) {
    SimpleRecord[] all = new SimpleRecord[records];
    for (int i = 0; i < records; i++) {
      all[i] =
          new SimpleRecord(
              NOW_MS, "k".getBytes(StandardCharsets.UTF_8), new byte[10_000_000 / records]);
    }
    return MemoryRecords.withRecords(Compression.of(codec).build(), all);
  }

  private static TopicSettings roomy(TopicSettings settings) {
    return new TopicSettings(
        settings.log(),
        100_000_000,
        settings.compression(),
        null,
        settings.timestampType(),
        settings.timestampBeforeMaxMs(),
        settings.timestampAfterMaxMs(),
        1);
  }

  @ParameterizedTest
  @EnumSource(
      value = CompressionType.class,
      names = {"GZIP", "SNAPPY", "LZ4", "ZSTD"})
  void aBatchThatInflatesTooFarIsRefusedWhereTheTopicMustLookInside(CompressionType codec) {
    TopicSettings compacted = roomy(settings("producer", TimestampType.CREATE_TIME, true));
    TopicSettings recompressed = roomy(settings("uncompressed", TimestampType.CREATE_TIME, false));
    for (int records : new int[] {1, 100}) {
      MemoryRecords bomb = bomb(codec, records);
      assertThrows(InvalidRecordException.class, () -> check(bomb, compacted));
      assertThrows(InvalidRecordException.class, () -> check(bomb, recompressed));
    }
  }

  @Test
  void whatATopicInflatesMustFitItToo() {
    SimpleRecord large = new SimpleRecord(NOW_MS, new byte[10_000]);
    MemoryRecords batch = MemoryRecords.withRecords(Compression.zstd().build(), large);
    TopicSettings inflating = settings("uncompressed", TimestampType.CREATE_TIME, false);
    assertTrue(batch.sizeInBytes() < inflating.maxMessageBytes());
    assertThrows(RecordTooLargeException.class, () -> check(batch, inflating));
  }

  @Test
  void oneOldRecordAmongNewOnesIsFound() {
    MemoryRecords batch =
        MemoryRecords.withRecords(
            Compression.gzip().build(),
            new SimpleRecord(NOW_MS, "old".getBytes(StandardCharsets.UTF_8)),
            new SimpleRecord(NOW_MS + 3_600_001, "new".getBytes(StandardCharsets.UTF_8)));
    assertThrows(
        InvalidTimestampException.class,
        () -> BatchCheck.check(batch, VERSION, PLAIN, NOW_MS + 3_600_001));
  }
}

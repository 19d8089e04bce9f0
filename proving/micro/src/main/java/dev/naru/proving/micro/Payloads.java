package dev.naru.proving.micro;

import dev.naru.broker.partition.TopicSettings;
import dev.naru.log.LogConfig;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.DefaultRecordBatch;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;

/** What clients send in the benchmarks, and the settings of the topic that they send it to. */
public final class Payloads {
  private static final int RECORD_BYTES = 1 << 10;
  private static final int RECORD_OVERHEAD_BYTES = 12;
  private static final long HOUR_MS = 3_600_000;

  private Payloads() {}

  /** One batch of about that many bytes, with a record for each kilobyte begun, not compressed. */
  public static MemoryRecords batch(int bytes) {
    SimpleRecord[] records = new SimpleRecord[Math.max(1, bytes / RECORD_BYTES)];
    int each = (bytes - DefaultRecordBatch.RECORD_BATCH_OVERHEAD) / records.length;
    SplittableRandom random = new SplittableRandom(1);
    long nowMs = System.currentTimeMillis();
    for (int i = 0; i < records.length; i++) {
      byte[] value = new byte[Math.max(1, each - RECORD_OVERHEAD_BYTES)];
      random.nextBytes(value);
      records[i] = new SimpleRecord(nowMs, value);
    }
    return MemoryRecords.withRecords(Compression.NONE, records);
  }

  /** The same bytes outside the heap, where a frame lies. */
  public static MemoryRecords direct(MemoryRecords records) {
    ByteBuffer bytes = records.buffer();
    ByteBuffer copy = ByteBuffer.allocateDirect(bytes.remaining()).put(bytes.duplicate()).flip();
    return MemoryRecords.readableRecords(copy);
  }

  /** A topic's defaults. */
  public static TopicSettings topicSettings(LogConfig log) {
    return new TopicSettings(
        log,
        log.maxMessageBytes(),
        "producer",
        null,
        TimestampType.CREATE_TIME,
        Long.MAX_VALUE,
        HOUR_MS,
        1);
  }
}

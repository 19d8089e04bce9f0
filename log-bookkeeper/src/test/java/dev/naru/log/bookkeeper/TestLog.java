package dev.naru.log.bookkeeper;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.naru.log.AppendSpec;
import dev.naru.log.LogConfig;
import dev.naru.log.LogSlice;
import dev.naru.log.PartitionLog;
import dev.naru.log.ReadLimit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.SimpleRecord;

/** Values in a log on ledgers. */
public final class TestLog {
  private static final int SECONDS = 30;

  private TestLog() {}

  /** Appends, and waits until it is durable. */
  public static void append(PartitionLog log, int epoch, String value) throws Exception {
    MemoryRecords batch =
        MemoryRecords.withRecords(
            Compression.NONE, epoch, new SimpleRecord(1_000, value.getBytes(UTF_8)));
    log.append(batch.buffer(), AppendSpec.client(epoch, 1_000));
    awaitDurable(log);
  }

  /** Waits until all of it is durable; fails when that cannot be said any more. */
  public static void awaitDurable(PartitionLog log) throws Exception {
    CompletableFuture<Void> done = new CompletableFuture<>();
    log.whenDurable(
        log.logEndOffset(),
        problem -> {
          if (problem == null) {
            done.complete(null);
          } else {
            done.completeExceptionally(problem);
          }
        });
    done.get(SECONDS, TimeUnit.SECONDS);
  }

  /** What consumers can read, in order; fails where an offset is missing. */
  public static List<String> values(PartitionLog log) throws Exception {
    List<String> values = new ArrayList<>();
    long from = log.logStartOffset();
    while (from < log.highWatermark()) {
      try (LogSlice slice =
          log.read(from, 1 << 20, true, ReadLimit.HIGH_WATERMARK)
              .toCompletableFuture()
              .get(SECONDS, TimeUnit.SECONDS)
              .records()) {
        for (Record record : slice.toMemoryRecords().records()) {
          assertEquals(from, record.offset(), "a gap");
          values.add(UTF_8.decode(record.value()).toString());
          from = record.offset() + 1;
        }
      }
    }
    return values;
  }

  /** The usual settings, with segments of this size. */
  static LogConfig withSegmentBytes(int bytes) {
    LogConfig d = LogConfig.DEFAULTS;
    return new LogConfig(
        bytes,
        d.segmentMs(),
        0,
        d.segmentIndexBytes(),
        d.indexIntervalBytes(),
        d.retentionMs(),
        d.retentionBytes(),
        d.delete(),
        d.compact(),
        d.deleteRetentionMs(),
        d.minCompactionLagMs(),
        d.maxCompactionLagMs(),
        d.minCleanableDirtyRatio(),
        d.maxMessageBytes(),
        d.fileDeleteDelayMs(),
        d.preallocate(),
        d.flushMessages(),
        d.flushMs(),
        d.durability());
  }
}

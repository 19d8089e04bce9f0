package dev.naru.log.bookkeeper.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.naru.log.AppendSpec;
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

/** Values in a log. */
final class TestLog {
  private static final int SECONDS = 30;

  private TestLog() {}

  /** Appends, and waits until it is durable. */
  static void append(PartitionLog log, int epoch, String value) throws Exception {
    MemoryRecords batch =
        MemoryRecords.withRecords(
            Compression.NONE, epoch, new SimpleRecord(1_000, value.getBytes(UTF_8)));
    log.append(batch.buffer(), AppendSpec.client(epoch, 1_000));
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

  static List<String> values(PartitionLog log) throws Exception {
    List<String> values = new ArrayList<>();
    long from = log.logStartOffset();
    while (from < log.highWatermark()) {
      try (LogSlice slice =
          log.read(from, 1 << 20, true, ReadLimit.HIGH_WATERMARK)
              .toCompletableFuture()
              .get(SECONDS, TimeUnit.SECONDS)
              .records()) {
        for (Record record : slice.toMemoryRecords().records()) {
          values.add(UTF_8.decode(record.value()).toString());
          from = record.offset() + 1;
        }
      }
    }
    return values;
  }
}

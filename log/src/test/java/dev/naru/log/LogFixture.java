package dev.naru.log;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.EndTransactionMarker;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.SimpleRecord;

/** A store on real files with a clock that is cranked by hand, and batches to append. */
final class LogFixture implements AutoCloseable {
  static final LogId ID = new LogId(new Uuid(0x1234L, 0x5678L), 3);

  final Path directory;
  final AtomicLong nowMs = new AtomicLong(1_000_000);
  LogStore store;

  /** In which records are appended. */
  int leaderEpoch = 7;

  LogFixture(Path directory) {
    this.directory = directory;
    open();
  }

  void open() {
    store = LogStore.open(Disk.real(), directory, nowMs::get);
  }

  void restart() {
    store.close();
    open();
  }

  Path logDirectory(LogId id) {
    return LogDirectory.logs(directory).resolve(LogDirectory.name(id));
  }

  @Override
  public void close() {
    store.close();
  }

  static LogConfig config(int segmentBytes) {
    return new Settings().segmentBytes(segmentBytes).build();
  }

  /** The few settings that tests change. */
  static final class Settings {
    private int segmentBytes = 1 << 20;
    private long segmentMs = Long.MAX_VALUE;
    private long retentionMs = -1;
    private long retentionBytes = -1;
    private Durability durability = Durability.FSYNC;
    private long flushMessages = Long.MAX_VALUE;

    Settings segmentBytes(int value) {
      segmentBytes = value;
      return this;
    }

    Settings segmentMs(long value) {
      segmentMs = value;
      return this;
    }

    Settings retentionMs(long value) {
      retentionMs = value;
      return this;
    }

    Settings retentionBytes(long value) {
      retentionBytes = value;
      return this;
    }

    Settings os(long flushAfter) {
      durability = Durability.OS;
      flushMessages = flushAfter;
      return this;
    }

    LogConfig build() {
      LogConfig d = LogConfig.DEFAULTS;
      return new LogConfig(
          segmentBytes,
          segmentMs,
          0,
          d.segmentIndexBytes(),
          256,
          retentionMs,
          retentionBytes,
          true,
          false,
          d.deleteRetentionMs(),
          0,
          Long.MAX_VALUE,
          0.5,
          d.maxMessageBytes(),
          0,
          false,
          flushMessages,
          Long.MAX_VALUE,
          durability);
    }
  }

  static ByteBuffer batch(long timestampMs, String... values) {
    SimpleRecord[] records = new SimpleRecord[values.length];
    for (int i = 0; i < values.length; i++) {
      records[i] = new SimpleRecord(timestampMs + i, bytes(values[i]));
    }
    return MemoryRecords.withRecords(Compression.NONE, records).buffer();
  }

  static ByteBuffer transactional(long producerId, int sequence, String... values) {
    SimpleRecord[] records = new SimpleRecord[values.length];
    for (int i = 0; i < values.length; i++) {
      records[i] = new SimpleRecord(1, bytes(values[i]));
    }
    return MemoryRecords.withTransactionalRecords(
            Compression.NONE, producerId, (short) 0, sequence, records)
        .buffer();
  }

  static ByteBuffer idempotent(long producerId, int sequence, String... values) {
    SimpleRecord[] records = new SimpleRecord[values.length];
    for (int i = 0; i < values.length; i++) {
      records[i] = new SimpleRecord(1, bytes(values[i]));
    }
    return MemoryRecords.withIdempotentRecords(
            Compression.NONE, producerId, (short) 0, sequence, records)
        .buffer();
  }

  static ByteBuffer marker(long producerId, boolean commit) {
    ControlRecordType type = commit ? ControlRecordType.COMMIT : ControlRecordType.ABORT;
    return MemoryRecords.withEndTransactionMarker(
            1, producerId, (short) 0, new EndTransactionMarker(type, 0))
        .buffer();
  }

  private static byte[] bytes(String value) {
    return value.getBytes(StandardCharsets.UTF_8);
  }

  AppendSpec client() {
    return AppendSpec.client(leaderEpoch, nowMs.get());
  }

  /** A transaction's first batch needs its verification, as in the broker. */
  Appended appendTransactional(PartitionLog log, long producerId, int sequence, String... values) {
    VerificationGuard guard = log.startVerification(producerId, (short) 0, sequence, false);
    ByteBuffer batch = transactional(producerId, sequence, values);
    return log.append(batch, new AppendSpec(AppendOrigin.CLIENT, leaderEpoch, nowMs.get(), guard));
  }

  Appended append(PartitionLog log, String... values) {
    return log.append(batch(nowMs.get(), values), client());
  }

  Appended appendDurably(PartitionLog log, String... values) {
    Appended appended = append(log, values);
    awaitDurable(log);
    return appended;
  }

  static void awaitDurable(PartitionLog log) {
    CompletableFuture<Void> durable = new CompletableFuture<>();
    log.whenDurable(
        log.logEndOffset(),
        failure -> {
          if (failure == null) {
            durable.complete(null);
          } else {
            durable.completeExceptionally(failure);
          }
        });
    durable.orTimeout(20, TimeUnit.SECONDS).join();
  }

  static List<String> read(PartitionLog log, long from, int maxBytes, ReadLimit limit) {
    ReadResult result = log.read(from, maxBytes, true, limit).toCompletableFuture().join();
    List<String> values = new ArrayList<>();
    try (LogSlice slice = result.records()) {
      for (MutableRecordBatch batch : slice.toMemoryRecords().batches()) {
        batch.ensureValid();
        for (Record record : batch) {
          if (record.offset() >= from && !batch.isControlBatch()) {
            values.add(record.offset() + "=" + StandardCharsets.UTF_8.decode(record.value()));
          }
        }
      }
    }
    return values;
  }

  /** Reads on and on until the limit. */
  static List<String> readAll(PartitionLog log, ReadLimit limit) {
    List<String> values = new ArrayList<>();
    long at = log.logStartOffset();
    while (true) {
      ReadResult result = log.read(at, 300, true, limit).toCompletableFuture().join();
      try (LogSlice slice = result.records()) {
        if (slice.sizeInBytes() == 0) {
          return values;
        }
        for (MutableRecordBatch batch : slice.toMemoryRecords().batches()) {
          batch.ensureValid();
          for (Record record : batch) {
            if (record.offset() >= at && !batch.isControlBatch()) {
              values.add(record.offset() + "=" + StandardCharsets.UTF_8.decode(record.value()));
            }
          }
          at = Math.max(at, batch.nextOffset());
        }
      }
    }
  }
}

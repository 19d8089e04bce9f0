package dev.naru.log;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.CorruptRecordException;
import org.apache.kafka.common.errors.KafkaStorageException;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.Test;

/** What a log does with files that a fault has changed, a disk that is full, a force that fails. */
class LogDamageTest {
  private static final Path DIR = Path.of("/naru");
  private static final LogId ID = new LogId(new Uuid(3, 4), 0);
  private static final int FLIPS = Integer.getInteger("naru.damage.flips", 200);

  private FaultyDisk disk;
  private LogStore store;
  private final List<ByteBuffer> batches = new ArrayList<>();

  private PartitionLog open() {
    LogConfig d = LogConfig.DEFAULTS;
    LogConfig config =
        new LogConfig(
            1_000,
            d.segmentMs(),
            0,
            d.segmentIndexBytes(),
            200,
            -1,
            -1,
            true,
            false,
            d.deleteRetentionMs(),
            0,
            d.maxCompactionLagMs(),
            0.5,
            d.maxMessageBytes(),
            0,
            false,
            d.flushMessages(),
            d.flushMs(),
            Durability.FSYNC);
    store = LogStore.open(disk, DIR, () -> 0);
    return store.openOrCreate(ID, config);
  }

  private CompletableFuture<Throwable> append(PartitionLog log, int i) {
    byte[] value = ("value " + i + " " + "x".repeat(i % 7 * 20)).getBytes(UTF_8);
    MemoryRecords records = Batches.idempotent(0, 5, 0, i, new SimpleRecord(1_000 + i, value));
    ByteBuffer bytes = records.buffer().duplicate();
    log.append(bytes.duplicate(), AppendSpec.client(0, 0));
    CompletableFuture<Throwable> durable = new CompletableFuture<>();
    log.whenDurable(log.logEndOffset(), durable::complete);
    batches.add(bytes);
    return durable;
  }

  /** Three segments and more, all of it on disk; then power goes. */
  private void fill(int count) throws Exception {
    disk = new FaultyDisk(1);
    disk.format(DIR);
    batches.clear();
    PartitionLog log = open();
    for (int i = 0; i < count; i++) {
      assertEquals(null, append(log, i).get(30, TimeUnit.SECONDS));
    }
    disk.losePower();
    store.close();
    disk = disk.restart();
  }

  private List<Path> segments() {
    return disk.files(DIR).stream().filter(path -> path.toString().endsWith(".log")).toList();
  }

  private static List<ByteBuffer> read(PartitionLog log) throws Exception {
    List<ByteBuffer> found = new ArrayList<>();
    long next = log.logStartOffset();
    while (next < log.logEndOffset()) {
      ReadResult result =
          log.read(next, 500, true, ReadLimit.HIGH_WATERMARK)
              .toCompletableFuture()
              .get(30, TimeUnit.SECONDS);
      try (LogSlice slice = result.records()) {
        for (MutableRecordBatch batch : slice.toMemoryRecords().batches()) {
          batch.ensureValid();
          ByteBuffer bytes = ByteBuffer.allocate(batch.sizeInBytes());
          batch.writeTo(bytes);
          found.add(bytes.flip());
          next = batch.nextOffset();
        }
      }
    }
    return found;
  }

  @Test
  void aTailThatIsCutAtAnyByteCostsTheBatchesBehindTheCut() throws Exception {
    fill(12);
    Path last = segments().get(segments().size() - 1);
    int size = lastBatchEnd(disk.contents(last));
    for (int keep = 0; keep <= size; keep++) {
      fill(12);
      try (DiskFile file = disk.open(last, false)) {
        file.truncate(keep);
        file.force();
      }
      PartitionLog log = open();
      assertTrue(log.failure().isEmpty(), "cut at " + keep + ": " + log.failure());
      List<ByteBuffer> found = read(log);
      assertEquals(batches.subList(0, found.size()), found, "cut at " + keep);
      int whole = 12 - batchesAfter(size, keep);
      assertEquals(whole, found.size(), "cut at " + keep);
      assertEquals(null, append(log, whole).get(30, TimeUnit.SECONDS));
      store.close();
    }
  }

  private static int lastBatchEnd(byte[] contents) {
    return MemoryRecords.readableRecords(ByteBuffer.wrap(contents)).validBytes();
  }

  /** How many of the last segment's batches do not end before the cut. */
  private int batchesAfter(int size, int keep) {
    int end = size;
    int after = 0;
    for (int i = batches.size() - 1; end > keep; i--) {
      end -= batches.get(i).remaining();
      after++;
    }
    return after;
  }

  @Test
  void aFlippedBitIsNeverSkipped() throws Exception {
    SplittableRandom random = new SplittableRandom(42);
    int offline = 0;
    int noticedByReaders = 0;
    int cut = 0;
    int harmless = 0;
    for (int flip = 0; flip < FLIPS; flip++) {
      fill(10);
      List<Path> files = disk.files(DIR).stream().filter(path -> disk(path) > 0).toList();
      Path path = files.get(random.nextInt(files.size()));
      long position = random.nextInt(disk(path));
      if (isOutsideOfChecksums(path, position)) {
        continue;
      }
      disk.flipBit(path, position, random.nextInt(8));
      String what = "flip " + flip + " in " + path + " at " + position;
      PartitionLog log;
      try {
        log = open();
      } catch (LogStoreException e) {
        offline++;
        continue;
      }
      if (log.failure().isPresent()) {
        offline++;
      } else {
        try {
          List<ByteBuffer> found = read(log);
          assertEquals(batches.subList(0, found.size()), found, what);
          int lost = batches.size() - found.size();
          assertTrue(lost <= 1, what + ": " + lost + " batches are gone");
          cut += lost;
          harmless += 1 - lost;
        } catch (CorruptRecordException | ExecutionException | KafkaStorageException e) {
          noticedByReaders++;
        }
      }
      store.close();
    }
    System.out.printf(
        "%d flips: %d offline, %d noticed by readers, %d cut the last batch, %d harmless%n",
        FLIPS, offline, noticedByReaders, cut, harmless);
    assertTrue(offline > 0);
  }

  /** The format leaves a batch's base offset, length and leader epoch out of its checksum. */
  private boolean isOutsideOfChecksums(Path path, long position) throws IOException {
    if (path.toString().endsWith(".log")) {
      int start = 0;
      ByteBuffer bytes = ByteBuffer.wrap(disk.contents(path));
      for (MutableRecordBatch batch : MemoryRecords.readableRecords(bytes).batches()) {
        if (position >= start && position < start + 16) {
          return true;
        }
        start += batch.sizeInBytes();
      }
    }
    return false;
  }

  private int disk(Path path) {
    try {
      return disk.contents(path).length;
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void nothingIsAcknowledgedAfterAForceThatFailed() throws Exception {
    fill(3);
    PartitionLog log = open();
    disk.intercept(
        (operation, path) -> {
          if (operation == FaultyDisk.Operation.FORCE && path.toString().endsWith(".log")) {
            throw new IOException("Input/output error");
          }
        });
    assertTrue(append(log, 3).get(30, TimeUnit.SECONDS) instanceof KafkaStorageException);
    disk.intercept(null);
    KafkaStorageException offline = assertThrows(KafkaStorageException.class, () -> append(log, 4));
    assertTrue(offline.getMessage().contains("Input/output error"), offline.getMessage());
    assertTrue(log.failure().isPresent());
    assertEquals(3, log.highWatermark());
    store.close();
  }

  @Test
  void aFullDiskRefusesAppendsAndServesAgainWhenThereIsRoom() throws Exception {
    fill(3);
    PartitionLog log = open();
    long used = disk.files(DIR).stream().mapToLong(this::disk).sum();
    disk.capacity(used);
    assertThrows(KafkaStorageException.class, () -> append(log, 3));
    assertFalse(log.failure().isPresent(), () -> log.failure().toString());
    assertEquals(3, read(log).size());
    disk.capacity(Long.MAX_VALUE);
    assertEquals(null, append(log, 3).get(30, TimeUnit.SECONDS));
    assertEquals(batches, read(log));
    store.close();
  }
}

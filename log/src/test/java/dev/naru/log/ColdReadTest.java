package dev.naru.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who asks for records must not wait for the disk: an event loop sends to many others. */
class ColdReadTest {
  private static final LogConfig CONFIG = LogFixture.config(64 << 20);
  private static final LogId OTHER = new LogId(LogFixture.ID.topicId(), 99);
  private static final int MIB = 1 << 20;

  @TempDir Path directory;
  private final WatchedDisk disk = new WatchedDisk();
  private LogStore store;

  @AfterEach
  void close() {
    store.close();
  }

  private PartitionLog open(LogId id) {
    return store.openOrCreate(id, CONFIG);
  }

  private void openStore() {
    store = LogStore.open(disk, directory, () -> 1_000);
  }

  private static void append(PartitionLog log, int bytes) {
    log.append(LogFixture.batch(1_000, "x".repeat(bytes)), AppendSpec.client(0, 1_000));
    LogFixture.awaitDurable(log);
  }

  private CompletableFuture<ReadResult> read(PartitionLog log, long offset) {
    disk.readers.clear();
    return log.read(offset, MIB, true, ReadLimit.HIGH_WATERMARK).toCompletableFuture();
  }

  private static int size(CompletableFuture<ReadResult> read) throws Exception {
    try (LogSlice slice = read.get(20, TimeUnit.SECONDS).records()) {
      return slice.sizeInBytes();
    }
  }

  private void assertAReaderThreadWaited(PartitionLog log, long offset) throws Exception {
    assertTrue(size(read(log, offset)) > 0);
    assertFalse(disk.readers.contains(Thread.currentThread().getName()), () -> "" + disk.readers);
    assertTrue(
        disk.readers.stream().anyMatch(name -> name.startsWith("naru-log-reader")),
        () -> "" + disk.readers);
  }

  private void assertAtOnce(PartitionLog log, long offset, int atLeastBytes) throws Exception {
    CompletableFuture<ReadResult> read = read(log, offset);
    assertTrue(read.isDone(), "no other thread is needed");
    assertTrue(size(read) >= atLeastBytes);
    assertTrue(
        disk.readers.isEmpty() || disk.readers.equals(Set.of(Thread.currentThread().getName())));
  }

  @Test
  void whatWasJustAppendedIsReadAtOnce() throws Exception {
    openStore();
    PartitionLog log = open(LogFixture.ID);
    for (int i = 0; i < 50; i++) {
      append(log, 1_000);
      assertAtOnce(log, i, 1_000);
      assertAtOnce(log, i + 1L, 0);
    }
    assertAtOnce(log, 3, 40_000);
  }

  @Test
  void whatNobodyTouchedSinceTheStartIsReadByAnotherThreadOnce() throws Exception {
    openStore();
    append(open(LogFixture.ID), 3 * MIB);
    append(open(LogFixture.ID), 1_000);
    store.close();
    openStore();
    PartitionLog log = open(LogFixture.ID);
    assertAtOnce(log, 2, 0);
    assertAReaderThreadWaited(log, 0);
    assertAtOnce(log, 0, 3 * MIB);
  }

  @Test
  void whatOthersPushedOutIsReadByAnotherThreadAgain() throws Exception {
    disk.cacheBytes = 8L * MIB;
    openStore();
    PartitionLog log = open(LogFixture.ID);
    append(log, 1_000);
    PartitionLog busy = open(OTHER);
    for (int i = 0; i < 5; i++) {
      append(busy, 2 * MIB);
    }
    assertAReaderThreadWaited(log, 0);
    assertAtOnce(log, 0, 1_000);
    assertAtOnce(busy, 4, MIB);
    assertAReaderThreadWaited(busy, 0);
  }

  @Test
  void timesAreLookedUpByAnotherThread() throws Exception {
    openStore();
    PartitionLog log = open(LogFixture.ID);
    append(log, 1_000);
    disk.readers.clear();
    assertEquals(
        0,
        log.offsetForTimestamp(500, ReadLimit.HIGH_WATERMARK)
            .toCompletableFuture()
            .get(20, TimeUnit.SECONDS)
            .orElseThrow()
            .offset());
    assertFalse(disk.readers.contains(Thread.currentThread().getName()));
  }
}

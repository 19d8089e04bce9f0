package dev.naru.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.KafkaStorageException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The data directory: who may use it, and what a stop leaves, clean or not. */
class LogStoreTest {
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

  private PartitionLog log(LogConfig config) {
    return fixture.store.openOrCreate(LogFixture.ID, config);
  }

  private Path segment(long base) {
    return fixture.logDirectory(LogFixture.ID).resolve(FileHome.fileName(base));
  }

  /** Closes, and takes away what makes a stop a clean one. */
  private void crash() throws Exception {
    fixture.store.close();
    Files.deleteIfExists(directory.resolve("clean-stop"));
    Files.deleteIfExists(directory.resolve("recovery-points"));
  }

  @Test
  void aDirectoryInUseIsRefusedInOneSentence() {
    LogStoreException refused =
        assertThrows(LogStoreException.class, () -> LogStore.open(Disk.real(), directory, () -> 0));
    assertTrue(refused.getMessage().contains("in use by another node"), refused.getMessage());
  }

  @Test
  void aDirectoryOfANewerVersionIsRefused() throws Exception {
    fixture.store.close();
    Files.writeString(directory.resolve("naru.properties"), "format.version=9\n");
    LogStoreException refused =
        assertThrows(LogStoreException.class, () -> LogStore.open(Disk.real(), directory, () -> 0));
    assertTrue(refused.getMessage().contains("format 9"), refused.getMessage());
    assertTrue(refused.getMessage().contains("format 1"), refused.getMessage());
    Files.writeString(directory.resolve("naru.properties"), "format.version=1\n");
    fixture.open();
  }

  @Test
  void aDirectoryThatCannotBeMadeIsRefused() throws Exception {
    Path file = Files.createFile(directory.resolve("file"));
    LogStoreException refused =
        assertThrows(
            LogStoreException.class,
            () -> LogStore.open(Disk.real(), file.resolve("data"), () -> 0));
    assertTrue(refused.getMessage().contains("cannot be written"), refused.getMessage());
  }

  @Test
  void anUncleanStopLosesNothingThatWasDurable() throws Exception {
    PartitionLog log = log(LogFixture.config(400));
    for (int i = 0; i < 60; i++) {
      fixture.append(log, "v" + i);
    }
    fixture.appendTransactional(log, 9, 0, "doomed");
    fixture.leaderEpoch = 8;
    log.append(LogFixture.marker(9, false), AppendSpec.coordinator(fixture.leaderEpoch, 1));
    fixture.appendTransactional(log, 10, 0, "open");
    LogFixture.awaitDurable(log);
    List<String> expected = LogFixture.readAll(log, ReadLimit.HIGH_WATERMARK);
    crash();
    // Also when what can be computed again is gone.
    try (Stream<Path> notes = Files.list(fixture.logDirectory(LogFixture.ID))) {
      for (Path note : notes.filter(path -> !path.toString().endsWith(".log")).toList()) {
        Files.delete(note);
      }
    }
    fixture.open();
    PartitionLog again = log(LogFixture.config(400));
    assertEquals(expected, LogFixture.readAll(again, ReadLimit.HIGH_WATERMARK));
    assertEquals(63, again.highWatermark());
    assertEquals(62, again.lastStableOffset());
    assertEquals(8, again.latestEpoch());
    assertEquals(new EpochEndOffset(7, 61), again.endOffsetForEpoch(7));
    assertTrue(again.hasOngoingTransaction(10, (short) 0));
    ReadResult read =
        again.read(60, 1000, true, ReadLimit.LAST_STABLE_OFFSET).toCompletableFuture().join();
    read.records().close();
    assertEquals(List.of(new AbortedTransaction(9, 60)), read.abortedTransactions());
  }

  @Test
  void aTailCutAtAnyByteLosesOnlyTheBatchThatIsIncomplete() throws Exception {
    PartitionLog log = log(LogFixture.config(1 << 20));
    fixture.append(log, "first");
    fixture.appendDurably(log, "second");
    int whole = (int) log.sizeInBytes();
    int first = LogFixture.batch(1, "first").remaining();
    crash();
    byte[] bytes = Files.readAllBytes(segment(0));
    assertEquals(whole, bytes.length);
    for (int size = 0; size <= whole; size++) {
      Files.write(segment(0), Arrays.copyOf(bytes, size));
      // With and without the zeros that a busy log writes ahead.
      if (size % 2 == 1) {
        try (RandomAccessFile file = new RandomAccessFile(segment(0).toFile(), "rw")) {
          file.setLength(size + 5000L);
        }
      }
      fixture.open();
      PartitionLog again = log(LogFixture.config(1 << 20));
      boolean whole2 = size % 2 == 1 && allZero(bytes, size);
      boolean whole1 = size % 2 == 1 && size < first && allZero(bytes, size, first);
      int expected = size == whole || whole2 ? 2 : size >= first || whole1 ? 1 : 0;
      assertTrue(again.failure().isEmpty(), "cut at " + size + " of " + whole);
      assertEquals(expected, again.logEndOffset(), "cut at " + size + " of " + whole);
      assertEquals(expected, fixture.appendDurably(again, "next").baseOffset());
      crash();
    }
    fixture.open();
  }

  private static boolean allZero(byte[] bytes, int from) {
    return allZero(bytes, from, bytes.length);
  }

  private static boolean allZero(byte[] bytes, int from, int to) {
    for (int i = from; i < to; i++) {
      if (bytes[i] != 0) {
        return false;
      }
    }
    return true;
  }

  @Test
  void aFlippedBitTakesTheLogOfflineAndLeavesTheOthersAlone() throws Exception {
    LogId other = new LogId(Uuid.randomUuid(), 0);
    PartitionLog log = log(LogFixture.config(1 << 20));
    PartitionLog neighbour = fixture.store.openOrCreate(other, LogFixture.config(1 << 20));
    for (String value : List.of("first", "second", "third")) {
      fixture.append(log, value + " ".repeat(40));
    }
    LogFixture.awaitDurable(log);
    fixture.appendDurably(neighbour, "fine");
    crash();
    byte[] bytes = Files.readAllBytes(segment(0));
    int one = LogFixture.batch(1, "first" + " ".repeat(40)).remaining();
    for (int at = one; at < bytes.length; at += 5) {
      int inBatch = at < 2 * one + 1 ? at - one : at - 2 * one - 1;
      if (inBatch >= 12 && inBatch < 16) {
        continue; // The leader epoch is under no checksum.
      }
      byte[] damaged = bytes.clone();
      damaged[at] = (byte) (damaged[at] ^ 0x10);
      Files.write(segment(0), damaged);
      fixture.open();
      PartitionLog again = log(LogFixture.config(1 << 20));
      boolean served = again.failure().isEmpty();
      assertFalse(served, "a bit flipped at byte " + at + " of " + bytes.length);
      assertThrows(KafkaStorageException.class, () -> fixture.append(again, "x"));
      assertTrue(again.failure().orElseThrow().getMessage().contains("damaged at byte"));
      assertEquals(
          List.of("0=fine"),
          LogFixture.readAll(
              fixture.store.openOrCreate(other, LogFixture.config(1 << 20)),
              ReadLimit.HIGH_WATERMARK));
      crash();
    }
    fixture.open();
  }

  @Test
  void aFlippedBaseOffsetOfTheLastBatchIsSeenAlthoughNoChecksumCoversIt() throws Exception {
    PartitionLog log = log(LogFixture.config(1 << 20));
    fixture.append(log, "first");
    fixture.appendDurably(log, "second");
    crash();
    byte[] bytes = Files.readAllBytes(segment(0));
    int last = LogFixture.batch(1, "first").remaining();
    bytes[last] = (byte) (bytes[last] ^ 0x10);
    Files.write(segment(0), bytes);
    fixture.open();
    assertTrue(log(LogFixture.config(1 << 20)).failure().isPresent());
  }

  @Test
  void whatWasForcedAndIsMissingIsAnError() throws Exception {
    PartitionLog log = log(LogFixture.config(1 << 20));
    fixture.append(log, "first");
    fixture.appendDurably(log, "second");
    fixture.store.close();
    Files.delete(directory.resolve("clean-stop"));
    try (RandomAccessFile file = new RandomAccessFile(segment(0).toFile(), "rw")) {
      file.setLength(file.length() - 1);
    }
    fixture.open();
    assertTrue(log(LogFixture.config(1 << 20)).failure().isPresent());
  }

  @Test
  void aDeletedLogIsGoneAndItsNameIsFree() throws Exception {
    PartitionLog log = log(LogFixture.config(1 << 20));
    fixture.appendDurably(log, "a");
    fixture.store.delete(LogFixture.ID);
    assertEquals(Set.of(), fixture.store.ids());
    assertThrows(KafkaStorageException.class, () -> fixture.append(log, "x"));
    PartitionLog again = log(LogFixture.config(1 << 20));
    assertEquals(0, fixture.appendDurably(again, "b").baseOffset());
    fixture.restart();
    assertEquals(Set.of(LogFixture.ID), fixture.store.ids());
    assertEquals(
        List.of("0=b"),
        LogFixture.readAll(log(LogFixture.config(1 << 20)), ReadLimit.HIGH_WATERMARK));
    fixture.store.delete(LogFixture.ID);
    fixture.restart();
    assertEquals(Set.of(), fixture.store.ids());
    assertFalse(Files.exists(fixture.logDirectory(LogFixture.ID)));
  }

  @Test
  void manyLogsNeedNoThreadsOfTheirOwnAndOpenFromOneFile() throws Exception {
    int count = 2000;
    int threads = Thread.activeCount();
    Uuid topic = Uuid.randomUuid();
    LogConfig config = new LogFixture.Settings().os(Long.MAX_VALUE).build();
    for (int i = 0; i < count; i++) {
      PartitionLog log = fixture.store.openOrCreate(new LogId(topic, i), config);
      if (i % 4 == 0) {
        fixture.append(log, "in " + i);
      }
    }
    assertTrue(Thread.activeCount() <= threads);
    fixture.restart();
    assertEquals(count / 4, fixture.store.ids().size());
    // Nothing of the logs themselves is needed to open them.
    Path logsDirectory = LogDirectory.logs(directory);
    Path aside = directory.resolve("aside");
    Files.move(logsDirectory, aside);
    for (int i = 0; i < count; i++) {
      PartitionLog log = fixture.store.openOrCreate(new LogId(topic, i), config);
      assertEquals(i % 4 == 0 ? 1 : 0, log.highWatermark());
    }
    Files.move(aside, logsDirectory);
    PartitionLog some = fixture.store.openOrCreate(new LogId(topic, 8), config);
    assertEquals(List.of("0=in 8"), LogFixture.readAll(some, ReadLimit.HIGH_WATERMARK));
    fixture.append(some, "more");
  }
}

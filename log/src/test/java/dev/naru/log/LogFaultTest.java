package dev.naru.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.errors.KafkaStorageException;
import org.junit.jupiter.api.Test;

/** What a disk can do to a log. */
class LogFaultTest {
  private static final Path DIRECTORY = Path.of("/data");
  private static final LogConfig CONFIG = LogFixture.config(700);
  private static final int SEEDS = 300;

  private final FaultyDisk disk = new FaultyDisk(1);

  private static LogStore open(FaultyDisk disk) {
    return LogStore.open(disk, DIRECTORY, () -> 1000);
  }

  private static PartitionLog log(LogStore store) {
    return store.openOrCreate(LogFixture.ID, CONFIG);
  }

  private static Appended append(PartitionLog log, int i) {
    return log.append(LogFixture.idempotent(5, i, value(i)), AppendSpec.client(1, 1000));
  }

  private static String value(int i) {
    return "value " + i + "x".repeat(i * 7 % 90);
  }

  @Test
  void aPowerLossTakesNothingThatWasAcknowledged() throws Exception {
    for (int seed = 1; seed <= SEEDS; seed++) {
      losePower(seed);
    }
  }

  private static void losePower(int seed) throws Exception {
    SplittableRandom random = new SplittableRandom(seed);
    FaultyDisk before = new FaultyDisk(seed);
    before.format(DIRECTORY);
    before.losePowerAt(random.nextInt(20, 160));
    int acknowledged = 0;
    LogStore store = null;
    try {
      store = open(before);
      PartitionLog log = log(store);
      for (int i = 0; i < 80; i++) {
        append(log, i);
        if (random.nextInt(3) == 0) {
          LogFixture.awaitDurable(log);
          acknowledged = i + 1;
        }
      }
    } catch (RuntimeException e) {
      assertTrue(before.powerLost(), "seed " + seed + ": " + e);
    } finally {
      if (store != null) {
        store.close();
      }
    }
    FaultyDisk after = before.restart();
    try (LogStore again = open(after)) {
      PartitionLog log = log(again);
      String context = "seed " + seed + ", " + acknowledged + " acknowledged: " + log.failure();
      assertTrue(log.failure().isEmpty(), context);
      int found = (int) log.logEndOffset();
      assertTrue(found >= acknowledged, context + ", found " + found);
      List<String> expected = new ArrayList<>();
      for (int i = 0; i < found; i++) {
        expected.add(i + "=" + value(i));
      }
      assertEquals(expected, LogFixture.readAll(log, ReadLimit.HIGH_WATERMARK), context);
      assertEquals(found, append(log, found).baseOffset(), context);
      LogFixture.awaitDurable(log);
    }
  }

  @Test
  void afterAFailedFsyncNothingIsAcknowledgedAndTheLogSaysWhy() throws Exception {
    disk.format(DIRECTORY);
    try (LogStore store = open(disk)) {
      PartitionLog log = log(store);
      append(log, 0);
      LogFixture.awaitDurable(log);
      AtomicInteger failures = new AtomicInteger();
      CompletableFuture<Throwable> told = new CompletableFuture<>();
      log.addListener(
          new LogListener() {
            @Override
            public void onFailure(PartitionLog failed, Throwable cause) {
              told.complete(cause);
            }
          });
      AtomicBoolean once = new AtomicBoolean();
      disk.intercept(
          (operation, path) -> {
            if (operation == FaultyDisk.Operation.FORCE && once.compareAndSet(false, true)) {
              throw new IOException("the disk said no");
            }
          });
      append(log, 1);
      CompletableFuture<Throwable> outcome = new CompletableFuture<>();
      log.whenDurable(2, outcome::complete);
      assertTrue(outcome.get(20, TimeUnit.SECONDS) instanceof KafkaStorageException);
      assertEquals("the disk said no", told.get(20, TimeUnit.SECONDS).getMessage());
      assertEquals(1, log.highWatermark());
      KafkaStorageException refused =
          assertThrows(KafkaStorageException.class, () -> append(log, 2));
      assertTrue(refused.getMessage().contains("the disk said no"), refused.getMessage());
      log.whenDurable(2, failure -> failures.addAndGet(failure == null ? 0 : 1));
      assertEquals(1, failures.get());
      LogStore same = store;
      LogId other = new LogId(LogFixture.ID.topicId(), 77);
      PartitionLog neighbour = same.openOrCreate(other, CONFIG);
      append(neighbour, 0);
      LogFixture.awaitDurable(neighbour);
    }
  }

  @Test
  void aFullDiskRefusesAppendsAndGoesOnWhenThereIsRoom() {
    disk.format(DIRECTORY);
    try (LogStore store = open(disk)) {
      PartitionLog log = log(store);
      append(log, 0);
      LogFixture.awaitDurable(log);
      disk.capacity(1500);
      int appended = 1;
      boolean full = false;
      while (!full) {
        try {
          append(log, appended);
          appended++;
        } catch (KafkaStorageException e) {
          full = true;
        }
      }
      int next = appended;
      assertThrows(KafkaStorageException.class, () -> append(log, next));
      assertTrue(log.failure().isEmpty());
      LogFixture.awaitDurable(log);
      assertEquals(appended, LogFixture.readAll(log, ReadLimit.HIGH_WATERMARK).size());
      disk.capacity(Long.MAX_VALUE);
      assertEquals(appended, append(log, appended).baseOffset());
      LogFixture.awaitDurable(log);
      assertEquals(appended + 1, LogFixture.readAll(log, ReadLimit.HIGH_WATERMARK).size());
      assertFalse(log.segments().length == 0);
    }
  }

  @Test
  void manyNewLogsShareTheSyncOfTheirNames() {
    disk.format(DIRECTORY);
    LogStore store = LogStore.openWithoutThreads(disk, DIRECTORY, () -> 1000);
    List<PartitionLog> logs = new ArrayList<>();
    for (int partition = 0; partition < 100; partition++) {
      PartitionLog log = store.openOrCreate(new LogId(LogFixture.ID.topicId(), partition), CONFIG);
      append(log, 0);
      logs.add(log);
    }
    AtomicInteger syncs = new AtomicInteger();
    disk.intercept(
        (operation, path) -> {
          if (operation == FaultyDisk.Operation.SYNC_DIRECTORY && path.endsWith("logs")) {
            syncs.incrementAndGet();
          }
        });
    store.commitQueued();
    assertEquals(1, syncs.get());
    logs.forEach(log -> assertEquals(1, log.highWatermark()));
    FaultyDisk after = disk.restart();
    store.close();
    LogStore again = LogStore.openWithoutThreads(after, DIRECTORY, () -> 1000);
    for (PartitionLog log : logs) {
      assertEquals(1, again.openOrCreate(log.id(), CONFIG).logEndOffset());
    }
    again.close();
  }
}

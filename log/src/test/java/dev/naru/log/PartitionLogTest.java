package dev.naru.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.common.errors.CorruptRecordException;
import org.apache.kafka.common.errors.FencedLeaderEpochException;
import org.apache.kafka.common.errors.OffsetOutOfRangeException;
import org.apache.kafka.common.errors.OutOfOrderSequenceException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What appenders, consumers and administrators see of one log. */
class PartitionLogTest {
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

  @Test
  void recordsComeBackInOrderWithTheirOffsetsAndEpoch() {
    PartitionLog log = log(LogFixture.config(1 << 20));
    assertEquals(0, log.logEndOffset());
    assertEquals(-1, log.latestEpoch());
    Appended first = fixture.append(log, "a", "b");
    Appended second = fixture.appendDurably(log, "c");
    assertEquals(new Appended(0, 1, 0, false), first);
    assertEquals(new Appended(2, 2, 0, false), second);
    assertEquals(3, log.highWatermark());
    assertEquals(3, log.lastStableOffset());
    assertEquals(List.of("0=a", "1=b", "2=c"), LogFixture.readAll(log, ReadLimit.HIGH_WATERMARK));
    assertEquals(7, log.latestEpoch());
    assertEquals(new EpochEndOffset(7, 3), log.endOffsetForEpoch(7));
    assertEquals(7, log.epochForOffset(1));
  }

  @Test
  void whoLedBeforeCannotAppendAnyMore() {
    PartitionLog log = log(LogFixture.config(1 << 20));
    log.append(LogFixture.batch(5, "a"), AppendSpec.client(3, 1));
    log.append(LogFixture.batch(5, "b"), AppendSpec.client(5, 1));
    FencedLeaderEpochException refused =
        assertThrows(
            FencedLeaderEpochException.class,
            () -> log.append(LogFixture.batch(5, "late"), AppendSpec.client(4, 1)));
    assertTrue(refused.getMessage().contains("epoch 4"), refused.getMessage());
    assertEquals(2, log.logEndOffset());
    assertEquals(new EpochEndOffset(3, 1), log.endOffsetForEpoch(4));
    assertTrue(log.failure().isEmpty(), "the log serves on");
    fixture.restart();
    PartitionLog again = log(LogFixture.config(1 << 20));
    assertThrows(
        FencedLeaderEpochException.class,
        () -> again.append(LogFixture.batch(5, "late"), AppendSpec.client(4, 1)));
    again.append(LogFixture.batch(5, "c"), AppendSpec.client(5, 1));
    assertEquals(3, again.logEndOffset());
  }

  @Test
  void theBufferKeepsItsPositionAndGetsOffsetsInPlace() {
    PartitionLog log = log(LogFixture.config(1 << 20));
    fixture.append(log, "a", "b");
    ByteBuffer batch = LogFixture.batch(5, "c");
    int remaining = batch.remaining();
    log.append(batch, AppendSpec.client(9, 1));
    assertEquals(remaining, batch.remaining());
    assertEquals(2, batch.getLong(batch.position()));
    assertEquals(9, batch.getInt(batch.position() + 12));
  }

  @Test
  void aTruncatedBatchIsRefusedAndChangesNothing() {
    PartitionLog log = log(LogFixture.config(1 << 20));
    ByteBuffer batch = LogFixture.batch(5, "c");
    batch.limit(batch.limit() - 1);
    assertThrows(CorruptRecordException.class, () -> log.append(batch, AppendSpec.client(1, 1)));
    assertEquals(0, log.logEndOffset());
  }

  @Test
  void readsStopAtWholeBatchesWithinTheSize() {
    PartitionLog log = log(LogFixture.config(1 << 20));
    int size = LogFixture.batch(1, "x").remaining();
    for (int i = 0; i < 100; i++) {
      fixture.append(log, "x");
    }
    LogFixture.awaitDurable(log);
    for (int from = 0; from < 100; from += 7) {
      for (int batches = 1; batches < 30; batches += 4) {
        int expected = Math.min(batches, 100 - from);
        int maxBytes = size * batches + size / 2;
        assertEquals(
            expected, LogFixture.read(log, from, maxBytes, ReadLimit.HIGH_WATERMARK).size());
      }
    }
    assertEquals(1, LogFixture.read(log, 5, 1, ReadLimit.HIGH_WATERMARK).size());
    ReadResult none = log.read(5, 1, false, ReadLimit.HIGH_WATERMARK).toCompletableFuture().join();
    assertEquals(0, none.records().sizeInBytes());
  }

  @Test
  void offsetsOutsideTheLogAreRefused() {
    PartitionLog log = log(LogFixture.config(1 << 20));
    fixture.appendDurably(log, "a");
    assertThrows(OffsetOutOfRangeException.class, () -> log.read(2, 10, true, ReadLimit.LOG_END));
    assertThrows(OffsetOutOfRangeException.class, () -> log.read(-1, 10, true, ReadLimit.LOG_END));
    assertEquals(List.of(), LogFixture.read(log, 1, 10, ReadLimit.HIGH_WATERMARK));
  }

  @Test
  void manySegmentsReadLikeOneAndSurviveARestart() {
    PartitionLog log = log(LogFixture.config(400));
    List<String> expected = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      fixture.append(log, "v" + i);
      expected.add(i + "=v" + i);
    }
    LogFixture.awaitDurable(log);
    assertTrue(log.segments().length > 20);
    assertEquals(expected, LogFixture.readAll(log, ReadLimit.HIGH_WATERMARK));
    fixture.restart();
    PartitionLog again = log(LogFixture.config(400));
    assertEquals(200, again.highWatermark());
    assertEquals(7, again.latestEpoch());
    assertEquals(expected, LogFixture.readAll(again, ReadLimit.HIGH_WATERMARK));
    assertEquals(200, fixture.appendDurably(again, "next").baseOffset());
  }

  @Test
  void aRetryOfAnIdempotentProducerGetsItsFirstOffsetsAlsoAfterARestart() {
    PartitionLog log = log(LogFixture.config(1 << 20));
    log.append(LogFixture.idempotent(5, 0, "a", "b"), fixture.client());
    LogFixture.awaitDurable(log);
    fixture.restart();
    PartitionLog again = log(LogFixture.config(1 << 20));
    Appended retry = again.append(LogFixture.idempotent(5, 0, "a", "b"), fixture.client());
    assertEquals(new Appended(0, 1, 0, true), retry);
    assertThrows(
        OutOfOrderSequenceException.class,
        () -> again.append(LogFixture.idempotent(5, 7, "z"), fixture.client()));
    assertEquals(2, again.logEndOffset());
  }

  @Test
  void anOpenTransactionHoldsTheLastStableOffsetAndAnAbortedOneIsListed() {
    PartitionLog log = log(LogFixture.config(300));
    fixture.append(log, "before");
    fixture.appendTransactional(log, 5, 0, "doomed");
    fixture.appendDurably(log, "beside");
    assertEquals(1, log.lastStableOffset());
    assertEquals(3, log.highWatermark());
    assertEquals(List.of("0=before"), LogFixture.readAll(log, ReadLimit.LAST_STABLE_OFFSET));
    assertTrue(log.hasOngoingTransaction(5, (short) 0));
    log.append(LogFixture.marker(5, false), AppendSpec.coordinator(7, 1));
    LogFixture.awaitDurable(log);
    assertEquals(4, log.lastStableOffset());
    assertAborted(log);
    fixture.restart();
    assertAborted(log(LogFixture.config(300)));
  }

  private static void assertAborted(PartitionLog log) {
    for (long from = 1; from < 3; from++) {
      ReadResult result =
          log.read(from, 1000, true, ReadLimit.LAST_STABLE_OFFSET).toCompletableFuture().join();
      result.records().close();
      assertEquals(List.of(new AbortedTransaction(5, 1)), result.abortedTransactions());
    }
    ReadResult before =
        log.read(0, 1, true, ReadLimit.LAST_STABLE_OFFSET).toCompletableFuture().join();
    before.records().close();
    assertEquals(List.of(), before.abortedTransactions());
  }

  @Test
  void timesAreFoundAcrossSegments() {
    PartitionLog log = log(LogFixture.config(400));
    for (int i = 0; i < 100; i++) {
      log.append(LogFixture.batch(1000 + i * 10L, "v"), AppendSpec.client(3, 1));
    }
    LogFixture.awaitDurable(log);
    assertEquals(Optional.of(new OffsetAndTimestamp(0, 1000, 3)), at(log, 0));
    assertEquals(Optional.of(new OffsetAndTimestamp(50, 1500, 3)), at(log, 1491));
    assertEquals(Optional.of(new OffsetAndTimestamp(50, 1500, 3)), at(log, 1500));
    assertEquals(Optional.empty(), at(log, 5000));
    log.append(LogFixture.batch(900, "late"), AppendSpec.client(3, 1));
    assertEquals(
        Optional.of(new OffsetAndTimestamp(99, 1990, 3)),
        log.offsetOfMaxTimestamp().toCompletableFuture().join());
  }

  private static Optional<OffsetAndTimestamp> at(PartitionLog log, long timestampMs) {
    return log.offsetForTimestamp(timestampMs, ReadLimit.HIGH_WATERMARK)
        .toCompletableFuture()
        .join();
  }

  @Test
  void deletedRecordsAreGoneForGood() throws Exception {
    PartitionLog log = log(LogFixture.config(400));
    for (int i = 0; i < 50; i++) {
      fixture.append(log, "v" + i);
    }
    LogFixture.awaitDurable(log);
    assertThrows(OffsetOutOfRangeException.class, () -> log.deleteRecords(51));
    assertEquals(33, log.deleteRecords(33));
    assertEquals(33, log.deleteRecords(10));
    assertThrows(OffsetOutOfRangeException.class, () -> log.read(32, 10, true, ReadLimit.LOG_END));
    assertEquals("33=v33", LogFixture.readAll(log, ReadLimit.HIGH_WATERMARK).get(0));
    int before = log.segments().length;
    log.maintain(fixture.nowMs.get());
    assertTrue(log.segments().length < before);
    Files.delete(crashed());
    PartitionLog again = log(LogFixture.config(400));
    assertEquals(33, again.logStartOffset());
    assertEquals(50, again.deleteRecords(-1));
    assertEquals(50, again.logStartOffset());
    assertEquals(50, again.logEndOffset());
  }

  /** Makes the last stop look like a crash; the caller deletes what says that it was clean. */
  private Path crashed() throws Exception {
    fixture.store.close();
    Path mark = directory.resolve("clean-stop");
    Path copy = directory.resolve("was-clean");
    Files.move(mark, copy);
    fixture.open();
    return copy;
  }

  @Test
  void retentionByTimeAndSizeKeepsTheLogsEnd() {
    PartitionLog log = log(new LogFixture.Settings().segmentBytes(400).retentionMs(1000).build());
    for (int i = 0; i < 20; i++) {
      fixture.append(log, "old" + i);
    }
    LogFixture.awaitDurable(log);
    log.maintain(fixture.nowMs.get() + 900);
    assertEquals(0, log.logStartOffset());
    log.maintain(fixture.nowMs.get() + 1100);
    assertEquals(20, log.logStartOffset());
    assertEquals(20, log.logEndOffset());
    assertEquals(20, fixture.appendDurably(log, "new").baseOffset());
    log.reconfigure(new LogFixture.Settings().segmentBytes(400).retentionBytes(1000).build());
    for (int i = 0; i < 100; i++) {
      fixture.append(log, "more" + i);
    }
    LogFixture.awaitDurable(log);
    log.maintain(fixture.nowMs.get());
    assertTrue(log.sizeInBytes() >= 1000 && log.sizeInBytes() < 1000 + 400);
    fixture.restart();
    assertEquals(121, log(LogFixture.config(400)).logEndOffset());
  }

  @Test
  void aSliceOutlivesItsSegment() {
    PartitionLog log = log(new LogFixture.Settings().segmentBytes(100).retentionMs(1000).build());
    fixture.append(log, "keep me");
    fixture.appendDurably(log, "second");
    ReadResult held =
        log.read(0, 1000, true, ReadLimit.HIGH_WATERMARK).toCompletableFuture().join();
    log.maintain(fixture.nowMs.get() + 2000);
    fixture.store.maintain(fixture.nowMs.get() + 100_000, true);
    assertEquals(2, log.logStartOffset());
    try (LogSlice slice = held.records()) {
      slice.toMemoryRecords().batches().forEach(batch -> batch.ensureValid());
      assertTrue(slice.sizeInBytes() > 0);
    }
  }

  @Test
  void segmentsRollByTime() {
    PartitionLog log = log(new LogFixture.Settings().segmentMs(1000).build());
    fixture.append(log, "a");
    fixture.nowMs.addAndGet(1500);
    fixture.appendDurably(log, "b");
    assertEquals(2, log.segments().length);
    log.maintain(fixture.nowMs.get() + 2000);
    assertEquals(3, log.segments().length);
    log.maintain(fixture.nowMs.get() + 9000);
    assertEquals(3, log.segments().length);
  }

  @Test
  void cuttingTheEndForgetsWhatWasCut() {
    PartitionLog log = log(new LogFixture.Settings().segmentBytes(250).os(1).build());
    log.reconfigure(LogFixture.config(250));
    log.append(LogFixture.idempotent(5, 0, "a"), fixture.client());
    LogFixture.awaitDurable(log);
    assertThrows(IllegalArgumentException.class, () -> log.truncateTo(0));
    long kept = log.highWatermark();
    Appended cut = null;
    for (int i = 1; i < 9; i++) {
      cut = log.append(LogFixture.idempotent(5, i, "a" + i), fixture.client());
    }
    // Whatever became durable meanwhile stays; the rest goes.
    long to = Math.max(kept, log.highWatermark());
    CompletableFuture<Throwable> told = new CompletableFuture<>();
    log.whenDurable(cut.lastOffset() + 1, told::complete);
    try {
      log.truncateTo(to);
    } catch (IllegalArgumentException e) {
      to = log.highWatermark();
      log.truncateTo(to);
    }
    long end = log.logEndOffset();
    assertTrue(end >= to);
    told.orTimeout(20, TimeUnit.SECONDS).join();
    Appended next = log.append(LogFixture.idempotent(5, (int) end, "next"), fixture.client());
    assertEquals(end, next.baseOffset());
    LogFixture.awaitDurable(log);
    assertEquals(end + 1, LogFixture.readAll(log, ReadLimit.HIGH_WATERMARK).size());
  }

  @Test
  void withDurabilityOsRecordsAreVisibleAtOnceUnlessAFlushIsDue() {
    PartitionLog log = log(new LogFixture.Settings().os(Long.MAX_VALUE).build());
    fixture.append(log, "a");
    assertEquals(1, log.highWatermark());
    log.reconfigure(new LogFixture.Settings().os(1).build());
    fixture.append(log, "b");
    LogFixture.awaitDurable(log);
    assertEquals(2, log.highWatermark());
    assertEquals(2, log.forcedOffset());
  }

  @Test
  void listenersAndCallbacksHearOfProgressOnce() {
    PartitionLog log = log(LogFixture.config(1 << 20));
    ConcurrentLinkedQueue<Long> seen = new ConcurrentLinkedQueue<>();
    log.addListener(
        new LogListener() {
          @Override
          public void onProgress(PartitionLog moved) {
            seen.add(moved.highWatermark());
          }
        });
    ConcurrentLinkedQueue<String> order = new ConcurrentLinkedQueue<>();
    fixture.append(log, "a");
    log.whenDurable(1, failure -> order.add("first"));
    fixture.append(log, "b");
    log.whenDurable(2, failure -> order.add("second"));
    LogFixture.awaitDurable(log);
    assertEquals(List.of("first", "second"), List.copyOf(order));
    log.whenDurable(2, failure -> assertNull(failure));
    fixture.store.close();
    assertFalse(seen.isEmpty());
    assertTrue(seen.stream().allMatch(offset -> offset <= 2));
  }

  @Test
  void manyWritersAndReadersAtOnceSeeOneOrder() throws Exception {
    PartitionLog log = log(LogFixture.config(20_000));
    int writers = 4;
    int each = 500;
    AtomicBoolean stop = new AtomicBoolean();
    List<Thread> threads = new ArrayList<>();
    ConcurrentLinkedQueue<Throwable> problems = new ConcurrentLinkedQueue<>();
    for (int w = 0; w < writers; w++) {
      long producer = 100L + w;
      threads.add(
          start(
              problems,
              () -> {
                for (int i = 0; i < each; i++) {
                  Appended done =
                      log.append(
                          LogFixture.idempotent(producer, i, producer + ":" + i), fixture.client());
                  log.whenDurable(
                      done.lastOffset() + 1,
                      failure -> {
                        if (failure != null || log.highWatermark() <= done.lastOffset()) {
                          problems.add(new AssertionError("told too early: " + done));
                        }
                      });
                }
              }));
    }
    List<Thread> others = new ArrayList<>();
    for (int r = 0; r < 2; r++) {
      others.add(start(problems, () -> follow(log, (long) writers * each)));
    }
    others.add(
        start(
            problems,
            () -> {
              while (!stop.get()) {
                log.maintain(fixture.nowMs.get());
              }
            }));
    for (Thread thread : threads) {
      thread.join();
    }
    LogFixture.awaitDurable(log);
    stop.set(true);
    for (Thread thread : others) {
      thread.join();
    }
    assertEquals(List.of(), List.copyOf(problems));
    List<String> all = LogFixture.readAll(log, ReadLimit.HIGH_WATERMARK);
    assertEquals(writers * each, all.size());
    int[] next = new int[writers];
    for (int i = 0; i < all.size(); i++) {
      String[] parts = all.get(i).split("[=:]");
      assertEquals(i, Integer.parseInt(parts[0]));
      int writer = Integer.parseInt(parts[1]) - 100;
      assertEquals(next[writer]++, Integer.parseInt(parts[2]));
    }
  }

  private static Thread start(ConcurrentLinkedQueue<Throwable> problems, Runnable task) {
    Thread thread =
        new Thread(
            () -> {
              try {
                task.run();
              } catch (Throwable e) {
                problems.add(e);
              }
            });
    thread.start();
    return thread;
  }

  private static void follow(PartitionLog log, long until) {
    long at = 0;
    while (at < until) {
      long limit = log.highWatermark();
      for (String value : LogFixture.read(log, at, 700, ReadLimit.HIGH_WATERMARK)) {
        assertEquals(at, Long.parseLong(value.split("=")[0]));
        at++;
      }
      if (at < limit && LogFixture.read(log, at, 700, ReadLimit.HIGH_WATERMARK).isEmpty()) {
        throw new AssertionError("nothing at " + at + " below " + limit);
      }
    }
  }
}

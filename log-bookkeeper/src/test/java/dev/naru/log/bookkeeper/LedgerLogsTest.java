package dev.naru.log.bookkeeper;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.log.AppendSpec;
import dev.naru.log.Appended;
import dev.naru.log.LogConfig;
import dev.naru.log.LogId;
import dev.naru.log.LogStoreConfig;
import dev.naru.log.PartitionLog;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.errors.KafkaStorageException;
import org.apache.kafka.common.errors.OutOfOrderSequenceException;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Partition logs on ledgers, that change hands. */
class LedgerLogsTest {
  private static final LogId ID = new LogId(new Uuid(1, 2), 3);
  private static final long PRODUCER = 77;
  private static final int MAX_WAITING = 256 << 10;

  private final ExecutorService cluster = Executors.newSingleThreadExecutor();
  private final ExecutorService readers = Executors.newSingleThreadExecutor();
  private final PauseThread pauses = new PauseThread();
  private final MemoryLedgers ledgers = new MemoryLedgers(cluster);
  private final MemoryLists lists = new MemoryLists(cluster);
  private final Unacknowledged unacknowledged = new Unacknowledged(MAX_WAITING);
  private final List<LedgerLogs> nodes = new ArrayList<>();

  @AfterEach
  void stop() {
    nodes.forEach(LedgerLogs::close);
    cluster.shutdown();
    readers.shutdown();
    pauses.close();
  }

  private LedgerLogs node() {
    return node(ledgers);
  }

  private LedgerLogs node(Ledgers itsLedgers) {
    LedgerLogs node =
        new LedgerLogs(
            new LedgerStorage(
                itsLedgers,
                lists,
                new BlockCache(4 << 20),
                unacknowledged,
                readers,
                pauses,
                () -> 1_000),
            LedgerLogs.Whose.OWN,
            LogStoreConfig.DEFAULTS);
    nodes.add(node);
    return node;
  }

  private static Appended append(PartitionLog log, int epoch, int sequence, String value) {
    MemoryRecords batch =
        MemoryRecords.withIdempotentRecords(
            0,
            Compression.NONE,
            PRODUCER,
            (short) 0,
            sequence,
            epoch,
            new SimpleRecord(1_000, value.getBytes(UTF_8)));
    return log.append(batch.buffer(), AppendSpec.client(epoch, 1_000));
  }

  /** Entries are acknowledged by now, notes a moment later. */
  private void awaitNothingWaits() {
    long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (unacknowledged.bytes() > 0) {
      assertTrue(System.nanoTime() < deadlineNs, unacknowledged.bytes() + " bytes wait for ever");
      Thread.onSpinWait();
    }
  }

  @Test
  void aLogGoesOnWhereTheOwnerOfBeforeEnded() throws Exception {
    LedgerLogs first = node();
    PartitionLog log = first.openOrCreate(ID, LogConfig.DEFAULTS);
    append(log, 0, 0, "a");
    append(log, 0, 1, "b");
    TestLog.awaitDurable(log);
    first.release(ID);
    assertEquals(Set.of(), first.ids());

    PartitionLog moved = node().openOrCreate(ID, LogConfig.DEFAULTS);
    assertEquals(2, moved.logEndOffset());
    assertEquals(2, moved.highWatermark());
    assertEquals(List.of("a", "b"), TestLog.values(moved));
    assertThrows(OutOfOrderSequenceException.class, () -> append(moved, 1, 7, "gap"));
    assertTrue(append(moved, 1, 1, "b").duplicate(), "the producer's state moved with the log");
    assertEquals(2, append(moved, 1, 2, "c").baseOffset());
    TestLog.awaitDurable(moved);
    assertEquals(List.of("a", "b", "c"), TestLog.values(moved));
    assertEquals(1, moved.latestEpoch());
  }

  /** What room there is is kept for what the cluster must write to go on. */
  @Test
  void withoutRoomOnlyClientsAreRefused() throws Exception {
    PartitionLog log = node().openOrCreate(ID, LogConfig.DEFAULTS);
    append(log, 0, 0, "a");
    ledgers.room(false);
    assertThrows(KafkaStorageException.class, () -> append(log, 0, 1, "b"));
    assertTrue(append(log, 0, 0, "a").duplicate(), "what is there is acknowledged all the same");
    log.append(
        MemoryRecords.withRecords(
                Compression.NONE, new SimpleRecord(1_000, "commit".getBytes(UTF_8)))
            .buffer(),
        AppendSpec.coordinator(0, 1_000));
    TestLog.awaitDurable(log);
    assertEquals(List.of("a", "commit"), TestLog.values(log));
    ledgers.room(true);
    append(log, 0, 1, "b");
    TestLog.awaitDurable(log);
    assertEquals(List.of("a", "commit", "b"), TestLog.values(log));
  }

  /** The thread that tells of durable entries tells the log, too, which may be on its way out. */
  @Test
  void aLogIsReleasedWhileItsRecordsAreOnTheirWay() throws Exception {
    Door entries = new Door(cluster);
    LedgerLogs owner = node(new SlowEntries(ledgers, entries));
    PartitionLog log = owner.openOrCreate(ID, LogConfig.DEFAULTS);
    append(log, 0, 0, "before");
    TestLog.awaitDurable(log);
    entries.close();
    append(log, 0, 1, "on its way");
    CompletableFuture<Void> told = new CompletableFuture<>();
    log.whenDurable(log.logEndOffset(), problem -> told.complete(null));
    Thread releasing = new Thread(() -> owner.release(ID));
    releasing.start();
    long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (releasing.getState() != Thread.State.WAITING && System.nanoTime() < deadlineNs) {
      Thread.onSpinWait();
    }
    entries.open();
    releasing.join(TimeUnit.SECONDS.toMillis(30));
    assertEquals(Thread.State.TERMINATED, releasing.getState());
    told.get(30, TimeUnit.SECONDS);
    assertEquals(
        List.of("before", "on its way"),
        TestLog.values(node().openOrCreate(ID, LogConfig.DEFAULTS)));
  }

  @Test
  void anOwnerThatWasNotAskedGoesOffline() throws Exception {
    LedgerLogs first = node();
    PartitionLog log = first.openOrCreate(ID, LogConfig.DEFAULTS);
    append(log, 0, 0, "kept");
    TestLog.awaitDurable(log);

    PartitionLog taken = node().openOrCreate(ID, LogConfig.DEFAULTS);
    append(log, 0, 1, "of a zombie");
    assertThrows(ExecutionException.class, () -> TestLog.awaitDurable(log));
    assertNotNull(log.failure().orElseThrow());
    assertThrows(KafkaStorageException.class, () -> append(log, 0, 2, "more"));
    append(taken, 1, 1, "goes on");
    TestLog.awaitDurable(taken);
    assertEquals(List.of("kept", "goes on"), TestLog.values(taken));
  }

  @Test
  void whatBookiesDoNotTakeIsRefusedBeforeItFillsTheMemory() throws Exception {
    Door door = new Door(cluster);
    PartitionLog log = node(ledgers.from(door)).openOrCreate(ID, LogConfig.DEFAULTS);
    append(log, 0, 0, "taken");
    TestLog.awaitDurable(log);
    awaitNothingWaits();

    door.close();
    String large = "x".repeat(32 << 10);
    int waiting = 0;
    KafkaStorageException refused = null;
    while (refused == null) {
      assertTrue(waiting * large.length() <= 2 * MAX_WAITING, "never refused");
      try {
        append(log, 0, waiting + 1, large);
        waiting++;
      } catch (KafkaStorageException e) {
        refused = e;
      }
    }
    assertTrue(waiting * large.length() >= MAX_WAITING / 2, "refused after " + waiting);
    assertTrue(refused.getMessage().contains("wait for them"), refused.getMessage());
    long end = log.logEndOffset();
    assertEquals(waiting + 1, end, "what was refused has no place");
    assertTrue(log.failure().isEmpty(), "the log serves on");

    door.open();
    TestLog.awaitDurable(log);
    awaitNothingWaits();
    append(log, 0, waiting + 1, "taken again");
    TestLog.awaitDurable(log);
    assertEquals(end + 1, log.highWatermark());
  }

  @Test
  void whatIsGivenUpWaitsNoMore() throws Exception {
    Door door = new Door(cluster);
    LedgerLogs node = node(ledgers.from(door));
    PartitionLog log = node.openOrCreate(ID, LogConfig.DEFAULTS);
    append(log, 0, 0, "first");
    TestLog.awaitDurable(log);
    door.close();
    append(log, 0, 1, "on its way");
    append(log, 0, 2, "gathered behind it");
    assertTrue(unacknowledged.bytes() > 0);
    node().openOrCreate(ID, LogConfig.DEFAULTS);
    door.open();
    assertThrows(ExecutionException.class, () -> TestLog.awaitDurable(log));
    node.release(ID);
    awaitNothingWaits();
  }

  @Test
  void manyMovesLoseNothing() throws Exception {
    List<String> expected = new ArrayList<>();
    for (int move = 0; move < 20; move++) {
      PartitionLog log = node().openOrCreate(ID, LogConfig.DEFAULTS);
      assertEquals(expected, TestLog.values(log));
      for (int i = 0; i < 5; i++) {
        append(log, move, expected.size(), "v" + expected.size());
        expected.add("v" + expected.size());
      }
      TestLog.awaitDurable(log);
    }
  }

  @Test
  void aDeletedLogLeavesNoLedger() throws Exception {
    LedgerLogs node = node();
    PartitionLog log = node.openOrCreate(ID, LogConfig.DEFAULTS);
    append(log, 0, 0, "a");
    TestLog.awaitDurable(log);
    node.delete(ID);
    assertEquals(Set.of(), ledgers.ids());
    assertEquals(0, node.openOrCreate(ID, LogConfig.DEFAULTS).logEndOffset());
  }
}

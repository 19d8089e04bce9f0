package dev.naru.log.bookkeeper;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.log.AppendSpec;
import dev.naru.log.LogConfig;
import dev.naru.log.LogId;
import dev.naru.log.LogStoreConfig;
import dev.naru.log.PartitionLog;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.errors.KafkaStorageException;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Logs that begin one segment after the other while the bookies, or ZooKeeper, do not answer. */
class RollTest {
  private static final int ROLLS = 5;
  private static final int MAX_WAITING = 256 << 10;

  /** Each batch of these tests makes a segment full. */
  private static final LogConfig SMALL_SEGMENTS = TestLog.withSegmentBytes(100);

  private final ExecutorService cluster = Executors.newSingleThreadExecutor();
  private final ExecutorService readers = Executors.newSingleThreadExecutor();
  private final PauseThread pauses = new PauseThread();
  private final MemoryLedgers ledgers = new MemoryLedgers(cluster);
  private final MemoryLists lists = new MemoryLists(cluster);
  private final Unacknowledged unacknowledged = new Unacknowledged(MAX_WAITING);
  private final List<LedgerLogs> nodes = new ArrayList<>();
  private final Door ledgersDoor = new Door(cluster);
  private final Door listsDoor = new Door(cluster);

  @AfterEach
  void stop() {
    ledgersDoor.open();
    listsDoor.open();
    nodes.forEach(LedgerLogs::close);
    cluster.shutdown();
    readers.shutdown();
    pauses.close();
  }

  private PartitionLog open(Ledgers itsLedgers, SegmentLists itsLists, LogId id) {
    LedgerLogs node =
        new LedgerLogs(
            new LedgerStorage(
                itsLedgers,
                itsLists,
                new BlockCache(4 << 20),
                unacknowledged,
                readers,
                pauses,
                () -> 1_000),
            LedgerLogs.Whose.OWN,
            LogStoreConfig.DEFAULTS);
    nodes.add(node);
    return node.openOrCreate(id, SMALL_SEGMENTS);
  }

  /** At a node whose requests go through the doors. */
  private PartitionLog openOld(LogId id) {
    return open(ledgers.from(ledgersDoor), lists.from(listsDoor), id);
  }

  private PartitionLog openNew(LogId id) {
    return open(ledgers, lists, id);
  }

  private static LogId id(int partition) {
    return new LogId(new Uuid(1, 2), partition);
  }

  private static void append(PartitionLog log, int epoch, String value) {
    MemoryRecords batch =
        MemoryRecords.withRecords(Compression.NONE, new SimpleRecord(1_000, value.getBytes(UTF_8)));
    log.append(batch.buffer(), AppendSpec.client(epoch, 1_000));
  }

  private static String value(int number) {
    return number + "x".repeat(60);
  }

  private static List<String> appendMany(PartitionLog log, int from, int count) {
    List<String> values = new ArrayList<>();
    for (int i = from; i < from + count; i++) {
      append(log, 0, value(i));
      values.add(value(i));
    }
    return values;
  }

  private void appendsWaitForNobody(Door closed) throws Exception {
    PartitionLog log = openOld(id(0));
    List<String> all = appendMany(log, 0, 1);
    TestLog.awaitDurable(log);
    closed.close();
    all.addAll(appendMany(log, 1, ROLLS));
    assertEquals(1 + ROLLS, log.logEndOffset());
    assertEquals(1, log.highWatermark());
    closed.open();
    TestLog.awaitDurable(log);
    assertEquals(all, TestLog.values(log));
    assertEquals(all, TestLog.values(openNew(id(0))));
    awaitNothingWaits();
  }

  /** Entries are acknowledged by now, notes a moment later. */
  private void awaitNothingWaits() {
    long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (unacknowledged.bytes() > 0) {
      assertTrue(System.nanoTime() < deadlineNs, unacknowledged.bytes() + " bytes wait for ever");
      Thread.onSpinWait();
    }
  }

  /** What was on its way has come, and what that led to. */
  private void awaitCluster() throws Exception {
    for (int i = 0; i < 10; i++) {
      cluster.submit(() -> {}).get(30, TimeUnit.SECONDS);
    }
  }

  @Test
  void aRollDoesNotWaitForBookies() throws Exception {
    appendsWaitForNobody(ledgersDoor);
  }

  @Test
  void aRollDoesNotWaitForZooKeeper() throws Exception {
    appendsWaitForNobody(listsDoor);
  }

  /** However far the bookies and ZooKeeper came: nothing is lost, and nothing stands alone. */
  @Test
  void aTakeoverFindsAllThatWasAcknowledgedAndNoGap() throws Exception {
    boolean allFound = false;
    for (int passed = 0; !allFound; passed++) {
      LogId id = id(passed);
      PartitionLog old = openOld(id);
      List<String> all = appendMany(old, 0, 1);
      TestLog.awaitDurable(old);
      ledgersDoor.close();
      all.addAll(appendMany(old, 1, ROLLS));
      for (int i = 0; i < passed; i++) {
        awaitCluster();
        ledgersDoor.passOne();
      }
      awaitCluster();
      PartitionLog taken = openNew(id);
      int acknowledged = (int) old.highWatermark();
      assertTrue(taken.failure().isEmpty(), () -> "offline: " + taken.failure());
      List<String> found = TestLog.values(taken);
      assertTrue(found.size() >= acknowledged, found.size() + " of " + acknowledged);
      assertEquals(all.subList(0, found.size()), found);
      allFound = found.size() == all.size();

      append(taken, 1, "goes on");
      ledgersDoor.open();
      TestLog.awaitDurable(taken);
      if (!allFound) {
        assertThrows(ExecutionException.class, () -> TestLog.awaitDurable(old));
      }
      found.add("goes on");
      assertEquals(found, TestLog.values(openNew(id)));
      assertTrue(passed < 1_000, "never complete");
      nodes.forEach(LedgerLogs::close);
      nodes.clear();
    }
  }

  @Test
  void segmentsThatWaitForBookiesAreBounded() throws Exception {
    PartitionLog log = openOld(id(0));
    append(log, 0, value(0));
    TestLog.awaitDurable(log);
    ledgersDoor.close();
    KafkaStorageException refused =
        assertThrows(KafkaStorageException.class, () -> appendMany(log, 1, MAX_WAITING / 60));
    assertTrue(refused.getMessage().contains("wait for them"), refused.getMessage());
    ledgersDoor.open();
    TestLog.awaitDurable(log);
    assertTrue(log.failure().isEmpty(), "the log serves on");
    append(log, 0, value(1));
    TestLog.awaitDurable(log);
  }
}

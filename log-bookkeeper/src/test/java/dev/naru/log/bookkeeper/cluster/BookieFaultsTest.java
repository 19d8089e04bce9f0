package dev.naru.log.bookkeeper.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.log.LogConfig;
import dev.naru.log.LogId;
import dev.naru.log.PartitionLog;
import dev.naru.log.bookkeeper.Copies;
import dev.naru.log.bookkeeper.TestLog;
import java.lang.reflect.Method;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.bookkeeper.util.DiskChecker;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Bookies that die, are lost, or are full. */
class BookieFaultsTest {
  private static final LogId PARTITION = new LogId(new Uuid(1, 2), 3);
  private static final int LEDGERS_MAX = 50;
  private static final float FULL = 0.000_002f;
  private static final float NEARLY_FULL = 0.000_001f;

  @TempDir private Path directory;
  private final List<ClusterStorage> nodes = new ArrayList<>();
  private List<HostPort> addresses;

  @AfterEach
  void stop() {
    nodes.forEach(ClusterStorage::close);
  }

  private ClusterSettings.Builder settings(int nodeId) {
    return TestNodes.settings(
        nodeId,
        addresses.get(nodeId - 1),
        List.of(addresses.get(0)),
        directory.resolve("node-" + nodeId));
  }

  private ClusterStorage start(ClusterSettings.Builder settings) {
    ClusterStorage node = ClusterStorage.open(settings.build());
    nodes.add(node);
    return node;
  }

  @Test
  void aBookieThatDiesIsReported() throws Exception {
    addresses = TestNodes.freeAddresses(1);
    CompletableFuture<String> fatal = new CompletableFuture<>();
    ClusterStorage node = start(settings(1).onFatal(fatal::complete));
    node.bookie().server().getBookieService().getServer().getBookie().shutdown();
    String why = fatal.get(30, TimeUnit.SECONDS);
    assertTrue(why.contains("bookie inside this node has stopped"), why);
  }

  @Test
  void whatALostBookieHadIsCopiedAgain() throws Exception {
    addresses = TestNodes.freeAddresses(3);
    for (int nodeId = 1; nodeId <= 3; nodeId++) {
      start(settings(nodeId).copies(new Copies(2, 1)).lostAfter(Duration.ofSeconds(1)));
    }
    List<String> written = new ArrayList<>();
    for (int i = 0; !bookiesOfLast().contains("node-3"); i++) {
      assertTrue(i < LEDGERS_MAX, "the third bookie gets nothing");
      PartitionLog log = nodes.get(0).logs().openOrCreate(PARTITION, LogConfig.DEFAULTS);
      TestLog.append(log, 0, "v" + i);
      written.add("v" + i);
      nodes.get(0).logs().release(PARTITION);
    }
    nodes.remove(2).close();
    Eventually.await(
        "two bookies that live have all", () -> bookiesOfLast().equals(Set.of("node-1", "node-2")));
    PartitionLog log = nodes.get(0).logs().openOrCreate(PARTITION, LogConfig.DEFAULTS);
    assertEquals(written, TestLog.values(log));
  }

  /** On which bookies the ledger is that was made last; none when there is none. */
  private Set<String> bookiesOfLast() throws Exception {
    try (TestLedgers ledgers = new TestLedgers(addresses.get(0))) {
      List<Long> ids = ledgers.ids();
      return ids.isEmpty() ? Set.of() : ledgers.bookies(Collections.max(ids));
    }
  }

  @Test
  void aBookieWithAFullDiskIsReadUntilThereIsRoom() throws Exception {
    addresses = TestNodes.freeAddresses(1);
    ClusterStorage node = start(settings(1));
    PartitionLog log = node.logs().openOrCreate(PARTITION, LogConfig.DEFAULTS);
    TestLog.append(log, 0, "before");
    setThresholds(node, FULL, NEARLY_FULL);
    Eventually.await("the bookie takes nothing more", () -> isReadOnly(node));
    assertThrows(Exception.class, () -> TestLog.append(log, 0, "no room"));
    node.logs().release(PARTITION);
    PartitionLog again = node.logs().openOrCreate(PARTITION, LogConfig.DEFAULTS);
    assertEquals(List.of("before"), TestLog.values(again));

    setThresholds(node, 0.999f, 0.998f);
    Eventually.await("the bookie takes entries again", () -> !isReadOnly(node));
    node.logs().release(PARTITION);
    PartitionLog after = node.logs().openOrCreate(PARTITION, LogConfig.DEFAULTS);
    TestLog.append(after, 1, "after");
    assertEquals(List.of("before", "after"), TestLog.values(after));
  }

  /** Any disk is full when nothing may be in use; the method is for BookKeeper's own tests. */
  private static void setThresholds(ClusterStorage node, float full, float warn) throws Exception {
    Method setter =
        DiskChecker.class.getDeclaredMethod("setDiskSpaceThreshold", float.class, float.class);
    setter.setAccessible(true);
    setter.invoke(node.bookie().server().getDiskChecker(), full, warn);
  }

  private static boolean isReadOnly(ClusterStorage node) {
    return node.bookie().server().getBookieService().getServer().getBookie().isReadOnly();
  }
}

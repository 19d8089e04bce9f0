package dev.naru.log.bookkeeper.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.log.LogConfig;
import dev.naru.log.LogId;
import dev.naru.log.PartitionLog;
import dev.naru.log.bookkeeper.TestLog;
import dev.naru.log.bookkeeper.cluster.Coordination.ControllerClaim;
import dev.naru.log.bookkeeper.cluster.Coordination.LiveNode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.KafkaStorageException;
import org.apache.zookeeper.ZooKeeper;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three nodes, all of them among the first. */
@Tag("once")
class ThreeNodesTest {
  private static final ControllerClaim NOBODY = new ControllerClaim(-1, -1, "", -1);
  private static final LogId PARTITION = new LogId(new Uuid(1, 2), 3);

  @TempDir private Path directory;
  private List<HostPort> addresses;
  private final List<ClusterStorage> nodes = new ArrayList<>();

  @BeforeEach
  void startAtTheSameTime() throws Exception {
    addresses = TestNodes.freeAddresses(3);
    List<CompletableFuture<ClusterStorage>> starting = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      ClusterSettings settings = settings(i + 1);
      starting.add(CompletableFuture.supplyAsync(() -> ClusterStorage.open(settings)));
    }
    for (CompletableFuture<ClusterStorage> each : starting) {
      nodes.add(each.get(90, TimeUnit.SECONDS));
    }
  }

  private ClusterSettings settings(int nodeId) {
    return settings(nodeId, addresses.get(nodeId - 1), "node-" + nodeId);
  }

  private ClusterSettings settings(int nodeId, HostPort address, String directoryName) {
    return TestNodes.settings(nodeId, address, addresses, directory.resolve(directoryName))
        .lostAfter(Duration.ofSeconds(1))
        .build();
  }

  @AfterEach
  void stop() {
    nodes.forEach(ClusterStorage::close);
  }

  private ClusterStorage node(int nodeId) {
    return nodes.get(nodeId - 1);
  }

  private void announce(int nodeId) {
    node(nodeId).coordination().announce("127.0.0.1", addresses.get(nodeId - 1).port() + 1);
  }

  private AtomicReference<Map<Integer, LiveNode>> watchNodes(int nodeId) {
    AtomicReference<Map<Integer, LiveNode>> seen = new AtomicReference<>();
    node(nodeId).coordination().watchNodes(seen::set);
    return seen;
  }

  private static Set<Integer> ids(AtomicReference<Map<Integer, LiveNode>> seen) {
    Map<Integer, LiveNode> now = seen.get();
    return now == null ? Set.of() : now.keySet();
  }

  private ControllerClaim claim(int nodeId) throws Exception {
    return node(nodeId)
        .coordination()
        .claimController()
        .toCompletableFuture()
        .get(30, TimeUnit.SECONDS);
  }

  /** What happens to a node that was stopped for longer than its session's timeout. */
  private void expire(int nodeId) throws Exception {
    ZooKeeper victim = node(nodeId).session().zooKeeper();
    ZooKeeper twin =
        new ZooKeeper(
            ZooKeeperSession.connectString(
                addresses.stream().map(each -> each.plus(NodePorts.ZOOKEEPER)).toList()),
            10_000,
            event -> {},
            victim.getSessionId(),
            victim.getSessionPasswd());
    Eventually.await("the twin is connected", () -> twin.getState().isConnected());
    twin.close();
  }

  @Test
  void aLogIsTakenOverByAnotherNode() throws Exception {
    assertEquals(node(1).clusterId(), node(3).clusterId());
    PartitionLog log = node(1).logs().openOrCreate(PARTITION, LogConfig.DEFAULTS);
    TestLog.append(log, 0, "a");
    PartitionLog taken = node(2).logs().openOrCreate(PARTITION, LogConfig.DEFAULTS);
    assertEquals(List.of("a"), TestLog.values(taken));
    TestLog.append(taken, 1, "b");

    nodes.remove(2).close();
    TestLog.append(taken, 1, "c");
    nodes.remove(1).close();
    nodes.add(1, ClusterStorage.open(settings(3)));
    PartitionLog again = nodes.get(1).logs().openOrCreate(PARTITION, LogConfig.DEFAULTS);
    assertEquals(List.of("a", "b", "c"), TestLog.values(again));
    TestLog.append(again, 2, "d");
  }

  /**
   * The disk of a first node is lost: another node takes its place, ZooKeeper's member included.
   */
  @Test
  void aNodeWhoseDiskIsLostIsReplacedByOneWithAnotherId() throws Exception {
    PartitionLog log = node(1).logs().openOrCreate(PARTITION, LogConfig.DEFAULTS);
    TestLog.append(log, 0, "a");
    node(1).logs().release(PARTITION);
    HostPort address = addresses.get(2);
    nodes.remove(2).close();

    ClusterException refused =
        assertThrows(
            ClusterException.class,
            () -> ClusterStorage.open(settings(3, address, "a-new-disk")).close());
    assertTrue(refused.getMessage().contains("an id that was never used"), refused.getMessage());

    nodes.add(ClusterStorage.open(settings(4, address, "another-new-disk")));
    try (TestLedgers ledgers = new TestLedgers(address)) {
      Eventually.await("all copies of the lost disk are made again", () -> isCopied(ledgers));
    }
    nodes.remove(0).close();
    AtomicReference<PartitionLog> opened = new AtomicReference<>();
    Eventually.await("the log is taken over", () -> isOpened(nodes.get(1), opened));
    PartitionLog taken = opened.get();
    assertEquals(List.of("a"), TestLog.values(taken));
    TestLog.append(taken, 1, "b");
    assertEquals(List.of("a", "b"), TestLog.values(taken));
  }

  /** Tried again, as the broker does, while the node looks for another ZooKeeper member. */
  private static boolean isOpened(ClusterStorage node, AtomicReference<PartitionLog> opened) {
    try {
      opened.set(node.logs().openOrCreate(PARTITION, LogConfig.DEFAULTS));
      return true;
    } catch (KafkaStorageException e) {
      return false;
    }
  }

  private static boolean isCopied(TestLedgers ledgers) throws Exception {
    for (long ledgerId : ledgers.ids()) {
      if (ledgers.bookies(ledgerId).contains("node-3")) {
        return false;
      }
    }
    return true;
  }

  @Test
  void nodesSeeWhoIsThere() throws Exception {
    AtomicReference<Map<Integer, LiveNode>> seen = watchNodes(3);
    Eventually.await("told of an empty cluster", () -> seen.get() != null);
    assertEquals(Map.of(), seen.get());
    announce(1);
    announce(2);
    Eventually.await("both are seen", () -> ids(seen).equals(Set.of(1, 2)));
    assertEquals(addresses.get(0).port() + 1, seen.get().get(1).linkPort());
    node(2).coordination().depart();
    Eventually.await("node 2 is gone", () -> ids(seen).equals(Set.of(1)));

    String before = seen.get().get(1).incarnation();
    AtomicInteger expiries = new AtomicInteger();
    node(1).coordination().watchExpiry(expiries::incrementAndGet);
    expire(1);
    Eventually.await(
        "node 1 is back as another one",
        () -> ids(seen).contains(1) && !seen.get().get(1).incarnation().equals(before));
    assertEquals(1, expiries.get());
  }

  @Test
  void oneNodeAtATimeIsTheController() throws Exception {
    for (int nodeId = 1; nodeId <= 3; nodeId++) {
      announce(nodeId);
    }
    AtomicReference<ControllerClaim> seen = new AtomicReference<>();
    AtomicInteger told = new AtomicInteger();
    node(2)
        .coordination()
        .watchController(
            claim -> {
              seen.set(claim);
              told.incrementAndGet();
            });
    Eventually.await("told that there is none", () -> told.get() > 0);
    assertNull(seen.get());

    ControllerClaim first = claim(1);
    assertEquals(first, claim(1), "it is still the same claim");
    assertNull(claim(2));
    Eventually.await("the claim is seen", () -> first.equals(seen.get()));

    node(1).coordination().resignController();
    Eventually.await("it is given up", () -> seen.get() == null);
    ControllerClaim second = claim(2);
    assertTrue(second.epoch() > first.epoch());
    expire(2);
    Eventually.await("the session took the claim with it", () -> seen.get() == null);
    ControllerClaim third = claim(3);
    assertTrue(third.epoch() > second.epoch());
    assertNotEquals(second.nodeId(), third.nodeId());
    Eventually.await("the new one is seen", () -> third.equals(seen.get()));
    node(3).coordination().depart();
    Eventually.await("who departs is no controller", () -> seen.get() == null);
  }

  @Test
  void whoIsDeclaredDeadIsGoneForAllWithItsClaim() throws Exception {
    announce(1);
    announce(2);
    AtomicReference<Map<Integer, LiveNode>> seen = watchNodes(1);
    List<ControllerClaim> claims = new CopyOnWriteArrayList<>();
    node(1).coordination().watchController(claim -> claims.add(claim == null ? NOBODY : claim));
    AtomicInteger expiries = new AtomicInteger();
    node(2).coordination().watchExpiry(expiries::incrementAndGet);
    ControllerClaim claim = claim(2);
    Eventually.await("the claim is seen", () -> claims.contains(claim));
    Eventually.await("both are seen", () -> ids(seen).equals(Set.of(1, 2)));
    LiveNode before = seen.get().get(2);

    node(3).coordination().declareDead(before);
    Eventually.await("its claim ends", () -> claims.lastIndexOf(NOBODY) > claims.indexOf(claim));
    // It is alive after all, and goes on as one that has nothing.
    Eventually.await("it is announced as another one", () -> isAnother(seen, before));
    assertEquals(1, expiries.get());
    assertTrue(claim(2).epoch() > claim.epoch());
  }

  @Test
  void whoHasBegunAnewIsNotMeant() throws Exception {
    announce(2);
    AtomicReference<Map<Integer, LiveNode>> seen = watchNodes(1);
    Eventually.await("it is seen", () -> ids(seen).contains(2));
    LiveNode before = seen.get().get(2);
    expire(2);
    Eventually.await("it has begun anew", () -> isAnother(seen, before));
    LiveNode now = seen.get().get(2);
    ControllerClaim claim = claim(2);

    node(3).coordination().declareDead(before);
    announce(3);
    Eventually.await("what came after is seen", () -> ids(seen).equals(Set.of(2, 3)));
    assertEquals(now, seen.get().get(2));
    assertEquals(claim, claim(2));
  }

  private static boolean isAnother(AtomicReference<Map<Integer, LiveNode>> seen, LiveNode before) {
    LiveNode now = seen.get().get(before.nodeId());
    return now != null && !now.incarnation().equals(before.incarnation());
  }
}

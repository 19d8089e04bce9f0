package dev.naru.log.bookkeeper.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.log.LogConfig;
import dev.naru.log.LogId;
import dev.naru.log.PartitionLog;
import dev.naru.log.bookkeeper.TestLog;
import dev.naru.log.bookkeeper.cluster.Coordination.LiveNode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.common.Uuid;
import org.apache.zookeeper.data.Stat;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** ZooKeeper is away for so long that all sessions end. */
class ZooKeeperOutageTest {
  private static final LogId OPEN = new LogId(new Uuid(1, 2), 3);
  private static final LogId NEW = new LogId(new Uuid(1, 2), 4);
  private static final Duration SESSION = Duration.ofSeconds(1);
  private static final Duration OUTAGE = Duration.ofSeconds(8);

  @TempDir private Path directory;
  private final CompletableFuture<String> fatal = new CompletableFuture<>();
  private final AtomicReference<Map<Integer, LiveNode>> seen = new AtomicReference<>(Map.of());
  private final AtomicInteger expiries = new AtomicInteger();
  private ClusterStorage node;
  private EmbeddedZooKeeper again;

  @BeforeEach
  void start() throws Exception {
    HostPort address = TestNodes.freeAddresses(1).get(0);
    node =
        ClusterStorage.open(
            TestNodes.settings(1, address, List.of(address), directory)
                .sessionTimeout(SESSION)
                .onFatal(fatal::complete)
                .build());
    node.coordination().announce(address.host(), address.port() + 1);
    node.coordination().watchNodes(seen::set);
    node.coordination().watchExpiry(expiries::incrementAndGet);
    Eventually.await("the node sees itself", () -> seen.get().containsKey(1));
  }

  @AfterEach
  void stop() {
    node.close();
    if (again != null) {
      again.close();
    }
  }

  private static long connections() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().contains("-SendThread"))
        .count();
  }

  @Test
  void theNodeGoesOnWhenItIsBack() throws Exception {
    PartitionLog open = node.logs().openOrCreate(OPEN, LogConfig.DEFAULTS);
    TestLog.append(open, 0, "a");
    String incarnation = seen.get().get(1).incarnation();
    long before = connections();
    long bookie = bookieSession();

    node.zooKeeper().close();
    Eventually.await("the session has ended", () -> expiries.get() == 1);
    TestLog.append(open, 0, "what a log has begun needs no ZooKeeper");
    long endNs = System.nanoTime() + OUTAGE.toNanos();
    Eventually.await("it lasts for several sessions", () -> System.nanoTime() > endNs);

    again = EmbeddedZooKeeper.start(node.zooKeeper().settings());
    Eventually.await(
        "announced anew",
        () -> seen.get().containsKey(1) && !seen.get().get(1).incarnation().equals(incarnation));
    Eventually.await("the bookie is back", () -> !List.of(-1L, bookie).contains(bookieSession()));
    TestLog.append(open, 0, "b");
    PartitionLog made = node.logs().openOrCreate(NEW, LogConfig.DEFAULTS);
    TestLog.append(made, 0, "c");
    node.logs().release(OPEN);
    PartitionLog reopened = node.logs().openOrCreate(OPEN, LogConfig.DEFAULTS);
    assertEquals(
        List.of("a", "what a log has begun needs no ZooKeeper", "b"), TestLog.values(reopened));
    assertEquals(1, expiries.get());
    assertNotEquals(incarnation, seen.get().get(1).incarnation());
    Eventually.await("no connection is left over", () -> connections() <= before);
    assertTrue(!fatal.isDone(), () -> fatal.getNow(""));
  }

  /** The session that the bookie registered with; -1 when it is not registered. */
  private long bookieSession() throws Exception {
    Stat stat = node.session().zooKeeper().exists("/ledgers/available/node-1", false);
    return stat == null ? -1 : stat.getEphemeralOwner();
  }
}

package dev.naru.log.bookkeeper.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.log.bookkeeper.BookKeeperLedgers;
import dev.naru.log.bookkeeper.Copies;
import dev.naru.log.bookkeeper.PauseThread;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three bookies in two racks, and two copies of everything. */
@Tag("once")
class RacksTest {
  private static final int LEDGERS = 24;

  @TempDir private Path directory;
  private final List<ClusterStorage> nodes = new ArrayList<>();
  private List<HostPort> addresses;

  @AfterEach
  void stop() {
    nodes.forEach(ClusterStorage::close);
  }

  private ClusterSettings settings(int nodeId, String rack) {
    return TestNodes.settings(
            nodeId,
            addresses.get(nodeId - 1),
            List.of(addresses.get(0)),
            directory.resolve("node-" + nodeId))
        .copies(new Copies(2, 2))
        .rack(rack)
        .lostAfter(Duration.ofMinutes(10))
        .build();
  }

  /** The bookies of new ledgers, as one who has just connected makes them. */
  private List<Set<String>> ensembles() throws Exception {
    List<Long> made = new ArrayList<>();
    try (PauseThread pauses = new PauseThread();
        BookKeeperLedgers ledgers =
            BookKeeperConnection.open(
                TestLedgers.access(addresses.get(0)),
                settings(1, null),
                nodes.get(0).clusterId(),
                nodes.get(0).disks(),
                pauses)) {
      for (int i = 0; i < LEDGERS; i++) {
        made.add(ledgers.create("a-log").toCompletableFuture().get(30, TimeUnit.SECONDS).id());
      }
    }
    List<Set<String>> ensembles = new ArrayList<>();
    try (TestLedgers ledgers = new TestLedgers(addresses.get(0))) {
      for (long ledgerId : made) {
        ensembles.add(ledgers.bookies(ledgerId));
      }
    }
    return ensembles;
  }

  @Test
  void copiesAreInDifferentRacksWhereThereAreSeveral() throws Exception {
    addresses = TestNodes.freeAddresses(3);
    nodes.add(ClusterStorage.open(settings(1, "east/1")));
    nodes.add(ClusterStorage.open(settings(2, "east/1")));
    nodes.add(ClusterStorage.open(settings(3, "west")));
    Set<Set<String>> seen = new HashSet<>();
    for (Set<String> ensemble : ensembles()) {
      assertEquals(2, ensemble.size());
      assertTrue(ensemble.contains("node-3"), () -> "both copies in one rack: " + ensemble);
      seen.add(ensemble);
    }
    assertEquals(2, seen.size(), "both bookies of the other rack are used");

    nodes.remove(2).close();
    Eventually.await(
        "the bookie is gone",
        () ->
            nodes.get(0).session().zooKeeper().exists("/ledgers/available/node-3", false) == null);
    for (Set<String> ensemble : ensembles()) {
      assertEquals(Set.of("node-1", "node-2"), ensemble, "too few racks refuse nothing");
    }
  }

  @Test
  void whoSaysNothingIsInARackOfItsOwn() throws Exception {
    addresses = TestNodes.freeAddresses(3);
    nodes.add(ClusterStorage.open(settings(1, null)));
    nodes.add(ClusterStorage.open(settings(2, null)));
    nodes.add(ClusterStorage.open(settings(3, "west")));
    for (Set<String> ensemble : ensembles()) {
      assertTrue(ensemble.contains("node-3"), () -> "both copies in one rack: " + ensemble);
    }
  }
}

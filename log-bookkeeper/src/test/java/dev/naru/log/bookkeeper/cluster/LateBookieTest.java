package dev.naru.log.bookkeeper.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.log.bookkeeper.BookKeeperLedgers;
import dev.naru.log.bookkeeper.LedgerWriter;
import dev.naru.log.bookkeeper.PauseThread;
import io.netty.buffer.Unpooled;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.ZooKeeper;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A bookie that serves, but that BookKeeper's client does not see for a while. */
class LateBookieTest {
  private static final String REGISTRATION = "/ledgers/available/node-1";

  @TempDir private Path directory;

  @Test
  void aLedgerIsMadeOnceTheBookieIsSeen() throws Exception {
    HostPort address = TestNodes.freeAddresses(1).get(0);
    ClusterSettings settings = TestNodes.settings(1, address, List.of(address), directory).build();
    CountDownLatch refused = new CountDownLatch(1);
    try (ClusterStorage node = ClusterStorage.open(settings);
        PauseThread pauses = new PauseThread()) {
      ZooKeeper zooKeeper = node.session().zooKeeper();
      byte[] registration = zooKeeper.getData(REGISTRATION, false, null);
      zooKeeper.delete(REGISTRATION, -1);
      try (BookKeeperLedgers ledgers =
          BookKeeperConnection.open(
              TestLedgers.access(address),
              settings,
              node.clusterId(),
              node.disks(),
              (pauseMs, task) -> {
                refused.countDown();
                pauses.after(pauseMs, task);
              })) {
        CompletableFuture<LedgerWriter> made = ledgers.create("a-log").toCompletableFuture();
        assertTrue(refused.await(30, TimeUnit.SECONDS), "there was a bookie");
        zooKeeper.create(REGISTRATION, registration, node.session().acl(), CreateMode.EPHEMERAL);
        LedgerWriter ledger = made.get(30, TimeUnit.SECONDS);
        ledger
            .append(Unpooled.wrappedBuffer(new byte[] {1}))
            .toCompletableFuture()
            .get(30, TimeUnit.SECONDS);
        assertEquals(0, ledger.lastEntry());
      }
    }
  }
}

package dev.naru.log.bookkeeper.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.naru.log.LogConfig;
import dev.naru.log.LogId;
import dev.naru.log.PartitionLog;
import dev.naru.log.bookkeeper.BookKeeperLedgers;
import dev.naru.log.bookkeeper.Leftovers;
import dev.naru.log.bookkeeper.PauseThread;
import dev.naru.log.bookkeeper.TestLog;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Ledgers that no list names, in a real BookKeeper. */
class LeftoversOnBookKeeperTest {
  private static final LogId KEPT = new LogId(new Uuid(1, 2), 3);
  private static final LogId DELETED = new LogId(new Uuid(1, 3), 0);
  private static final Duration AGE = Duration.ofMinutes(1);

  @TempDir private Path directory;

  @Test
  void whatNoLogNeedsGoes() throws Exception {
    HostPort address = TestNodes.freeAddresses(1).get(0);
    ClusterSettings settings = TestNodes.settings(1, address, List.of(address), directory).build();
    AtomicLong nowMs = new AtomicLong();
    try (ClusterStorage node = ClusterStorage.open(settings);
        PauseThread pauses = new PauseThread();
        BookKeeperLedgers ledgers =
            BookKeeperConnection.open(
                TestLedgers.access(address), settings, node.clusterId(), node.disks(), pauses)) {
      PartitionLog kept = node.logs().openOrCreate(KEPT, LogConfig.DEFAULTS);
      TestLog.append(kept, 0, "kept");
      TestLog.append(node.logs().openOrCreate(DELETED, LogConfig.DEFAULTS), 0, "gone");
      node.logs().release(DELETED);
      long orphan =
          ledgers.create(KEPT.name()).toCompletableFuture().get(30, TimeUnit.SECONDS).id();
      assertEquals(Optional.of(KEPT.name()), madeFor(ledgers, orphan));

      Leftovers leftovers =
          new Leftovers(
              node.storage(),
              node.session().lists(ZooKeeperMembership.METADATA, Runnable::run),
              ledgers,
              nowMs::get,
              AGE);
      leftovers.sweep(DELETED::equals);
      assertEquals(Optional.of(KEPT.name()), madeFor(ledgers, orphan));
      nowMs.addAndGet(AGE.toMillis());
      leftovers.sweep(DELETED::equals);
      assertEquals(Optional.empty(), madeFor(ledgers, orphan));
      assertEquals(
          Set.of(KEPT.name()),
          node.storage().lists().names().toCompletableFuture().get(30, TimeUnit.SECONDS));
      TestLog.append(kept, 0, "more");
      assertEquals(List.of("kept", "more"), TestLog.values(kept));
      leftovers.close();
    }
  }

  private static Optional<String> madeFor(BookKeeperLedgers ledgers, long ledgerId)
      throws Exception {
    return ledgers.madeFor(ledgerId).toCompletableFuture().get(30, TimeUnit.SECONDS);
  }
}

package dev.naru.log.bookkeeper.cluster;

import dev.naru.log.ContractKit;
import dev.naru.log.SegmentHome;
import dev.naru.log.bookkeeper.LedgerHome;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** The ledger home over a real bookie and a real ZooKeeper, inside this process. */
class OnBookKeeperTest extends ContractKit {
  @TempDir private static Path directory;
  private static ClusterStorage node;
  private static int logs;

  private final String log = "log-" + logs++;

  @BeforeAll
  static void startCluster() throws Exception {
    HostPort address = TestNodes.freeAddresses(1).get(0);
    node = ClusterStorage.open(TestNodes.settings(1, address, List.of(address), directory).build());
  }

  @AfterAll
  static void stopCluster() {
    node.close();
  }

  @Override
  protected SegmentHome open() throws Exception {
    return LedgerHome.open(node.storage(), log);
  }

  @Override
  protected SegmentHome crashAndOpen(SegmentHome crashed) throws Exception {
    return open();
  }
}

package dev.naru.log.bookkeeper;

import dev.naru.log.ContractKit;
import dev.naru.log.SegmentHome;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterAll;

/** The ledger home over ledgers in memory. */
class LedgerHomeContractTest extends ContractKit {
  private static final ExecutorService CLUSTER = Executors.newSingleThreadExecutor();
  private static final ExecutorService READERS = Executors.newFixedThreadPool(2);
  private static final PauseThread PAUSES = new PauseThread();

  private final LedgerStorage storage =
      new LedgerStorage(
          new MemoryLedgers(CLUSTER),
          new MemoryLists(CLUSTER),
          new BlockCache(8 << 20),
          new Unacknowledged(64 << 20),
          READERS,
          PAUSES,
          System::currentTimeMillis);

  @Override
  protected SegmentHome open() throws Exception {
    return LedgerHome.open(storage, "a-log");
  }

  /** The owner of before goes on, and does not know that there is another one. */
  @Override
  protected SegmentHome crashAndOpen(SegmentHome crashed) throws Exception {
    return open();
  }

  @AfterAll
  static void endThreads() {
    CLUSTER.shutdown();
    READERS.shutdown();
    PAUSES.close();
  }
}

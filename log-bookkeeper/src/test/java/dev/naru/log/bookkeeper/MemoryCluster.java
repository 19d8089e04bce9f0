package dev.naru.log.bookkeeper;

import dev.naru.log.LogClock;
import dev.naru.log.LogStoreConfig;
import dev.naru.log.Logs;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** The logs of several nodes over the same ledgers in memory, for tests of other rooms. */
public final class MemoryCluster implements AutoCloseable {
  private final ExecutorService cluster = Executors.newSingleThreadExecutor();
  private final ExecutorService readers = Executors.newSingleThreadExecutor();
  private final PauseThread pauses = new PauseThread();
  private final MemoryLedgers ledgers = new MemoryLedgers(cluster);
  private final MemoryLists lists = new MemoryLists(cluster);
  private final List<LedgerLogs> nodes = new ArrayList<>();

  /** Another node's logs; who opens one takes it from the node that had it. */
  public Logs node(LogClock clock) {
    LedgerLogs node =
        new LedgerLogs(
            new LedgerStorage(
                ledgers,
                lists,
                new BlockCache(4 << 20),
                new Unacknowledged(64 << 20),
                readers,
                pauses,
                clock),
            LedgerLogs.Whose.OWN,
            LogStoreConfig.DEFAULTS);
    nodes.add(node);
    return node;
  }

  @Override
  public void close() {
    nodes.forEach(LedgerLogs::close);
    cluster.shutdown();
    readers.shutdown();
    pauses.close();
  }
}

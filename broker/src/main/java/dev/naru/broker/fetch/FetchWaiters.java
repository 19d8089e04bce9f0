package dev.naru.broker.fetch;

import dev.naru.broker.partition.Partition;
import dev.naru.log.LogListener;
import dev.naru.log.PartitionLog;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Fetches that wait for partitions to move. One wake-up of a log serves all who wait for it.
 * Thread-safe.
 */
public final class FetchWaiters {
  private final Map<PartitionLog, Watch> watches = new ConcurrentHashMap<>();

  /** Wakes who waits for a partition that this node does not have any more. */
  void wake(Partition gone) {
    Watch watch = watches.get(gone.log());
    if (watch != null) {
      watch.wake();
    }
  }

  /** Adds a waiter; {@code wake} may run at any moment from now on, on any thread. */
  void add(Partition partition, Runnable wake) {
    watches.compute(
        partition.log(),
        (log, existing) -> {
          Watch watch = existing;
          if (watch == null) {
            watch = new Watch();
            log.addListener(watch);
          }
          watch.add(wake);
          return watch;
        });
  }

  void remove(Partition partition, Runnable wake) {
    watches.computeIfPresent(
        partition.log(),
        (log, watch) -> {
          if (watch.remove(wake)) {
            log.removeListener(watch);
            return null;
          }
          return watch;
        });
  }

  private static final class Watch implements LogListener {
    private final Set<Runnable> waiters = new LinkedHashSet<>();

    synchronized void add(Runnable wake) {
      waiters.add(wake);
    }

    /** Returns whether nobody is left. */
    synchronized boolean remove(Runnable wake) {
      waiters.remove(wake);
      return waiters.isEmpty();
    }

    private synchronized Runnable[] waiters() {
      return waiters.toArray(new Runnable[0]);
    }

    /** Who came first is woken first. */
    void wake() {
      for (Runnable waiter : waiters()) {
        waiter.run();
      }
    }

    @Override
    public void onProgress(PartitionLog log) {
      wake();
    }

    @Override
    public void onFailure(PartitionLog log, Throwable cause) {
      wake();
    }
  }
}

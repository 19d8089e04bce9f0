package dev.naru.log;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.errors.CorruptRecordException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Compacts the logs of a node, one after the other, the dirtiest first. For one thread. */
final class CompactionRounds {
  private static final Logger LOG = LoggerFactory.getLogger(CompactionRounds.class);
  private static final int HEAP_SHARE = 16;

  private final BooleanSupplier cancelled;

  /** Logs with a batch that inflates too far, with the settings that say so. */
  private final Map<LogId, LogConfig> inflated = new ConcurrentHashMap<>();

  /** Logs with a damaged batch: tried again after a restart only. */
  private final Set<LogId> damaged = ConcurrentHashMap.newKeySet();

  CompactionRounds(BooleanSupplier cancelled) {
    this.cancelled = cancelled;
  }

  void run(Iterable<PartitionLog> logs, LogStoreConfig config, long nowMs) {
    if (!config.compaction()) {
      return;
    }
    List<LogCompaction> due = new ArrayList<>();
    for (PartitionLog log : logs) {
      if (!log.config().compact() || isGivenUp(log)) {
        continue;
      }
      try {
        LogCompaction compaction = LogCompaction.due(log, nowMs);
        if (compaction != null) {
          due.add(compaction);
        }
      } catch (IOException e) {
        LOG.warn("{}: planning its compaction failed; it is tried again", log.id(), e);
      }
    }
    due.sort(Comparator.comparingDouble(LogCompaction::dirtyRatio).reversed());
    long keyBytes =
        Math.min(config.compactionKeyBytes(), Runtime.getRuntime().maxMemory() / HEAP_SHARE);
    Compactor compactor = new Compactor(keyBytes, cancelled);
    for (LogCompaction compaction : due) {
      if (!cancelled.getAsBoolean()) {
        run(compaction, compactor);
      }
    }
  }

  private boolean isGivenUp(PartitionLog log) {
    return damaged.contains(log.id()) || log.config().equals(inflated.get(log.id()));
  }

  private void run(LogCompaction compaction, Compactor compactor) {
    LogId id = compaction.log().id();
    try {
      compaction.run(compactor);
    } catch (CancellationException e) {
      LOG.debug("{}: compaction ends: {}", id, e.getMessage());
    } catch (InvalidRecordException e) {
      inflated.put(id, compaction.log().config());
      LOG.error("{} is not compacted until its limits are raised: {}", id, e.getMessage());
    } catch (CorruptRecordException e) {
      damaged.add(id);
      LOG.error("{} is not compacted any more: {}", id, e.getMessage(), e);
    } catch (IOException e) {
      LOG.warn("{}: compaction failed; it is tried again", id, e);
    }
  }
}

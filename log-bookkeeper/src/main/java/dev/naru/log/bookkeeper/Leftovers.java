package dev.naru.log.bookkeeper;

import dev.naru.log.LogClock;
import dev.naru.log.LogId;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds and deletes what no log needs any more and nobody else would delete: ledgers that no list
 * names (whoever asked for one did not hear that it was made, or ended before the list named it),
 * and lists of logs that were deleted while their owner was away.
 *
 * <p>Nothing goes at first sight: a ledger is made before it is listed. What is still of no use
 * when it is looked at again after the safe age is fenced, looked at once more, and deleted. An
 * owner lists no ledger that it has kept for half of that ({@link LedgerHome#MAX_UNLISTED_MS}). The
 * age is counted here, from the first sight on, and by one clock only; another controller counts
 * anew.
 *
 * <p>One node of the cluster does this, on one thread, a piece at a time. Blocks.
 */
public final class Leftovers implements AutoCloseable {
  /** How long something must be of no use. */
  public static final Duration SAFE_AGE = Duration.ofHours(1);

  private static final Logger LOG = LoggerFactory.getLogger(Leftovers.class);

  /** Ledgers that one run looks at; each costs a read of ZooKeeper, and each log another one. */
  private static final int LEDGERS_PER_RUN = 1_000;

  /** Ledgers, or logs, that one run deletes. */
  private static final int DELETIONS_PER_RUN = 200;

  /** What is remembered; the rest waits for another walk. */
  private static final int MAX_SUSPECTS = 10_000;

  private final LedgerStorage storage;
  private final SegmentLists otherLists;
  private final LedgerCatalog catalog;
  private final LogClock clock;
  private final long safeAgeMs;
  private final Suspects<Long> ledgers = new Suspects<>();
  private final Suspects<LogId> logs = new Suspects<>();
  private LedgerCatalog.Walk walk;

  /** What was of no use when it was seen first, and when that was; the oldest first. */
  private static final class Suspects<K> {
    private final Map<K, Long> firstSeenMs = new LinkedHashMap<>();

    void add(K key, long nowMs) {
      if (firstSeenMs.size() < MAX_SUSPECTS) {
        firstSeenMs.putIfAbsent(key, nowMs);
      }
    }

    /** Takes out those that were seen first so long ago. */
    List<K> takeSeenBefore(long ms) {
      List<K> old = new ArrayList<>();
      for (Map.Entry<K, Long> each : firstSeenMs.entrySet()) {
        if (each.getValue() > ms || old.size() >= DELETIONS_PER_RUN) {
          break;
        }
        old.add(each.getKey());
      }
      old.forEach(firstSeenMs::remove);
      return old;
    }
  }

  /**
   * Looks at nothing yet.
   *
   * @param storage with the lists of the partitions
   * @param otherLists of other logs on the same ledgers, all of which are needed
   * @param clock any that goes on steadily
   */
  public Leftovers(
      LedgerStorage storage,
      SegmentLists otherLists,
      LedgerCatalog catalog,
      LogClock clock,
      Duration safeAge) {
    this.storage = storage;
    this.otherLists = otherLists;
    this.catalog = catalog;
    this.clock = clock;
    this.safeAgeMs = safeAge.toMillis();
  }

  /**
   * Looks at a piece of what there is, and deletes what was found to be of no use long ago.
   *
   * @param deleted whether a partition of that log certainly exists no more; asked again right
   *     before the log is deleted
   * @throws IOException ZooKeeper or the bookies do not answer; the next run goes on
   */
  public void sweep(Predicate<LogId> deleted) throws IOException {
    long nowMs = clock.nowMs();
    deleteLogs(deleted, nowMs);
    deleteLedgers(nowMs);
    lookAtLogs(deleted, nowMs);
    lookAtLedgers(nowMs);
  }

  private void lookAtLogs(Predicate<LogId> deleted, long nowMs) throws IOException {
    Set<LogId> found = new HashSet<>();
    for (String name : Stages.await(storage.lists().names(), "Listing the logs")) {
      LogId.parse(name).filter(deleted).ifPresent(found::add);
    }
    logs.firstSeenMs.keySet().retainAll(found);
    found.forEach(id -> logs.add(id, nowMs));
  }

  private void deleteLogs(Predicate<LogId> deleted, long nowMs) {
    for (LogId id : logs.takeSeenBefore(nowMs - safeAgeMs)) {
      if (deleted.test(id)) {
        try {
          Takeover.delete(storage, id.name());
          LOG.info("{} was deleted while its owner was away; what was left of it is gone now", id);
        } catch (IOException e) {
          LOG.warn("{} exists no more, and what is left of it cannot be deleted now", id, e);
        }
      }
    }
  }

  private void lookAtLedgers(long nowMs) throws IOException {
    if (walk == null) {
      walk = catalog.walk();
    }
    List<Long> piece = walk.next(LEDGERS_PER_RUN);
    if (piece.isEmpty()) {
      endWalk();
    }
    Map<String, Set<Long>> named = new HashMap<>();
    for (long ledgerId : piece) {
      if (isUnnamed(ledgerId, named)) {
        ledgers.add(ledgerId, nowMs);
      }
    }
  }

  /**
   * Whether a ledger was made for a log whose list does not name it.
   *
   * @param named what lists name that were read already
   */
  private boolean isUnnamed(long ledgerId, Map<String, Set<Long>> named) throws IOException {
    Optional<String> log = Stages.await(catalog.madeFor(ledgerId), "Looking at ledger " + ledgerId);
    if (log.isEmpty()) {
      return false;
    }
    Set<Long> needed = named.get(log.get());
    if (needed == null) {
      needed = new HashSet<>(namedBy(storage.lists(), log.get()));
      needed.addAll(namedBy(otherLists, log.get()));
      named.put(log.get(), needed);
    }
    return !needed.contains(ledgerId);
  }

  private static Set<Long> namedBy(SegmentLists lists, String log) throws IOException {
    var found = Stages.await(lists.read(log), "Reading the list of segments of " + log);
    return found.isEmpty() ? Set.of() : SegmentList.decode(log, found.get().bytes()).ledgers();
  }

  private void deleteLedgers(long nowMs) {
    int gone = 0;
    for (long ledgerId : ledgers.takeSeenBefore(nowMs - safeAgeMs)) {
      try {
        if (isUnnamed(ledgerId, new HashMap<>())) {
          // Who still has it must not write to it, and would have to list it to do so.
          Stages.await(storage.ledgers().recover(ledgerId), "Recovering ledger " + ledgerId);
          if (isUnnamed(ledgerId, new HashMap<>())) {
            Stages.await(storage.ledgers().delete(ledgerId), "Deleting ledger " + ledgerId);
            gone++;
          }
        }
      } catch (IOException e) {
        LOG.warn("Ledger {}, which no list names, cannot be deleted now", ledgerId, e);
      }
    }
    if (gone > 0) {
      LOG.info("Deleted {} ledgers that no list named for {} ms", gone, safeAgeMs);
    }
  }

  private void endWalk() throws IOException {
    LedgerCatalog.Walk ended = walk;
    walk = null;
    if (ended != null) {
      ended.close();
    }
  }

  @Override
  public void close() throws IOException {
    endWalk();
  }
}

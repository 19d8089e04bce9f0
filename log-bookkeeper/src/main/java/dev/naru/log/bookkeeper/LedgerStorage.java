package dev.naru.log.bookkeeper;

import dev.naru.log.LogClock;
import java.util.concurrent.Executor;

/**
 * What the homes of all logs of a node share.
 *
 * @param cache entries in memory
 * @param unacknowledged entries that bookies have not acknowledged
 * @param readers where reads run that wait for bookies
 * @param pauses before something is asked of ZooKeeper again
 */
public record LedgerStorage(
    Ledgers ledgers,
    SegmentLists lists,
    BlockCache cache,
    Unacknowledged unacknowledged,
    Executor readers,
    Pauses pauses,
    LogClock clock) {}

package dev.naru.log.bookkeeper;

import dev.naru.log.LogClock;
import java.util.concurrent.Executor;

/**
 * What the homes of all logs of a node share.
 *
 * @param cache entries in memory
 * @param readers where reads run that wait for bookies
 */
public record LedgerStorage(
    Ledgers ledgers, SegmentLists lists, BlockCache cache, Executor readers, LogClock clock) {}

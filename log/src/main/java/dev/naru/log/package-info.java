/**
 * The log: what a partition's records are kept in.
 *
 * <p>A partition log is a list of segments; only the last one is written. A segment has a home (a
 * file today, a BookKeeper ledger later). Everything that is not I/O (offsets, epochs, indexes,
 * retention, compaction, producer state) is written once, above the homes. The log knows no
 * sockets, no requests and no topics' names, and it never reads a clock: callers bring {@code
 * nowMs}.
 */
package dev.naru.log;

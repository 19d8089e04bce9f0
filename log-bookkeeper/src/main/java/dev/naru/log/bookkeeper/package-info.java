/**
 * Segments as chains of ledgers: {@link dev.naru.log.bookkeeper.LedgerHome} fills the log's home
 * over two narrow ports, {@link dev.naru.log.bookkeeper.Ledgers} and {@link
 * dev.naru.log.bookkeeper.SegmentLists}, behind which stand BookKeeper and ZooKeeper, or a
 * simulation of them.
 */
package dev.naru.log.bookkeeper;

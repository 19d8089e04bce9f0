package dev.naru.log;

/**
 * A transaction that ended with an abort.
 *
 * @param firstOffset its first record
 * @param lastOffset its marker
 * @param lastStableOffset end of what was decided right after the marker: a reader that stops
 *     before it need not look at later aborts
 */
record AbortedSpan(long producerId, long firstOffset, long lastOffset, long lastStableOffset) {}

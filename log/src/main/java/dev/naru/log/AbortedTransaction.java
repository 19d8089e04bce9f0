package dev.naru.log;

/** An aborted transaction that a {@code read_committed} consumer must filter out of a fetch. */
public record AbortedTransaction(long producerId, long firstOffset) {}

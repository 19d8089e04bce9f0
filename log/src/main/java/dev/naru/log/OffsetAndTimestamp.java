package dev.naru.log;

/** A record's place and time; {@code leaderEpoch} is -1 when unknown. */
public record OffsetAndTimestamp(long offset, long timestampMs, int leaderEpoch) {}

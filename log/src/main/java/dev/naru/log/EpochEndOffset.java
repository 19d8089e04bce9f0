package dev.naru.log;

/** The largest epoch not above the one asked for, and where it ends; both -1 when there is none. */
public record EpochEndOffset(int leaderEpoch, long endOffset) {}

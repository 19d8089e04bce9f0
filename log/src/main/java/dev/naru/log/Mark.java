package dev.naru.log;

/**
 * An offset on a batch boundary and where it stands. {@code segment} is null for a log that has
 * none.
 */
record Mark(long offset, LogSegment segment, int position) {}

package dev.naru.cli.transfer;

/**
 * How far a partition is.
 *
 * @param source the offset of the source that comes next
 * @param target the offset of the target that it gets
 */
record Position(long source, long target) {}

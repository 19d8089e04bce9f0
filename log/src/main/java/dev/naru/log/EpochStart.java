package dev.naru.log;

/** The first offset written in a leader epoch. */
record EpochStart(int epoch, long startOffset) {}

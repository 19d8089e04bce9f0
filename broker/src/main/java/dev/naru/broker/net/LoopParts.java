package dev.naru.broker.net;

/**
 * What the connections of one event loop share.
 *
 * @param answers completed on other threads
 * @param sweep closes connections that rest or do not read
 */
record LoopParts(AnswerQueue answers, ConnectionSweep sweep) {}

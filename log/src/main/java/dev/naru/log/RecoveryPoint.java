package dev.naru.log;

/**
 * What was surely on disk of a log when the node last looked; recovery after an unclean stop begins
 * there.
 *
 * @param offset everything before it was forced
 * @param logStart the log's start then, itself durable
 */
record RecoveryPoint(long offset, long logStart) {
  /** Nothing is known. */
  static final RecoveryPoint NONE = new RecoveryPoint(0, -1);
}

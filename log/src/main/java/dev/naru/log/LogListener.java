package dev.naru.log;

/**
 * Is told when a log moves. Called from whichever thread moved it (an appender with {@code
 * durability=os}, otherwise the group-commit thread), without the log's lock held; must not block.
 */
public interface LogListener {
  /** The high watermark or the last stable offset moved. */
  default void onProgress(PartitionLog log) {}

  /**
   * The log is offline: nothing is acknowledged from it any more.
   *
   * @param cause says why, for the operator
   */
  default void onFailure(PartitionLog log, Throwable cause) {}
}

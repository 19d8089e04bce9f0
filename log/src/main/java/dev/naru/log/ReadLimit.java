package dev.naru.log;

/** Up to where a read may go. */
public enum ReadLimit {
  /** Durable records: what {@code read_uncommitted} consumers see. */
  HIGH_WATERMARK,
  /**
   * Durable records before the first open transaction: what {@code read_committed} consumers see.
   */
  LAST_STABLE_OFFSET,
  /** Everything that is ordered; for this node's own state machines while they recover. */
  LOG_END
}

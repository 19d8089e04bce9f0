package dev.naru.log;

import java.util.Set;

/** The logs of a node, wherever their segments live. Any thread. */
public interface Logs extends AutoCloseable {
  /**
   * Opens a log, creating it when it does not exist. Does I/O; never called from an event loop.
   *
   * @throws org.apache.kafka.common.errors.KafkaStorageException where its segments live does not
   *     answer now; may be tried again
   */
  PartitionLog openOrCreate(LogId id, LogConfig config);

  /**
   * Forces a log and gives it up, so that another node finds it as it is. Nothing happens when it
   * is not open, or when no other node could have it. Blocks.
   */
  default void release(LogId id) {}

  /** The logs that this node has, opened or not. */
  Set<LogId> ids();

  /** Takes a log out of service at once; its bytes go later. */
  void delete(LogId id);

  /** Takes new settings; they hold from the next round of maintenance or compaction on. */
  void reconfigure(LogStoreConfig config);

  /** Forces everything and lets go of it. */
  @Override
  void close();
}

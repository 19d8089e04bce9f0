package dev.naru.log;

import java.nio.file.Path;
import java.util.Set;

/**
 * All logs of a node: opens, recovers, creates and deletes them, and owns the few threads that they
 * share (group commit, maintenance and compaction, deletion).
 *
 * <p>One node at a time owns the data directory; {@code open} says so in one sentence when another
 * has it, when it cannot be written, or when a newer version made it.
 */
public final class LogStore implements AutoCloseable {

  LogStore() {}

  /**
   * Takes the directory and recovers what a crash left. Starts the shared threads.
   *
   * @throws LogStoreException one sentence for the operator: in use, not writable, made by a newer
   *     version
   */
  public static LogStore open(Disk disk, Path directory, LogClock clock) {
    throw new UnsupportedOperationException();
  }

  /** Opens a log, creating it when it does not exist. Does I/O; never called from an event loop. */
  public PartitionLog openOrCreate(LogId id, LogConfig config) {
    throw new UnsupportedOperationException();
  }

  /** Logs found on disk, opened or not. */
  public Set<LogId> ids() {
    throw new UnsupportedOperationException();
  }

  /** Takes a log out of service at once; its files go after {@code file.delete.delay.ms}. */
  public void delete(LogId id) {
    throw new UnsupportedOperationException();
  }

  /** Forces everything, writes the clean-stop mark, lets go of the directory. */
  @Override
  public void close() {}
}

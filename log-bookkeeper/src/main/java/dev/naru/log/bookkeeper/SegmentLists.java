package dev.naru.log.bookkeeper;

import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;

/**
 * Small values with versions, one for each log, each of which changes by compare-and-set. This port
 * is all that a log uses of ZooKeeper.
 *
 * <p>Stages are completed by other threads than the caller's, never before the call has returned.
 */
public interface SegmentLists {
  /** The version of a value that does not exist. */
  int ABSENT = -1;

  /**
   * A value as it was read.
   *
   * @param version grows with each change
   */
  record Versioned(ByteBuffer bytes, int version) {}

  /** What is there now. */
  CompletionStage<Optional<Versioned>> read(String log);

  /**
   * Changes a value if it still is the one that is expected. Fails with {@link
   * ListChangedException} when it is not; with anything else the outcome is unknown.
   *
   * @param expectedVersion {@link #ABSENT} to make it
   * @return the new version
   */
  CompletionStage<Integer> write(String log, ByteBuffer bytes, int expectedVersion);

  /** The logs that have a value now. */
  CompletionStage<Set<String>> names();

  /** Removes a value, whatever its version is. */
  CompletionStage<Void> delete(String log);
}

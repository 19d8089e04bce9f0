package dev.naru.log;

import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/**
 * Reads records of a log that another node owns, where that node says that they are ({@link
 * PartitionLog#locate}). Disturbs the owner in nothing. Any thread; nothing blocks.
 */
public interface LocatedReads {
  /** How much one place should name at most; one batch may be more than that. */
  default int maxBytes() {
    return Integer.MAX_VALUE;
  }

  /**
   * Reads all of what a place names.
   *
   * @param place {@link LocatedRecords#place}, as the owner gave it
   * @return exactly those bytes, to be closed by the caller; empty while so much is being read and
   *     sent that there is no memory for more. Fails with an {@link java.io.IOException} when they
   *     are not there any more, cannot be reached, or the place is not understood. Completes on a
   *     thread that may not be held up
   */
  CompletionStage<Optional<LogSlice>> read(ByteBuffer place);
}

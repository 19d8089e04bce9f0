package dev.naru.log.bookkeeper;

import dev.naru.log.LogTakenException;

/** Somebody else changed a log's list of segments: the log has another owner now. */
public final class ListChangedException extends LogTakenException {
  private static final long serialVersionUID = 1L;

  public ListChangedException(String message) {
    super(message);
  }
}

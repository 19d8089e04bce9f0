package dev.naru.log;

import java.io.IOException;

/**
 * Another node owns the log now: what was not acknowledged here has an unknown outcome, and the log
 * is served there. Ordinary where partitions move.
 */
public class LogTakenException extends IOException {
  private static final long serialVersionUID = 1L;

  public LogTakenException(String message) {
    super(message);
  }

  public LogTakenException(String message, Throwable cause) {
    super(message, cause);
  }
}

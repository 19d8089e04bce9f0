package dev.naru.log;

import java.io.IOException;

/** What a segment holds is unknown, or less than was promised; its log must go offline. */
public final class SegmentBrokenException extends IOException {
  private static final long serialVersionUID = 1L;

  public SegmentBrokenException(String message, Throwable cause) {
    super(message, cause);
  }
}

package dev.naru.log;

import java.io.IOException;

/** Records that were durable are not what they were. The log is not served, and nothing is cut. */
final class DamagedLogException extends IOException {
  private static final long serialVersionUID = 1L;

  DamagedLogException(String message) {
    super(message);
  }
}

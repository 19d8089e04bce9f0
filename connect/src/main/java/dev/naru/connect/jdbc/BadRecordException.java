package dev.naru.connect.jdbc;

/** A record that cannot become a row, however often it is tried; the message is one sentence. */
final class BadRecordException extends Exception {
  BadRecordException(String message) {
    super(message);
  }

  BadRecordException(String message, Throwable cause) {
    super(message, cause);
  }
}

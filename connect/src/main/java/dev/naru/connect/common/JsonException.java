package dev.naru.connect.common;

/** A text is not JSON; the message is one sentence that says where and why. */
public final class JsonException extends Exception {
  private static final long serialVersionUID = 1L;

  JsonException(String message) {
    super(message);
  }
}

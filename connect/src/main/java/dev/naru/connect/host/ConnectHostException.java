package dev.naru.connect.host;

/**
 * What Kafka Connect's runtime answered when it could not do as asked, as one sentence.
 *
 * <p>The runtime's own exceptions live in its class loader and never leave it; their traces are in
 * the log.
 */
public class ConnectHostException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final boolean mistaken;

  ConnectHostException(boolean mistaken, String message, Throwable cause) {
    super(message, cause);
    this.mistaken = mistaken;
  }

  ConnectHostException(String message, Throwable cause) {
    this(false, message, cause);
  }

  /** Whether the request was wrong, such as an option's value, and will be refused again. */
  public boolean mistaken() {
    return mistaken;
  }
}

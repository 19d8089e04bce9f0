package dev.naru.connect.host;

/**
 * What Kafka Connect's runtime answered when it could not do as asked, as one sentence.
 *
 * <p>The runtime's own exceptions live in its class loader and never leave it; their traces are in
 * the log.
 */
public class ConnectHostException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public ConnectHostException(String message) {
    super(message);
  }

  public ConnectHostException(String message, Throwable cause) {
    super(message, cause);
  }
}

package dev.naru.log;

/** The data directory cannot be used; the message is one sentence for the operator. */
public final class LogStoreException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public LogStoreException(String message) {
    super(message);
  }

  public LogStoreException(String message, Throwable cause) {
    super(message, cause);
  }
}

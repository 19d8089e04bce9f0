package dev.naru.broker;

/** The node cannot start; the message is one sentence for the operator. */
public final class BrokerException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public BrokerException(String message, Throwable cause) {
    super(message, cause);
  }
}

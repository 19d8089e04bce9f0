package dev.naru.broker.cluster;

import org.apache.kafka.common.errors.NetworkException;

/** A request that never left this node: it may be sent again without a second thought. */
public final class UnsentException extends NetworkException {
  private static final long serialVersionUID = 1;

  public UnsentException(String message) {
    super(message);
  }
}

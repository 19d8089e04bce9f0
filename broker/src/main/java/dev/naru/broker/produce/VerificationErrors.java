package dev.naru.broker.produce;

import dev.naru.broker.txn.TransactionVerifier.Mode;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.NotEnoughReplicasException;
import org.apache.kafka.common.protocol.Errors;

/** What a producer is told when its transaction could not be verified (KIP-890). */
final class VerificationErrors {
  private VerificationErrors() {}

  static ApiException forProducer(Errors error, Mode mode) {
    return switch (error) {
      case CONCURRENT_TRANSACTIONS -> mode == Mode.ADD ? error.exception() : retriable(error);
      case NETWORK_EXCEPTION,
          COORDINATOR_LOAD_IN_PROGRESS,
          COORDINATOR_NOT_AVAILABLE,
          NOT_COORDINATOR ->
          retriable(error);
      default -> error.exception();
    };
  }

  /** An error that every producer version retries. */
  private static ApiException retriable(Errors error) {
    return new NotEnoughReplicasException(
        "Unable to verify the partition has been added to the transaction. Underlying error: "
            + error);
  }
}

package dev.naru.broker.txn;

import dev.naru.broker.api.Request;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;

/** What the handlers share. */
final class Responses {
  private Responses() {}

  /** Answers when the result is there; the connection's next request need not wait for that. */
  static <T> void respondLater(
      Request request, CompletionStage<T> result, Function<T, ApiMessage> response) {
    result.whenComplete(
        (value, failure) -> {
          if (failure == null) {
            request.respond(response.apply(value));
          } else {
            request.fail(Errors.maybeUnwrapException(failure));
          }
        });
    request.ordered();
  }

  /** Clients before that version do not know PRODUCER_FENCED and take the older error for it. */
  static Errors forVersion(Errors error, short version, int knowsFencedSince) {
    return version < knowsFencedSince && error == Errors.PRODUCER_FENCED
        ? Errors.INVALID_PRODUCER_EPOCH
        : error;
  }
}

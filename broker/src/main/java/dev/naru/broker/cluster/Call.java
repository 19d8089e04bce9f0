package dev.naru.broker.cluster;

import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.ClientResponse;
import org.apache.kafka.common.errors.NetworkException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.AbstractResponse;

/** One request to another node, and what becomes of it. */
final class Call {
  final NodeAddress to;
  final AbstractRequest.Builder<?> request;
  final long deadlineMs;
  final CompletableFuture<AbstractResponse> answer = new CompletableFuture<>();

  Call(NodeAddress to, AbstractRequest.Builder<?> request, long deadlineMs) {
    this.to = to;
    this.request = request;
    this.deadlineMs = deadlineMs;
  }

  void fail(RuntimeException cause) {
    answer.completeExceptionally(cause);
  }

  /** It was sent, and may have been served. */
  void failAsLost(String why) {
    fail(new NetworkException(request.apiKey() + " to " + to + ": " + why));
  }

  void failAsUnsent(String why) {
    fail(new UnsentException(request.apiKey() + " to " + to + ": " + why));
  }

  void failAsLate() {
    fail(new TimeoutException(request.apiKey() + " to " + to + ": no answer in time"));
  }

  void end(ClientResponse response) {
    if (response.authenticationException() != null) {
      fail(response.authenticationException());
    } else if (response.versionMismatch() != null) {
      fail(response.versionMismatch());
    } else if (response.wasTimedOut()) {
      failAsLate();
    } else if (response.wasDisconnected()) {
      failAsLost("the connection broke before the answer");
    } else {
      answer.complete(response.responseBody());
    }
  }
}

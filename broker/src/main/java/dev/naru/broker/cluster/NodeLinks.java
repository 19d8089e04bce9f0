package dev.naru.broker.cluster;

import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.AbstractResponse;

/**
 * Requests to other nodes over their node links, authenticated. Any thread sends; stages complete
 * on a thread that all links share, so what follows must not block.
 *
 * <p>Requests of one API and one lane to one node arrive in the order in which they were sent.
 * Others have connections of their own: answers come in the order of requests, and a long poll
 * would hold up everything behind it.
 */
public interface NodeLinks extends AutoCloseable {
  /** How long an answer is waited for, unless something else is said. */
  int REQUEST_TIMEOUT_MS = 30_000;

  /** Sends, and waits {@link #REQUEST_TIMEOUT_MS} or what was configured instead. */
  default CompletionStage<AbstractResponse> send(
      NodeAddress to, AbstractRequest.Builder<?> request) {
    return send(to, request, REQUEST_TIMEOUT_MS);
  }

  /**
   * Completes with the response, whose errors are the caller's to read, or fails with an {@code
   * ApiException}: {@code NetworkException} when the connection broke or none could be made, {@code
   * TimeoutException}, {@code SaslAuthenticationException} when the secrets differ, {@code
   * UnsupportedVersionException} when the node is too old. After all but the last two the outcome
   * is unknown: the request may have been served.
   *
   * @param timeoutMs from now until the answer, with all that is waited for before; a long poll
   *     must give itself longer than it polls
   */
  CompletionStage<AbstractResponse> send(
      NodeAddress to, AbstractRequest.Builder<?> request, int timeoutMs);

  /**
   * What has a connection of its own, so that it waits for nothing but its own kind. Requests that
   * do not say otherwise are {@link #PLAIN}.
   */
  enum Lane {
    PLAIN,
    /** Where the records are that consumers fetch at another node than their owner. */
    RECORDS,
    /** Long polls for those records. */
    PROGRESS
  }

  /** As {@link #send(NodeAddress, AbstractRequest.Builder, int)}, on a connection of that lane. */
  default CompletionStage<AbstractResponse> send(
      NodeAddress to, Lane lane, AbstractRequest.Builder<?> request, int timeoutMs) {
    return send(to, request, timeoutMs);
  }

  @Override
  void close();
}

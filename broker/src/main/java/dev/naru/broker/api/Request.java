package dev.naru.broker.api;

import java.util.concurrent.Executor;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.requests.RequestContext;

/** A decoded request of one connection, and the way back for its answer. */
public interface Request {
  /** Who asks (principal, address, client id, listener) and the request's header. */
  RequestContext context();

  short version();

  /**
   * The request's body. Record sets in it point into the frame, which lives until {@link #ordered}.
   */
  ApiMessage data();

  default <T extends ApiMessage> T data(Class<T> type) {
    return type.cast(data());
  }

  /** The connection's event loop; continuations run there. */
  Executor executor();

  /**
   * Says that the request has its place in the order: the connection's next request may start,
   * though this one's answer comes later. The memory of the record sets is given back, so nobody
   * may touch them any more. Answering implies all this. Any thread; more than once is harmless.
   */
  void ordered();

  /** Sends the answer, after those of the connection's earlier requests. Any thread; once. */
  void respond(ApiMessage response);

  /** Ends a request that wants no answer ({@code acks=0}). Any thread; once. */
  void respondNothing();

  /**
   * Answers with the error that {@code cause} stands for, in the API's own form. Any thread; once.
   */
  void fail(Throwable cause);

  /** Closes the connection, for requests that Kafka answers that way. */
  void close(String reason);
}

package dev.naru.broker;

import dev.naru.broker.api.Request;
import java.net.InetAddress;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.apache.kafka.common.network.ClientInformation;
import org.apache.kafka.common.network.ListenerName;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.requests.RequestContext;
import org.apache.kafka.common.requests.RequestHeader;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.common.security.auth.SecurityProtocol;

/** A request without a connection, whose answer is given as the handler made it. */
public final class Ask implements Request {
  private final ApiKeys api;
  private final short version;
  private final ApiMessage data;
  private final String connection;
  private final Executor loop;
  public final CompletableFuture<ApiMessage> answer = new CompletableFuture<>();

  /** On the thread of whoever asks. */
  public Ask(ApiKeys api, short version, ApiMessage data) {
    this(api, version, data, "connection", Runnable::run);
  }

  /**
   * On an event loop.
   *
   * @param connection its id, as in a {@link RequestContext}
   */
  public Ask(ApiKeys api, short version, ApiMessage data, String connection, Executor loop) {
    this.api = api;
    this.version = version;
    this.data = data;
    this.connection = connection;
    this.loop = loop;
  }

  @Override
  public RequestContext context() {
    return new RequestContext(
        new RequestHeader(api, version, "client", 1),
        connection,
        InetAddress.getLoopbackAddress(),
        KafkaPrincipal.ANONYMOUS,
        new ListenerName("PLAINTEXT"),
        SecurityProtocol.PLAINTEXT,
        ClientInformation.EMPTY,
        false);
  }

  @Override
  public short version() {
    return version;
  }

  @Override
  public ApiMessage data() {
    return data;
  }

  @Override
  public Executor executor() {
    return loop;
  }

  @Override
  public void ordered() {}

  @Override
  public void respond(ApiMessage response) {
    if (!answer.complete(response)) {
      throw new IllegalStateException("answered twice");
    }
  }

  @Override
  public void respondNothing() {
    answer.completeExceptionally(new IllegalStateException("no answer"));
  }

  @Override
  public void fail(Throwable cause) {
    answer.completeExceptionally(cause);
  }

  @Override
  public void close(String reason) {
    answer.completeExceptionally(new IllegalStateException(reason));
  }
}

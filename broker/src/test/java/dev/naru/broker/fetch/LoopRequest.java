package dev.naru.broker.fetch;

import dev.naru.broker.api.Request;
import java.net.InetAddress;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.network.ClientInformation;
import org.apache.kafka.common.network.ListenerName;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.requests.RequestContext;
import org.apache.kafka.common.requests.RequestHeader;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.common.security.auth.SecurityProtocol;

/** A fetch on an event loop, without a connection. */
final class LoopRequest implements Request {
  static final short VERSION = ApiKeys.FETCH.latestVersion();

  private final String connection;
  private final FetchRequestData data;
  private final Executor loop;
  final CompletableFuture<FetchResponseData> answer = new CompletableFuture<>();

  LoopRequest(String connection, FetchRequestData data, Executor loop) {
    this.connection = connection;
    this.data = data;
    this.loop = loop;
  }

  @Override
  public RequestContext context() {
    return new RequestContext(
        new RequestHeader(ApiKeys.FETCH, VERSION, "client", 1),
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
    return VERSION;
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
    if (!answer.complete((FetchResponseData) response)) {
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

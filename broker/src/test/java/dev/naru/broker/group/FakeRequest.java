package dev.naru.broker.group;

import dev.naru.broker.api.Request;
import java.net.InetAddress;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.apache.kafka.common.message.ApiMessageType;
import org.apache.kafka.common.network.ClientInformation;
import org.apache.kafka.common.network.ListenerName;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.requests.RequestContext;
import org.apache.kafka.common.requests.RequestHeader;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.common.security.auth.SecurityProtocol;

/** A request that goes through its wire form both ways, as a client's does. */
final class FakeRequest implements Request {
  private final ApiKeys api;
  private final short version;
  private final ApiMessage data;
  private final CompletableFuture<ApiMessage> answer = new CompletableFuture<>();

  FakeRequest(ApiKeys api, short version, ApiMessage data) {
    this.api = api;
    this.version = version;
    this.data = ApiMessageType.fromApiKey(api.id).newRequest();
    this.data.read(wire(data), version);
  }

  CompletableFuture<ApiMessage> answer() {
    return answer;
  }

  private ByteBufferAccessor wire(ApiMessage message) {
    return MessageUtil.toByteBufferAccessor(message, version);
  }

  @Override
  public RequestContext context() {
    return new RequestContext(
        new RequestHeader(api, version, "client", 1),
        "connection",
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
    return Runnable::run;
  }

  @Override
  public void ordered() {}

  @Override
  public void respond(ApiMessage response) {
    try {
      ApiMessage copy = ApiMessageType.fromApiKey(api.id).newResponse();
      copy.read(wire(response), version);
      if (!answer.complete(copy)) {
        throw new IllegalStateException("answered twice");
      }
    } catch (RuntimeException e) {
      answer.completeExceptionally(e);
    }
  }

  @Override
  public void respondNothing() {
    answer.completeExceptionally(new IllegalStateException("a group request without an answer"));
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

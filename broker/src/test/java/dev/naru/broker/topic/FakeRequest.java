package dev.naru.broker.topic;

import dev.naru.broker.api.ApiHandler;
import dev.naru.broker.api.Request;
import java.net.InetAddress;
import java.util.concurrent.Executor;
import org.apache.kafka.common.message.RequestHeaderData;
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

/** A request without a connection; its answer goes through the wire form of its version. */
final class FakeRequest implements Request {
  private final ApiKeys api;
  private final ApiMessage data;
  private final short version;
  private ApiMessage response;
  private Throwable failure;

  private FakeRequest(ApiKeys api, ApiMessage data, int version) {
    this.api = api;
    this.data = data;
    this.version = (short) version;
  }

  /** Asks a handler and gives its answer as a client of that version reads it. */
  static <T extends ApiMessage> T ask(
      ApiHandler handler, ApiMessage data, int version, Class<T> type) {
    return type.cast(sent(handler, data, version).read());
  }

  /** Asks a handler that is expected to throw or to fail. */
  static Throwable failure(ApiHandler handler, ApiMessage data, int version) {
    return sent(handler, data, version).failure;
  }

  private static FakeRequest sent(ApiHandler handler, ApiMessage data, int version) {
    FakeRequest request = new FakeRequest(handler.api(), data, version);
    try {
      handler.handle(request);
    } catch (RuntimeException e) {
      request.failure = e;
    }
    return request;
  }

  private ApiMessage read() {
    if (failure != null) {
      throw new AssertionError("failed instead of answering", failure);
    }
    if (response == null) {
      throw new AssertionError("no answer yet");
    }
    ByteBufferAccessor bytes = MessageUtil.toByteBufferAccessor(response, version);
    ApiMessage copy = api.messageType.newResponse();
    copy.read(bytes, version);
    return copy;
  }

  @Override
  public RequestContext context() {
    RequestHeader header =
        new RequestHeader(
            new RequestHeaderData().setRequestApiKey(api.id).setRequestApiVersion(version),
            api.requestHeaderVersion(version));
    return new RequestContext(
        header,
        "1",
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
  public void respond(ApiMessage answer) {
    if (response != null || failure != null) {
      throw new AssertionError("answered twice");
    }
    response = answer;
  }

  @Override
  public void respondNothing() {
    throw new AssertionError("an answer was due");
  }

  @Override
  public void fail(Throwable cause) {
    failure = cause;
  }

  @Override
  public void close(String reason) {
    throw new AssertionError("closed: " + reason);
  }
}

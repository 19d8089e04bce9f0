package dev.naru.broker.txn;

import dev.naru.broker.api.ApiHandler;
import dev.naru.broker.api.Request;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.requests.RequestContext;

/** A request whose answer the test waits for. */
final class FakeRequest implements Request {
  private final ApiMessage data;
  private final short version;
  private final CompletableFuture<ApiMessage> answer = new CompletableFuture<>();

  private FakeRequest(ApiMessage data, int version) {
    this.data = data;
    this.version = (short) version;
  }

  static <T> T ask(ApiHandler handler, ApiMessage data, int version, Class<T> type) {
    FakeRequest request = new FakeRequest(data, version);
    handler.handle(request);
    return type.cast(ServiceFixture.await(request.answer));
  }

  @Override
  public RequestContext context() {
    throw new UnsupportedOperationException();
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
    answer.complete(response);
  }

  @Override
  public void respondNothing() {
    throw new AssertionError("an answer is due");
  }

  @Override
  public void fail(Throwable cause) {
    answer.completeExceptionally(cause);
  }

  @Override
  public void close(String reason) {
    throw new AssertionError(reason);
  }
}

package dev.naru.broker.net;

import dev.naru.broker.api.Request;
import io.netty.buffer.ByteBuf;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.RequestContext;

/** One request and its answer to come, in its place in the connection's order. */
final class Exchange implements Request {
  private final ConnectionSession session;
  private final RequestContext context;
  private final AbstractRequest body;
  private final AtomicBoolean ended = new AtomicBoolean();

  // Touched on the event loop only.
  private ByteBuf frame;
  boolean nextMayStart;
  boolean done;

  /** Written by whoever answers, read on the event loop after the hand-over. */
  ApiMessage response;

  /** The next one in an {@link AnswerQueue}. */
  Exchange queuedBefore;

  Exchange(ConnectionSession session, RequestContext context, AbstractRequest body, ByteBuf frame) {
    this.session = session;
    this.context = context;
    this.body = body;
    this.frame = frame;
  }

  @Override
  public RequestContext context() {
    return context;
  }

  ApiKeys api() {
    return body.apiKey();
  }

  @Override
  public short version() {
    return body.version();
  }

  @Override
  public ApiMessage data() {
    return body.data();
  }

  @Override
  public Executor executor() {
    return session.executor();
  }

  @Override
  public void ordered() {
    session.ordered(this);
  }

  @Override
  public void respond(ApiMessage answer) {
    end(answer);
  }

  @Override
  public void respondNothing() {
    end(null);
  }

  @Override
  public void fail(Throwable cause) {
    AbstractResponse answer;
    try {
      answer = body.getErrorResponse(0, unwrap(cause));
    } catch (RuntimeException e) {
      // Kafka's classes trip over what a request left out. It must end all the same.
      session.close("no answer can be made to a request that failed with " + cause);
      end(null);
      return;
    }
    end(answer == null ? null : answer.data());
  }

  @Override
  public void close(String reason) {
    session.close(reason);
  }

  private void end(ApiMessage answer) {
    if (!ended.compareAndSet(false, true)) {
      throw new IllegalStateException("answered twice: " + context.header);
    }
    response = answer;
    session.ended(this);
  }

  ConnectionSession session() {
    return session;
  }

  /** Lets go of the frame, once; says how many bytes it held. Event loop only. */
  int releaseFrame() {
    if (frame == null) {
      return 0;
    }
    int bytes = frame.readableBytes();
    frame.release();
    frame = null;
    return bytes;
  }

  private static Throwable unwrap(Throwable cause) {
    boolean wrapper =
        cause instanceof java.util.concurrent.CompletionException
            || cause instanceof java.util.concurrent.ExecutionException;
    return wrapper && cause.getCause() != null ? unwrap(cause.getCause()) : cause;
  }
}

package dev.naru.broker.net;

import dev.naru.broker.api.ApiHandler;
import dev.naru.broker.api.ApiTable;
import dev.naru.broker.api.ApiVersionsHandler;
import dev.naru.broker.sasl.ListenerSasl;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundBuffer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.concurrent.Executor;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.network.ClientInformation;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.ApiVersionsRequest;
import org.apache.kafka.common.requests.RequestContext;
import org.apache.kafka.common.requests.RequestHeader;
import org.apache.kafka.common.requests.ResponseHeader;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client's connection: numbers its requests, starts each when the one before has its place in
 * the order, and sends answers in the order of the requests.
 *
 * <p>State is touched on the connection's event loop only; handlers may answer from any thread. At
 * most {@link #QUEUE_MAX} requests wait; then the connection is not read until some are answered.
 */
final class ConnectionSession extends ChannelInboundHandlerAdapter implements SaslGate.Door {
  private static final Logger log = LoggerFactory.getLogger(ConnectionSession.class);
  private static final Seldom SELDOM = new Seldom(log, System::nanoTime);
  private static final int QUEUE_MAX = 64;

  /**
   * An answer that does not leave holds some kilobytes, and a deaf client costs as many of them.
   */
  private static final int UNSENT_MAX = 16;

  /**
   * Only record sets make requests large; a larger one of another API is a mistake or an attack.
   */
  private static final int PLAIN_REQUEST_BYTES_MAX = 8 << 20;

  private final ApiTable table;
  private final ApiVersionsHandler versions;
  private final InFlightBudget budget;
  private final AnswerQueue answers;
  private final FrameGate gate;

  /** Null where nobody asks who a client is. */
  private final SaslGate sasl;

  private Origin origin;
  private final ConnectionSweep sweep;
  private final ArrayDeque<ByteBuf> waiting = new ArrayDeque<>();
  private final ArrayDeque<Exchange> inOrder = new ArrayDeque<>();
  private ChannelHandlerContext ctx;
  private ClientInformation client = ClientInformation.EMPTY;
  private boolean starting;
  private boolean paused;
  private boolean closing;

  /** Answers that are written and not out yet: a client that does not read makes them pile up. */
  private int unsent;

  private final ChannelFutureListener sent = this::sent;
  private int activeSecond;
  private int firstSecond;
  private long outProgress;

  /** Its index in {@link ConnectionSweep}. */
  int place;

  /** Between the first byte of a burst and its end: what is answered meanwhile leaves together. */
  private boolean reading;

  private boolean flushDue;

  /**
   * @param loop what belongs to the connection's event loop
   * @param gate the one before this in the pipeline
   * @param origin what its requests are told of it
   * @param sasl asks who it is before it is served anything; null when nobody asks
   */
  ConnectionSession(
      ApiTable table,
      ApiVersionsHandler versions,
      InFlightBudget budget,
      LoopParts loop,
      FrameGate gate,
      Origin origin,
      ListenerSasl sasl) {
    this.table = table;
    this.answers = loop.answers();
    this.sweep = loop.sweep();
    this.versions = versions;
    this.budget = budget;
    this.gate = gate;
    this.origin = origin;
    this.sasl = sasl == null ? null : new SaslGate(sasl, this);
    if (sasl != null) {
      gate.narrow(SaslGate.FRAME_BYTES_MAX);
    }
  }

  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    ctx = context;
    firstSecond = sweep.second();
    activeSecond = firstSecond;
    sweep.add(this);
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext context) {
    sweep.remove(this);
  }

  Executor executor() {
    return ctx.executor();
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    reading = true;
    ByteBuf frame = (ByteBuf) message;
    if (closing) {
      frame.release();
      return;
    }
    activeSecond = sweep.second();
    budget.take(frame.readableBytes());
    waiting.add(frame);
    startNext();
    pauseIfFull();
  }

  private void startNext() {
    if (starting) {
      return;
    }
    starting = true;
    try {
      while (!closing
          && !waiting.isEmpty()
          && (inOrder.isEmpty() || inOrder.peekLast().nextMayStart)) {
        start(waiting.poll());
      }
    } finally {
      starting = false;
    }
  }

  private void start(ByteBuf frame) {
    int bytes = frame.readableBytes();
    Exchange exchange;
    ApiHandler handler;
    try {
      ByteBuffer buffer = frame.nioBuffer();
      RequestHeader header = FrugalReadable.header(buffer);
      ApiKeys api = header.apiKey();
      boolean unknownVersions = api == ApiKeys.API_VERSIONS && !header.isApiVersionSupported();
      handler = table.find(api.id, header.apiVersion());
      if (handler == null && !unknownVersions) {
        refuse(frame, bytes, api + " version " + header.apiVersion() + " is not served");
        return;
      }
      if (isStranger() && handler != null) {
        handler = sasl.instead(handler);
        if (handler == null) {
          refuse(frame, bytes, "it sent " + api + " before it authenticated");
          return;
        }
      }
      if (bytes > PLAIN_REQUEST_BYTES_MAX && api != ApiKeys.PRODUCE) {
        refuse(
            frame,
            bytes,
            "%s request of %d bytes, at most %d are allowed"
                .formatted(api, bytes, PLAIN_REQUEST_BYTES_MAX));
        return;
      }
      AbstractRequest body =
          unknownVersions
              ? new ApiVersionsRequest(new ApiVersionsRequestData(), (short) 0)
              : parse(api, header.apiVersion(), buffer);
      exchange = new Exchange(this, context(header), body, frame);
    } catch (RuntimeException e) {
      refuse(frame, bytes, "the request cannot be read: " + e.getMessage());
      return;
    }
    inOrder.add(exchange);
    if (handler == null) {
      exchange.respond(versions.unsupportedVersion());
      return;
    }
    try {
      handler.handle(exchange);
    } catch (RuntimeException e) {
      if (!exchange.done) {
        logUnexpected(exchange, e);
        exchange.fail(e);
      } else {
        throw e;
      }
    }
  }

  private AbstractRequest parse(ApiKeys api, short version, ByteBuffer buffer) {
    AbstractRequest request =
        AbstractRequest.parseRequest(api, version, FrugalReadable.body(api, buffer)).request;
    if (request instanceof ApiVersionsRequest apiVersions && apiVersions.isValid()) {
      ApiVersionsRequestData data = apiVersions.data();
      if (request.version() >= 3) {
        client = new ClientInformation(data.clientSoftwareName(), data.clientSoftwareVersion());
      }
    }
    return request;
  }

  private RequestContext context(RequestHeader header) {
    InetSocketAddress remote = (InetSocketAddress) ctx.channel().remoteAddress();
    return new RequestContext(
        header,
        ctx.channel().id().asShortText(),
        remote.getAddress(),
        Optional.of(remote.getPort()),
        origin.principal(),
        origin.listener(),
        origin.protocol(),
        client,
        false);
  }

  private static void logUnexpected(Exchange exchange, RuntimeException e) {
    if (!(e instanceof org.apache.kafka.common.errors.ApiException)) {
      log.error("{} failed", exchange.context().header, e);
    }
  }

  private void refuse(ByteBuf frame, int bytes, String reason) {
    frame.release();
    budget.giveBack(bytes);
    close(reason);
  }

  void close(String reason) {
    sayWhy(reason);
    ctx.close();
  }

  private void sayWhy(String reason) {
    closing = true;
    if (isStranger()) {
      SELDOM.warn("Closing connection from " + ctx.channel().remoteAddress() + ": " + reason);
    } else {
      log.info("Closing connection from {}: {}", ctx.channel().remoteAddress(), reason);
    }
  }

  /** Whether it has yet to say who it is. */
  private boolean isStranger() {
    return sasl != null && !sasl.isOpen();
  }

  @Override
  public void admit(KafkaPrincipal principal) {
    origin = new Origin(origin.listener(), origin.protocol(), principal);
    gate.widen();
  }

  @Override
  public void turnAway(String reason) {
    sayWhy(reason);
    ctx.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
  }

  void ordered(Exchange exchange) {
    if (ctx.executor().inEventLoop()) {
      orderedOnLoop(exchange);
    } else {
      ctx.executor().execute(() -> orderedOnLoop(exchange));
    }
  }

  private void orderedOnLoop(Exchange exchange) {
    exchange.nextMayStart = true;
    budget.giveBack(exchange.releaseFrame());
    startNext();
  }

  void ended(Exchange exchange) {
    if (ctx.executor().inEventLoop()) {
      finish(exchange);
      if (!reading) {
        flush();
      }
    } else {
      answers.add(exchange);
    }
  }

  /** Takes an answer; sends those whose turn it is. {@link #flush} lets them go. */
  void finish(Exchange exchange) {
    exchange.done = true;
    exchange.nextMayStart = true;
    while (!inOrder.isEmpty() && inOrder.peek().done) {
      Exchange head = inOrder.poll();
      try {
        flushDue |= send(head);
      } catch (RuntimeException e) {
        log.error("The answer to {} cannot be written", head.context().header, e);
        close("an answer cannot be written");
      }
      budget.giveBack(head.releaseFrame());
    }
    startNext();
    resume();
  }

  void flush() {
    if (flushDue) {
      flushDue = false;
      ctx.flush();
    }
  }

  private boolean send(Exchange exchange) {
    if (exchange.response == null) {
      return false;
    }
    if (!ctx.channel().isActive()) {
      ResponseEncoder.discard(exchange.response);
      return false;
    }
    RequestHeader header = exchange.context().header;
    ResponseHeader responseHeader =
        new ResponseHeader(
            header.correlationId(), exchange.api().responseHeaderVersion(exchange.version()));
    unsent++;
    boolean corks = origin.protocol() != SecurityProtocol.SSL;
    ResponseEncoder.write(
            ctx.channel(), responseHeader, exchange.response, exchange.version(), corks)
        .addListener(sent);
    return true;
  }

  private void sent(ChannelFuture written) {
    unsent--;
    if (!written.isSuccess() && !Gone.says(written.cause())) {
      log.error(
          "An answer to {} could not be sent, and the connection is closed",
          ctx.channel().remoteAddress(),
          written.cause());
    }
    activeSecond = sweep.second();
    resume();
  }

  /** Called every second. */
  void lookAt(int second, long idleSeconds) {
    if (gate.isTooSlow(second)) {
      close("a request comes in too slowly");
      return;
    }
    if (isStranger() && !closing && second - firstSecond >= SaslGate.SECONDS_MAX) {
      close("it did not authenticate within " + SaslGate.SECONDS_MAX + " s");
      return;
    }
    if (!inOrder.isEmpty() || outMoves()) {
      activeSecond = second;
    } else if (second - activeSecond >= idleSeconds) {
      log.debug("Closing connection from {}: it was idle", ctx.channel().remoteAddress());
      ctx.close();
    }
  }

  /** Whether a large answer is on its way out, though no write has ended for a while. */
  private boolean outMoves() {
    ChannelOutboundBuffer out = ctx.channel().unsafe().outboundBuffer();
    long progress = out == null ? 0 : out.currentProgress();
    boolean moves = progress != outProgress;
    outProgress = progress;
    return moves;
  }

  /** Stops reading while too much waits here, or in all connections together. */
  private void pauseIfFull() {
    if (paused || !gate.betweenFrames()) {
      return;
    }
    if (isFull(1)) {
      // A client that reads takes its answers now, and nothing is full any more.
      flush();
    }
    if (isFull(1) || budget.exhausted() || !ctx.channel().isWritable()) {
      paused = true;
      gate.hold();
      ctx.channel().config().setAutoRead(false);
      if (budget.exhausted()) {
        budget.whenRoom(() -> ctx.executor().execute(this::resume));
      }
    }
  }

  /** Whether there is as much in the works as the limits allow, divided by a number. */
  private boolean isFull(int divisor) {
    return waiting.size() + inOrder.size() + unsent >= QUEUE_MAX / divisor
        || unsent >= UNSENT_MAX / divisor;
  }

  private void resume() {
    if (paused && !isFull(2) && !budget.exhausted() && ctx.channel().isWritable()) {
      paused = false;
      goOn();
      if (!paused) {
        ctx.channel().config().setAutoRead(true);
      }
    }
  }

  /** Takes what was read already; no end of a burst follows that, so it is flushed here. */
  private void goOn() {
    boolean inBurst = reading;
    gate.goOn();
    reading = inBurst;
    if (!reading) {
      flush();
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    // In pieces, a large answer moves in ways that the outbound buffer alone does not show.
    activeSecond = sweep.second();
    resume();
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    reading = false;
    flush();
    pauseIfFull();
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    closing = true;
    if (sasl != null) {
      sasl.dispose();
    }
    for (ByteBuf frame : waiting) {
      budget.giveBack(frame.readableBytes());
      frame.release();
    }
    waiting.clear();
    reading = false;
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    if (cause instanceof IOException) {
      log.debug("Connection from {} broke: {}", ctx.channel().remoteAddress(), cause.getMessage());
    } else {
      log.error("Closing connection from {}", ctx.channel().remoteAddress(), cause);
    }
    ctx.close();
  }
}

package dev.naru.broker.net;

import dev.naru.broker.tls.ListenerTls;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.NotSslRecordException;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.ReferenceCountUtil;
import java.net.InetSocketAddress;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets a connection of a TLS listener in when its handshake is done; until then it has a deadline,
 * and none of what a served connection has. Whoever does not get through is closed, and told of
 * once in a while.
 *
 * <p>On the connection's event loop; the arithmetic of handshakes runs elsewhere.
 */
final class TlsGate extends ChannelInboundHandlerAdapter {
  private static final Logger log = LoggerFactory.getLogger(TlsGate.class);
  private static final Seldom SELDOM = new Seldom(log, System::nanoTime);

  /** A handshake takes two round trips; who needs longer keeps a place from others. */
  static final int HANDSHAKE_MS_MAX = 10_000;

  /** What a client that does not read holds, beside the piece that is being encrypted. */
  private static final WriteBufferWaterMark WATER_MARK =
      new WriteBufferWaterMark(AnswerPieces.PIECE_BYTES, 2 * AnswerPieces.PIECE_BYTES);

  private final ListenerTls tls;
  private final Consumer<KafkaPrincipal> admit;
  private boolean admitted;

  /**
   * @param admit puts the handlers of a served connection into the pipeline
   */
  private TlsGate(ListenerTls tls, Consumer<KafkaPrincipal> admit) {
    this.tls = tls;
    this.admit = admit;
  }

  /**
   * @param arithmetic runs what a handshake computes
   */
  static void putInto(
      Channel channel, ListenerTls tls, Executor arithmetic, Consumer<KafkaPrincipal> admit) {
    InetSocketAddress remote = (InetSocketAddress) channel.remoteAddress();
    SslHandler handler =
        new SslHandler(
            remote == null
                ? tls.newEngine(null, -1)
                : tls.newEngine(remote.getHostString(), remote.getPort()),
            false,
            arithmetic);
    handler.setHandshakeTimeoutMillis(HANDSHAKE_MS_MAX);
    handler.setWrapDataSize(AnswerPieces.PIECE_BYTES);
    channel.config().setWriteBufferWaterMark(WATER_MARK);
    channel.pipeline().addLast(handler, new TlsGate(tls, admit), new AnswerPieces());
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    // Decrypted bytes can come with the end of the handshake, but never before it.
    if (admitted) {
      ctx.fireChannelRead(message);
    } else {
      ReferenceCountUtil.release(message);
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof SslHandshakeCompletionEvent handshake && !admitted) {
      if (!handshake.isSuccess()) {
        refuse(ctx, handshake.cause());
        return;
      }
      SSLSession session = ctx.pipeline().get(SslHandler.class).engine().getSession();
      InetSocketAddress remote = (InetSocketAddress) ctx.channel().remoteAddress();
      if (remote == null) {
        ctx.close();
        return;
      }
      admitted = true;
      admit.accept(tls.principal(session, remote.getAddress()));
    }
    ctx.fireUserEventTriggered(event);
  }

  private static void refuse(ChannelHandlerContext ctx, Throwable cause) {
    if (cause instanceof java.nio.channels.ClosedChannelException) {
      log.debug("A client left during its TLS handshake");
    } else {
      SELDOM.warn(
          "Closing connection from " + ctx.channel().remoteAddress() + ": " + reason(cause));
    }
    ctx.close();
  }

  private static String reason(Throwable cause) {
    if (cause instanceof NotSslRecordException) {
      return "it does not speak TLS, and this listener does";
    }
    if (cause instanceof SSLPeerUnverifiedException) {
      return "its certificate is not trusted";
    }
    return "no TLS handshake: " + cause.getMessage();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    boolean ofTls = cause instanceof SSLException || cause.getCause() instanceof SSLException;
    if (!admitted && (ofTls || cause instanceof DecoderException)) {
      // The end of the handshake tells of it, and has closed the connection already.
      ctx.close();
    } else if (ofTls) {
      Throwable reason = cause instanceof SSLException ? cause : cause.getCause();
      SELDOM.warn(
          "Closing connection from " + ctx.channel().remoteAddress() + ": " + reason.getMessage());
      ctx.close();
    } else {
      ctx.fireExceptionCaught(cause);
    }
  }
}

package dev.naru.broker.net;

import io.netty.bootstrap.ChannelInitializerExtension;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.unix.RawUnixChannelOption;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the kernel from pacing what stays on this machine. Where BBR is the default congestion
 * control, every connection sends by a timer, at a rate that it guessed; over loopback there is
 * nothing to spare, and the timers were two thirds of the CPU of a consumer that reads at full
 * speed. A listener on a loopback address gets Reno instead, which any process may choose and which
 * never paces; its connections inherit it. So does a connection that is made to a loopback address.
 * Everything else keeps what the administrator chose.
 *
 * <p>It must be chosen before a connection is established: the kernel goes on pacing one that began
 * with BBR.
 *
 * <p>{@link NettyFront} asks for it itself. {@link #avoidInProcess} asks for it on behalf of all
 * that uses Netty in this process, which in a node of a cluster are the bookie and BookKeeper's
 * clients: they have no other way to be told so. Netty makes one of this class then, by its name in
 * {@code META-INF/services}.
 */
public final class Pacing extends ChannelInitializerExtension {
  private static final Logger LOG = LoggerFactory.getLogger(Pacing.class);
  private static final int IPPROTO_TCP = 6;

  /** From linux/tcp.h. */
  private static final int TCP_CONGESTION = 13;

  private static final byte[] NEVER_PACES = "reno".getBytes(StandardCharsets.US_ASCII);

  static final RawUnixChannelOption CONGESTION =
      new RawUnixChannelOption(
          "NARU_TCP_CONGESTION", IPPROTO_TCP, TCP_CONGESTION, NEVER_PACES.length);

  private static final ChannelHandler CHOICE = new Choice();

  /**
   * Turns it on for all of Netty in this process. Before Netty makes its first connection or
   * listener; whoever set Netty's property himself is left alone.
   */
  public static void avoidInProcess() {
    if (System.getProperty(EXTENSIONS_SYSTEM_PROPERTY) == null) {
      System.setProperty(EXTENSIONS_SYSTEM_PROPERTY, "serviceload");
    }
  }

  /** Right after it was bound: connections take what the listener has when they are made. */
  static void avoidOnLoopback(Channel listener) {
    if (listener instanceof EpollServerSocketChannel) {
      choose(listener, listener.localAddress());
    }
  }

  @Override
  public void postInitializeServerListenerChannel(ServerChannel listener) {
    if (listener instanceof EpollServerSocketChannel) {
      listener.pipeline().addLast(CHOICE);
    }
  }

  @Override
  public void postInitializeClientChannel(Channel connection) {
    if (connection instanceof EpollSocketChannel) {
      connection.pipeline().addLast(CHOICE);
    }
  }

  private static void choose(Channel channel, SocketAddress address) {
    if (!(address instanceof InetSocketAddress at)
        || at.isUnresolved()
        || !at.getAddress().isLoopbackAddress()) {
      return;
    }
    ByteBuffer name = ByteBuffer.allocateDirect(NEVER_PACES.length).put(NEVER_PACES).flip();
    try {
      channel.config().setOption(CONGESTION, name);
    } catch (RuntimeException e) {
      // A kernel without it serves as well, only not as fast.
      LOG.debug("{} keeps the system's congestion control", at, e);
    }
  }

  /** Sees the address that a channel begins with, a moment before it does. */
  @ChannelHandler.Sharable
  private static final class Choice extends ChannelOutboundHandlerAdapter {
    @Override
    public void bind(ChannelHandlerContext context, SocketAddress local, ChannelPromise done)
        throws Exception {
      choose(context.channel(), local);
      super.bind(context, local, done);
    }

    @Override
    public void connect(
        ChannelHandlerContext context,
        SocketAddress remote,
        SocketAddress local,
        ChannelPromise done)
        throws Exception {
      choose(context.channel(), remote);
      super.connect(context, remote, local, done);
    }
  }
}

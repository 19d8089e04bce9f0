package dev.naru.broker.net;

import io.netty.channel.Channel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.unix.RawUnixChannelOption;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the kernel from pacing what stays on this machine. Where BBR is the default congestion
 * control, every connection sends by a timer, at a rate that it guessed; over loopback there is
 * nothing to spare, and the timers were two thirds of the CPU of a consumer that reads at full
 * speed. A listener on a loopback address gets Reno instead, which any process may choose and which
 * never paces; its connections inherit it. Other listeners keep what the administrator chose.
 */
final class Pacing {
  private static final Logger LOG = LoggerFactory.getLogger(Pacing.class);
  private static final int IPPROTO_TCP = 6;

  /** From linux/tcp.h. */
  private static final int TCP_CONGESTION = 13;

  private static final byte[] NEVER_PACES = "reno".getBytes(StandardCharsets.US_ASCII);

  private static final RawUnixChannelOption CONGESTION =
      new RawUnixChannelOption(
          "NARU_TCP_CONGESTION", IPPROTO_TCP, TCP_CONGESTION, NEVER_PACES.length);

  private Pacing() {}

  /** Right after it was bound: connections take what the listener has when they are made. */
  static void avoidOnLoopback(Channel listener) {
    if (!(listener instanceof EpollServerSocketChannel)
        || !(listener.localAddress() instanceof InetSocketAddress bound)
        || !bound.getAddress().isLoopbackAddress()) {
      return;
    }
    ByteBuffer name = ByteBuffer.allocateDirect(NEVER_PACES.length).put(NEVER_PACES).flip();
    try {
      listener.config().setOption(CONGESTION, name);
    } catch (RuntimeException e) {
      // A kernel without it serves as well, only not as fast.
      LOG.debug("{} keeps the system's congestion control", bound, e);
    }
  }
}

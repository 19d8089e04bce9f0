package dev.naru.broker.net;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.concurrent.EventExecutor;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stands at the doors of all listeners, before Netty takes an accepted connection over: counts
 * connections, closes those of an address that has too many, and stops accepting while there are
 * too many at all or too many came in a second. Whoever is not accepted yet waits in the system's
 * queue.
 *
 * <p>All listeners have one event loop; it runs there, {@link #limits} excepted.
 */
@Sharable
final class Admission extends ChannelInboundHandlerAdapter {
  private static final Logger log = LoggerFactory.getLogger(Admission.class);
  private static final long RETRY_MS = 100;
  private static final long SECOND_NS = TimeUnit.SECONDS.toNanos(1);

  private final int descriptorsMax;
  private final Map<InetAddress, Integer> fromAddress = new HashMap<>();
  private volatile ConnectionLimits limits;

  /** On which the listeners are. */
  private final EventExecutor loop;

  private final List<Channel> doors = new ArrayList<>();
  private int open;
  private boolean full;
  private boolean resting;

  /** When the connections so far would have come at the allowed rate. */
  private long paidUntilNs = System.nanoTime();

  Admission(EventExecutor loop, ConnectionLimits limits, int descriptorsMax) {
    this.loop = loop;
    this.limits = limits;
    this.descriptorsMax = descriptorsMax;
    if (limits.max() != Integer.MAX_VALUE && limits.max() > descriptorsMax) {
      log.warn(
          "max.connections={} is more than file descriptors allow; {} connections are let in",
          limits.max(),
          descriptorsMax);
    }
  }

  /** Takes other limits; connections that are open stay. Any thread. */
  void limits(ConnectionLimits next) {
    limits = next;
    loop.execute(this::decide);
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    doors.add(ctx.channel());
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    Channel connection = (Channel) message;
    InetSocketAddress remote = (InetSocketAddress) connection.remoteAddress();
    // A connection that is gone already has no address any more.
    InetAddress address = remote == null ? null : remote.getAddress();
    int sameAddress = fromAddress.getOrDefault(address, 0);
    if (address != null && sameAddress >= limits.maxFrom(address)) {
      log.info("Closing connection from {}: max.connections.per.ip are open", remote);
      connection.unsafe().closeForcibly();
      return;
    }
    fromAddress.put(address, sameAddress + 1);
    open++;
    connection.closeFuture().addListener(closed -> ctx.executor().execute(() -> left(address)));
    payForOne();
    decide();
    ctx.fireChannelRead(message);
  }

  private void left(InetAddress address) {
    open--;
    fromAddress.compute(address, (key, count) -> count == null || count <= 1 ? null : count - 1);
    if (full) {
      decide();
    }
  }

  /** A second's worth may come at once. */
  private void payForOne() {
    int perSecond = limits.perSecond();
    if (perSecond == Integer.MAX_VALUE) {
      return;
    }
    long nowNs = System.nanoTime();
    paidUntilNs = Math.max(paidUntilNs, nowNs - SECOND_NS) + SECOND_NS / perSecond;
    long waitNs = paidUntilNs - nowNs;
    if (waitNs > 0) {
      rest(TimeUnit.NANOSECONDS.toMillis(waitNs) + 1);
    }
  }

  private void rest(long ms) {
    if (!resting) {
      resting = true;
      loop.schedule(this::rested, ms, TimeUnit.MILLISECONDS);
    }
  }

  private void rested() {
    resting = false;
    decide();
  }

  private void decide() {
    boolean nowFull = open >= Math.min(limits.max(), descriptorsMax);
    if (nowFull && !full) {
      log.warn("{} connections are open; others wait until one is closed", open);
    }
    full = nowFull;
    for (Channel door : doors) {
      door.config().setAutoRead(!full && !resting);
    }
  }

  /** Descriptors that something else took: what is open goes on, and accepting does in a moment. */
  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    log.warn("A connection could not be accepted: {}", cause.getMessage());
    rest(RETRY_MS);
    decide();
  }
}

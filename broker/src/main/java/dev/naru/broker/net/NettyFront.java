package dev.naru.broker.net;

import dev.naru.broker.Timers;
import dev.naru.broker.api.ApiTable;
import dev.naru.broker.api.ApiVersionsHandler;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.ResourceLeakDetector;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.GlobalEventExecutor;
import io.netty.util.concurrent.ScheduledFuture;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Listens, and runs the event loops: native epoll where there is one. Also the node's timers. */
public final class NettyFront implements Timers, AutoCloseable {
  static {
    // Its samples cost a stack trace each; tests and whoever hunts a leak turn it on.
    if (System.getProperty("io.netty.leakDetection.level") == null) {
      ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.DISABLED);
    }
  }

  private final FrontConfig config;
  private final EventLoopGroup loops;
  private final ChannelGroup connections;
  private final InFlightBudget budget;
  private final Admission admission;
  private final Map<EventLoop, LoopParts> parts = new HashMap<>();
  private Channel listener;

  public NettyFront(FrontConfig config) {
    this.config = config;
    this.loops =
        new MultiThreadIoEventLoopGroup(
            config.threads(),
            new DefaultThreadFactory("naru-io"),
            Epoll.isAvailable() ? EpollIoHandler.newFactory() : NioIoHandler.newFactory());
    this.connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE, true);
    this.budget = new InFlightBudget(config.inFlightBytesMax());
    this.admission = new Admission(config.limits(), FileDescriptors.forConnections());
    for (EventExecutor loop : loops) {
      ConnectionSweep sweep = new ConnectionSweep(config.idleMs());
      parts.put((EventLoop) loop, new LoopParts(new AnswerQueue(loop), sweep));
      loop.scheduleAtFixedRate(sweep, 1, 1, TimeUnit.SECONDS);
    }
  }

  /** Takes other limits for connections. Any thread. */
  public void limits(ConnectionLimits limits) {
    admission.limits(limits);
  }

  /**
   * Netty's own choice gives up pooling under a small heap, and then clears every large buffer
   * anew. Chunks of 2 MiB hold the largest request that a producer sends by default.
   */
  static ByteBufAllocator pool(int loops) {
    int pageBytes = 8 << 10;
    int pagesInChunkLog2 = 8;
    return new PooledByteBufAllocator(true, 0, loops, pageBytes, pagesInChunkLog2, 64, 16, false);
  }

  /**
   * Begins to listen. Throws {@code BindException}, undeclared by Netty, when the port is taken.
   */
  public InetSocketAddress listen(ApiTable table, ApiVersionsHandler versions) {
    Class<? extends ServerChannel> type =
        Epoll.isAvailable() ? EpollServerSocketChannel.class : NioServerSocketChannel.class;
    ServerBootstrap bootstrap = new ServerBootstrap();
    if (config.sendBufferBytes() > 0) {
      bootstrap.childOption(ChannelOption.SO_SNDBUF, config.sendBufferBytes());
    }
    if (config.receiveBufferBytes() > 0) {
      // Connections inherit it from the listener, before they agree on a window.
      bootstrap.option(ChannelOption.SO_RCVBUF, config.receiveBufferBytes());
    }
    listener =
        bootstrap
            .group(loops)
            .channel(type)
            .handler(admission)
            .option(ChannelOption.SO_BACKLOG, config.backlog())
            .option(ChannelOption.SO_REUSEADDR, true)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childOption(ChannelOption.ALLOCATOR, pool(config.threads()))
            .childOption(
                ChannelOption.WRITE_BUFFER_WATER_MARK, new WriteBufferWaterMark(1 << 20, 4 << 20))
            .childHandler(new Connections(table, versions))
            .bind(config.host(), config.port())
            .syncUninterruptibly()
            .channel();
    return (InetSocketAddress) listener.localAddress();
  }

  Channel listener() {
    return listener;
  }

  ChannelGroup connections() {
    return connections;
  }

  /** Event loops to run continuations on. */
  public EventLoopGroup loops() {
    return loops;
  }

  @Override
  public long nowMs() {
    return System.currentTimeMillis();
  }

  @Override
  public long elapsedMs() {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
  }

  @Override
  public Handle schedule(long delayMs, Runnable task) {
    ScheduledFuture<?> future = loops.next().schedule(task, delayMs, TimeUnit.MILLISECONDS);
    return () -> future.cancel(false);
  }

  /** Takes no new connections and closes those that are open. */
  public void stopListening() {
    if (listener != null) {
      listener.close().syncUninterruptibly();
    }
    connections.close().syncUninterruptibly();
  }

  @Override
  public void close() {
    stopListening();
    loops.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly(3, TimeUnit.SECONDS);
  }

  private final class Connections extends ChannelInitializer<Channel> {
    private final ApiTable table;
    private final ApiVersionsHandler versions;

    Connections(ApiTable table, ApiVersionsHandler versions) {
      this.table = table;
      this.versions = versions;
    }

    @Override
    protected void initChannel(Channel channel) {
      connections.add(channel);
      FrameGate gate = new FrameGate(config.maxFrameBytes());
      channel.config().setRecvByteBufAllocator(new FrameReceiver(gate));
      channel
          .pipeline()
          .addLast(
              gate,
              new ConnectionSession(table, versions, budget, parts.get(channel.eventLoop()), gate));
    }
  }
}

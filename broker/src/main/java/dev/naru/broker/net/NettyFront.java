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
import io.netty.handler.timeout.IdleStateHandler;
import io.netty.util.ResourceLeakDetector;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.GlobalEventExecutor;
import io.netty.util.concurrent.ScheduledFuture;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Listens, and runs the event loops: native epoll where there is one. Also the node's timers. */
public final class NettyFront implements Timers, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(NettyFront.class);

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
  private final Map<EventExecutor, AnswerQueue> answers = new HashMap<>();
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
    loops.forEach(loop -> answers.put(loop, new AnswerQueue(loop)));
  }

  /**
   * Netty's own choice gives up pooling under a small heap, and then clears every large buffer
   * anew. Chunks of 2 MiB hold the largest request that a producer sends by default.
   */
  private static ByteBufAllocator pool(int loops) {
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
    listener =
        new ServerBootstrap()
            .group(loops)
            .channel(type)
            .option(ChannelOption.SO_BACKLOG, 1024)
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
      if (connections.size() >= config.connectionsMax()) {
        log.warn(
            "Refusing connection from {}: max.connections={} are open",
            channel.remoteAddress(),
            config.connectionsMax());
        channel.close();
        return;
      }
      connections.add(channel);
      FrameGate gate = new FrameGate(config.maxFrameBytes());
      channel.config().setRecvByteBufAllocator(new FrameReceiver(gate));
      channel
          .pipeline()
          .addLast(
              new IdleStateHandler(0, 0, config.idleMs(), TimeUnit.MILLISECONDS),
              gate,
              new ConnectionSession(
                  table, versions, budget, answers.get(channel.eventLoop()), gate));
    }
  }
}

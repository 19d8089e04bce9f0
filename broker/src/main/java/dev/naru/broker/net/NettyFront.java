package dev.naru.broker.net;

import dev.naru.broker.Timers;
import dev.naru.broker.api.ApiTable;
import dev.naru.broker.api.ApiVersionsHandler;
import dev.naru.broker.config.Listener;
import dev.naru.broker.sasl.ListenerSasl;
import dev.naru.broker.tls.ListenerTls;
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
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.network.ListenerName;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.common.security.auth.SecurityProtocol;

/** Listens, and runs the event loops: native epoll where there is one. Also the node's timers. */
public final class NettyFront implements Timers, AutoCloseable {
  static {
    // Its samples cost a stack trace each; tests and whoever hunts a leak turn it on.
    if (System.getProperty("io.netty.leakDetection.level") == null) {
      ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.DISABLED);
    }
  }

  /** Some for each of the other nodes, and the attempts of strangers. */
  private static final int NODE_CONNECTIONS_MAX = 256;

  private final FrontConfig config;
  private final EventLoopGroup loops;
  private final ChannelGroup connections;
  private final InFlightBudget budget;
  private final Admission admission;

  /** Of other nodes, which must get in while clients fill the node. */
  private final Admission nodeAdmission;

  private final ByteBufAllocator pool;
  private final Map<EventLoop, LoopParts> parts = new HashMap<>();

  /** Accepts for all listeners, so that {@link Admission} counts for all of them. */
  private final EventLoop door;

  /** What handshakes compute, aside: a storm of them must not keep the event loops. */
  private final ThreadPoolExecutor handshakes;

  private final List<Channel> listeners = new ArrayList<>();

  public NettyFront(FrontConfig config) {
    this.config = config;
    this.loops =
        new MultiThreadIoEventLoopGroup(
            config.threads(),
            new DefaultThreadFactory("naru-io"),
            Epoll.isAvailable() ? EpollIoHandler.newFactory() : NioIoHandler.newFactory());
    this.connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE, true);
    this.budget = new InFlightBudget(config.inFlightBytesMax());
    this.pool = pool(config.threads());
    this.door = loops.next();
    this.handshakes = handshakes();
    this.admission = new Admission(door, config.limits(), FileDescriptors.forConnections());
    this.nodeAdmission = nodeAdmission(door);
    for (EventExecutor loop : loops) {
      ConnectionSweep sweep = new ConnectionSweep(config.idleMs());
      parts.put((EventLoop) loop, new LoopParts(new AnswerQueue(loop), sweep));
      // At a fixed rate, a process that was stopped for a while would count all those seconds at
      // once.
      loop.scheduleWithFixedDelay(sweep, 1, 1, TimeUnit.SECONDS);
    }
  }

  /** No address may take all of it, though all nodes may be on one machine. */
  private static Admission nodeAdmission(EventLoop door) {
    int max = Math.min(NODE_CONNECTIONS_MAX, FileDescriptors.forConnections() / 4);
    return new Admission(
        door, new ConnectionLimits(max, max / 2, Map.of(), Integer.MAX_VALUE), max);
  }

  /** They come with the first handshake, and go when there is none for a while. */
  private static ThreadPoolExecutor handshakes() {
    int threads = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
    ThreadPoolExecutor executor =
        new ThreadPoolExecutor(
            threads,
            threads,
            5,
            TimeUnit.SECONDS,
            // At most one task of each connection, and those are counted at the door.
            new LinkedBlockingQueue<>(),
            new DefaultThreadFactory("naru-tls", true));
    executor.allowCoreThreadTimeOut(true);
    return executor;
  }

  /** Takes other limits for connections. Any thread. */
  public void limits(ConnectionLimits limits) {
    admission.limits(limits);
  }

  /**
   * Netty's own choice gives up pooling under a small heap, and then clears every large buffer
   * anew. Chunks of 2 MiB hold the largest request that a producer sends by default. Buffers on the
   * heap are what the JDK's TLS encrypts into; without TLS there are none.
   */
  static ByteBufAllocator pool(int loops) {
    int pageBytes = 8 << 10;
    int pagesInChunkLog2 = 8;
    return new PooledByteBufAllocator(
        true, loops, loops, pageBytes, pagesInChunkLog2, 64, 16, false);
  }

  /**
   * Begins to listen. Throws {@code BindException}, undeclared by Netty, when the port is taken.
   *
   * @param tls of this listener; null for one without
   */
  public InetSocketAddress listen(
      Listener listener, ListenerTls tls, ApiTable table, ApiVersionsHandler versions) {
    return listen(listener, admission, new Connections(listener, tls, null, table, versions));
  }

  /**
   * Begins to listen for other nodes: on an internal listener with limits of its own, which serves
   * nothing before a peer has authenticated. Throws like {@link #listen}.
   *
   * @param table what nodes are served, with {@link dev.naru.broker.sasl.SaslHandlers}
   */
  public InetSocketAddress listenToNodes(
      Listener listener, ListenerSasl sasl, ApiTable table, ApiVersionsHandler versions) {
    return listen(listener, nodeAdmission, new Connections(listener, null, sasl, table, versions));
  }

  private InetSocketAddress listen(
      Listener listener, Admission admission, Connections connections) {
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
    Channel bound =
        bootstrap
            .group(door, loops)
            .channel(type)
            .handler(admission)
            .option(ChannelOption.SO_BACKLOG, config.backlog())
            .option(ChannelOption.SO_REUSEADDR, true)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childOption(ChannelOption.ALLOCATOR, pool)
            .childOption(
                ChannelOption.WRITE_BUFFER_WATER_MARK, new WriteBufferWaterMark(1 << 20, 4 << 20))
            .childHandler(connections)
            .bind(listener.host(), listener.port())
            .syncUninterruptibly()
            .channel();
    Pacing.avoidOnLoopback(bound);
    listeners.add(bound);
    return (InetSocketAddress) bound.localAddress();
  }

  List<Channel> listeners() {
    return listeners;
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
    listeners.forEach(listener -> listener.close().syncUninterruptibly());
    connections.close().syncUninterruptibly();
  }

  @Override
  public void close() {
    stopListening();
    loops.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly(3, TimeUnit.SECONDS);
    handshakes.shutdown();
  }

  private final class Connections extends ChannelInitializer<Channel> {
    private final ListenerName name;
    private final SecurityProtocol protocol;
    private final ListenerTls tls;
    private final ListenerSasl sasl;
    private final ApiTable table;
    private final ApiVersionsHandler versions;

    Connections(
        Listener listener,
        ListenerTls tls,
        ListenerSasl sasl,
        ApiTable table,
        ApiVersionsHandler versions) {
      this.name = new ListenerName(listener.name());
      this.protocol = listener.protocol();
      this.tls = tls;
      this.sasl = sasl;
      this.table = table;
      this.versions = versions;
    }

    @Override
    protected void initChannel(Channel channel) {
      connections.add(channel);
      if (tls == null) {
        FrameGate gate = new FrameGate(config.maxFrameBytes());
        channel.config().setRecvByteBufAllocator(new FrameReceiver(gate));
        serve(channel, gate, KafkaPrincipal.ANONYMOUS);
      } else {
        TlsGate.putInto(
            channel,
            tls,
            handshakes,
            principal -> serve(channel, new FrameGate(config.maxFrameBytes()), principal));
      }
    }

    private void serve(Channel channel, FrameGate gate, KafkaPrincipal principal) {
      LoopParts loop = parts.get(channel.eventLoop());
      Origin origin = new Origin(name, protocol, principal);
      channel
          .pipeline()
          .addLast(gate, new ConnectionSession(table, versions, budget, loop, gate, origin, sasl));
    }
  }
}

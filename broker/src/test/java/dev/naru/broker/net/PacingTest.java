package dev.naru.broker.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ChannelInitializerExtension;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ServiceLoader;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Asks the kernel which congestion control sockets have, so it needs Linux. */
class PacingTest {
  private final Pacing pacing = new Pacing();
  private EventLoopGroup loops;

  @BeforeEach
  void needsEpoll() {
    assumeTrue(Epoll.isAvailable());
    loops = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
  }

  @AfterEach
  void end() {
    if (loops != null) {
      loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    }
  }

  private static ChannelInitializer<Channel> with(Consumer<Channel> extension) {
    return new ChannelInitializer<>() {
      @Override
      protected void initChannel(Channel channel) {
        extension.accept(channel);
      }
    };
  }

  private Channel listen(String host, CompletableFuture<Channel> accepted) {
    return new ServerBootstrap()
        .group(loops)
        .channel(EpollServerSocketChannel.class)
        .handler(
            with(channel -> pacing.postInitializeServerListenerChannel((ServerChannel) channel)))
        .childHandler(with(accepted::complete))
        .bind(host, 0)
        .syncUninterruptibly()
        .channel();
  }

  private static String congestionControl(Channel channel) {
    ByteBuffer name = channel.config().getOption(Pacing.CONGESTION);
    return StandardCharsets.US_ASCII.decode(name).toString();
  }

  @Test
  void bothEndsOfAConnectionOverLoopbackAreNotPaced() {
    CompletableFuture<Channel> accepted = new CompletableFuture<>();
    Channel listener = listen("127.0.0.1", accepted);
    Channel connection =
        new Bootstrap()
            .group(loops)
            .channel(EpollSocketChannel.class)
            .handler(with(pacing::postInitializeClientChannel))
            .connect(listener.localAddress())
            .syncUninterruptibly()
            .channel();
    assertEquals("reno", congestionControl(connection));
    assertEquals("reno", congestionControl(accepted.orTimeout(10, TimeUnit.SECONDS).join()));
  }

  @Test
  void aListenerThatOthersReachKeepsWhatTheAdministratorChose() {
    Channel untouched =
        new ServerBootstrap()
            .group(loops)
            .channel(EpollServerSocketChannel.class)
            .childHandler(with(channel -> {}))
            .bind("0.0.0.0", 0)
            .syncUninterruptibly()
            .channel();
    Channel listener = listen("0.0.0.0", new CompletableFuture<>());
    assertEquals(congestionControl(untouched), congestionControl(listener));
  }

  @Test
  void nettyFindsIt() {
    assertTrue(
        ServiceLoader.load(ChannelInitializerExtension.class).stream()
            .anyMatch(each -> each.type() == Pacing.class));
  }
}

package dev.naru.log.bookkeeper;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.zookeeper.server.NIOServerCnxnFactory;
import org.apache.zookeeper.server.ServerCnxnFactory;
import org.apache.zookeeper.server.ZooKeeperServer;

/** A ZooKeeper server inside this process, alone. */
public final class EmbeddedZooKeeper implements AutoCloseable {
  private static final int TICK_MS = 1_000;
  private static final int MAX_CONNECTIONS = 1_000;

  private final ServerCnxnFactory connections;
  private final ZooKeeperServer server;

  private EmbeddedZooKeeper(ServerCnxnFactory connections, ZooKeeperServer server) {
    this.connections = connections;
    this.server = server;
  }

  /**
   * Starts and serves.
   *
   * @param address to listen on; port 0 for a free one
   */
  public static EmbeddedZooKeeper start(Path directory, InetSocketAddress address)
      throws IOException {
    System.setProperty("zookeeper.admin.enableServer", "false");
    Files.createDirectories(directory);
    ZooKeeperServer server = new ZooKeeperServer(directory.toFile(), directory.toFile(), TICK_MS);
    ServerCnxnFactory connections = new NIOServerCnxnFactory();
    connections.configure(address, MAX_CONNECTIONS);
    try {
      connections.startup(server);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while ZooKeeper started", e);
    }
    return new EmbeddedZooKeeper(connections, server);
  }

  /** The port that it listens on. */
  public int port() {
    return connections.getLocalPort();
  }

  @Override
  public void close() {
    connections.shutdown();
    server.shutdown(true);
  }
}

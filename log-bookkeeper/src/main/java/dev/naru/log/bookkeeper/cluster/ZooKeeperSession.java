package dev.naru.log.bookkeeper.cluster;

import dev.naru.log.bookkeeper.SegmentLists;
import dev.naru.log.bookkeeper.ZooKeeperLists;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.WatchedEvent;
import org.apache.zookeeper.Watcher.Event.KeeperState;
import org.apache.zookeeper.ZooDefs;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.client.ZKClientConfig;
import org.apache.zookeeper.data.ACL;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This node's connection to ZooKeeper. A session that expired is followed by another one, so that
 * who uses this asks for {@link #zooKeeper} each time. Any thread.
 */
final class ZooKeeperSession implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ZooKeeperSession.class);
  private static final int CLOSE_MS = 2_000;
  private static final int BETWEEN_TRIES_MS = 100;

  /** What happens to the session; called by ZooKeeper's thread, which must not be held up. */
  interface Listener {
    /** Connected, for the first time or again. */
    void connected();

    /** What the session held is gone; another one has begun. */
    void expired();
  }

  /** Something that is asked of ZooKeeper. */
  @FunctionalInterface
  interface Call<T> {
    T on(ZooKeeper zooKeeper) throws KeeperException, InterruptedException;
  }

  private final String servers;
  private final int timeoutMs;
  private final ClusterSecret secret;
  private final Consumer<String> onFatal;
  private final List<Listener> listeners = new CopyOnWriteArrayList<>();
  private ZooKeeper zooKeeper;
  private int generation;
  private boolean connected;
  private boolean authenticated;
  private boolean refused;
  private boolean closed;

  private ZooKeeperSession(
      String servers, Duration timeout, ClusterSecret secret, Consumer<String> onFatal) {
    this.servers = servers;
    this.timeoutMs = Math.toIntExact(timeout.toMillis());
    this.secret = secret;
    this.onFatal = onFatal;
  }

  /**
   * Begins to connect; see {@link #awaitConnected}.
   *
   * @param servers the one that is preferred first
   * @param onFatal told when ZooKeeper does not let this node in any more
   */
  static ZooKeeperSession open(
      List<HostPort> servers, Duration timeout, ClusterSecret secret, Consumer<String> onFatal)
      throws IOException {
    ZooKeeperSession session =
        new ZooKeeperSession(connectString(servers), timeout, secret, onFatal);
    session.begin();
    return session;
  }

  static String connectString(List<HostPort> servers) {
    return String.join(",", servers.stream().map(HostPort::toString).toList());
  }

  private synchronized void begin() throws IOException {
    if (closed) {
      return;
    }
    ZKClientConfig config = ZooKeeperProperties.clientConfig(secret);
    config.setProperty(ZKClientConfig.ZOOKEEPER_REQUEST_TIMEOUT, Integer.toString(2 * timeoutMs));
    int number = ++generation;
    zooKeeper =
        new ZooKeeper(
            servers,
            timeoutMs,
            event -> process(number, event),
            false,
            new OwnMemberFirst(servers),
            config);
  }

  private void process(int number, WatchedEvent event) {
    LOG.debug("ZooKeeper: {}", event);
    KeeperState state = event.getState() == null ? KeeperState.AuthFailed : event.getState();
    synchronized (this) {
      if (number != generation || closed) {
        return;
      }
      switch (state) {
        case SaslAuthenticated -> {
          connected = true;
          authenticated = true;
        }
        case Disconnected, Expired -> connected = false;
        case AuthFailed -> {
          connected = false;
          refused = true;
        }
        default -> {}
      }
      notifyAll();
    }
    switch (state) {
      case SaslAuthenticated -> listeners.forEach(Listener::connected);
      case Disconnected -> LOG.warn("The connection to ZooKeeper is lost; trying again");
      case Expired -> renew();
      case AuthFailed -> onRefused();
      default -> {}
    }
  }

  private void onRefused() {
    boolean before;
    synchronized (this) {
      before = authenticated;
    }
    if (before) {
      onFatal.accept("ZooKeeper does not believe any more that this node knows the secret");
    }
  }

  private void renew() {
    LOG.warn("The session with ZooKeeper has expired; this node begins another one");
    try {
      begin();
    } catch (IOException e) {
      throw new IllegalStateException("ZooKeeper's client does not start", e);
    }
    listeners.forEach(Listener::expired);
  }

  /** Of the session that there is now. */
  synchronized ZooKeeper zooKeeper() {
    return zooKeeper;
  }

  /** Who may do what with the nodes that are made. */
  List<ACL> acl() {
    return ZooDefs.Ids.CREATOR_ALL_ACL;
  }

  /** The values below a node, which exists. */
  SegmentLists lists(String parent, Executor executor) {
    return new PatientLists(
        new ZooKeeperLists(this::zooKeeper, parent, acl(), executor), Duration.ofMillis(timeoutMs));
  }

  void addListener(Listener listener) {
    listeners.add(listener);
  }

  /**
   * Waits for the first connection.
   *
   * @return whether it is there; false when the time is up or the secret is refused
   */
  synchronized boolean awaitConnected(long deadlineNs) throws InterruptedException {
    while (!connected && !refused) {
      long leftMs = TimeUnit.NANOSECONDS.toMillis(deadlineNs - System.nanoTime());
      if (leftMs <= 0) {
        return false;
      }
      wait(leftMs);
    }
    return connected;
  }

  /** Whether ZooKeeper did not believe that this node knows the secret. */
  synchronized boolean isRefused() {
    return refused;
  }

  /** Asks again when the connection or the session was lost: only for what may be repeated. */
  <T> T persist(Call<T> call, long deadlineNs) throws KeeperException, InterruptedException {
    while (true) {
      try {
        return call.on(zooKeeper());
      } catch (KeeperException e) {
        if (!isPassing(e) || System.nanoTime() - deadlineNs >= 0) {
          throw e;
        }
        TimeUnit.MILLISECONDS.sleep(BETWEEN_TRIES_MS);
      }
    }
  }

  /** Whether it is only that ZooKeeper does not answer now. */
  static boolean isPassing(KeeperException e) {
    return switch (e.code()) {
      case CONNECTIONLOSS, SESSIONEXPIRED, OPERATIONTIMEOUT, REQUESTTIMEOUT, SESSIONMOVED -> true;
      default -> false;
    };
  }

  @Override
  public void close() {
    ZooKeeper last;
    synchronized (this) {
      closed = true;
      last = zooKeeper;
    }
    // It would wait for an answer, which may never come.
    Thread closing = new Thread(() -> end(last), "naru-zookeeper-close");
    closing.setDaemon(true);
    closing.start();
    try {
      closing.join(CLOSE_MS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void end(ZooKeeper last) {
    try {
      last.close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}

package dev.naru.log.bookkeeper.cluster;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.apache.bookkeeper.conf.AbstractConfiguration;
import org.apache.bookkeeper.meta.exceptions.Code;
import org.apache.bookkeeper.meta.exceptions.MetadataException;
import org.apache.bookkeeper.meta.zk.ZKMetadataDriverBase;
import org.apache.bookkeeper.stats.NullStatsLogger;
import org.apache.bookkeeper.zookeeper.BoundExponentialBackoffRetryPolicy;
import org.apache.bookkeeper.zookeeper.ZooKeeperClient;
import org.apache.bookkeeper.zookeeper.ZooKeeperWatcherBase;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.WatchedEvent;
import org.apache.zookeeper.Watcher.Event.EventType;
import org.apache.zookeeper.Watcher.Event.KeeperState;
import org.apache.zookeeper.ZooKeeper;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * BookKeeper's own connection to ZooKeeper, mended: while ZooKeeper is away for longer than a
 * session lasts, BookKeeper begins one attempt after the other and ends none of them. All of them
 * would connect when it is back, and their sessions' ends be taken for that of the one in use. And
 * once closed it would go on for ever.
 *
 * <p>It also connects to any member of ZooKeeper, and to another one up to a second after that one
 * died. Which one it is is asked of {@link OwnMemberFirst} here; for the connection that it begins
 * with there is no way to say so, so that it is replaced at once by the way of an expired session.
 */
final class BookKeeperZooKeeper extends ZooKeeperClient {
  private static final Logger LOG = LoggerFactory.getLogger(BookKeeperZooKeeper.class);
  private static final int FIRST_RETRY_MS = 50;
  private static final int LAST_RETRY_MS = 500;
  private static final int BETWEEN_LOOKS_MS = 5;

  /** What BookKeeper runs does not stop for less: it ends the process at any exception here. */
  private static final class Closed extends Error {
    private static final long serialVersionUID = 1L;
  }

  private final String servers;
  private final int timeoutMs;
  private final ZooKeeperWatcherBase watchers;
  private final Object lock = new Object();
  private ZooKeeper last;
  private boolean closed;

  private BookKeeperZooKeeper(
      String servers, int timeoutMs, ZooKeeperWatcherBase watchers, int retries)
      throws IOException {
    super(
        servers,
        timeoutMs,
        watchers,
        new BoundExponentialBackoffRetryPolicy(FIRST_RETRY_MS, LAST_RETRY_MS, Integer.MAX_VALUE),
        new BoundExponentialBackoffRetryPolicy(FIRST_RETRY_MS, LAST_RETRY_MS, retries),
        NullStatsLogger.INSTANCE,
        1,
        0,
        false);
    this.servers = servers;
    this.timeoutMs = timeoutMs;
    this.watchers = watchers;
  }

  /**
   * Connects to where BookKeeper's metadata is.
   *
   * @param retries how often something is asked again, half a second later as a rule
   */
  static BookKeeperZooKeeper connect(AbstractConfiguration<?> configuration, int retries)
      throws MetadataException {
    ZooKeeperWatcherBase watchers =
        new ZooKeeperWatcherBase(configuration.getZkTimeout(), false, NullStatsLogger.INSTANCE);
    BookKeeperZooKeeper zooKeeper = null;
    try {
      zooKeeper =
          new BookKeeperZooKeeper(
              ZKMetadataDriverBase.resolveZkServers(configuration),
              configuration.getZkTimeout(),
              watchers,
              retries);
      zooKeeper.begin();
      return zooKeeper;
    } catch (IOException | KeeperException | InterruptedException e) {
      if (zooKeeper != null) {
        zooKeeper.end();
      }
      if (e instanceof InterruptedException) {
        Thread.currentThread().interrupt();
      }
      throw new MetadataException(
          Code.METADATA_SERVICE_ERROR, "ZooKeeper does not answer: " + e.getMessage(), e);
    }
  }

  private void begin() throws KeeperException, InterruptedException {
    process(new WatchedEvent(EventType.None, KeeperState.Expired, null));
    long deadlineNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMs);
    while (!isInUse()) {
      if (System.nanoTime() - deadlineNs > 0) {
        throw KeeperException.create(KeeperException.Code.CONNECTIONLOSS);
      }
      TimeUnit.MILLISECONDS.sleep(BETWEEN_LOOKS_MS);
    }
  }

  /** Whether what was made here is what is used. */
  private boolean isInUse() {
    ZooKeeper made;
    synchronized (lock) {
      made = last;
    }
    return made != null && made.getState().isConnected() && getSessionId() == made.getSessionId();
  }

  @Override
  protected ZooKeeper createZooKeeper() throws IOException {
    ZooKeeper before;
    ZooKeeper next;
    synchronized (lock) {
      if (closed) {
        throw new Closed();
      }
      before = last;
      next = new ZooKeeper(servers, timeoutMs, watchers, false, new OwnMemberFirst(servers));
      last = next;
    }
    end(before);
    return next;
  }

  /** Without the lock on this object, as in the class above: it may wait. */
  @Override
  @SuppressWarnings("UnsynchronizedOverridesSynchronized")
  public void close() throws InterruptedException {
    ZooKeeper before;
    synchronized (lock) {
      closed = true;
      before = last;
      last = null;
    }
    super.close();
    end(before);
  }

  /** For who cannot wait, nor be interrupted. */
  void end() {
    try {
      close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void end(ZooKeeper one) {
    if (one != null) {
      try {
        one.close();
      } catch (InterruptedException e) {
        LOG.debug("Interrupted while a connection to ZooKeeper was closed", e);
        Thread.currentThread().interrupt();
      }
    }
  }
}

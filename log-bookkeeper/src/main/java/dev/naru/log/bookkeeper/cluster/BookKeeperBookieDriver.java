package dev.naru.log.bookkeeper.cluster;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.bookkeeper.bookie.BookieException;
import org.apache.bookkeeper.conf.ServerConfiguration;
import org.apache.bookkeeper.discover.BookieServiceInfo;
import org.apache.bookkeeper.discover.RegistrationManager;
import org.apache.bookkeeper.discover.ZKRegistrationManager;
import org.apache.bookkeeper.meta.MetadataBookieDriver;
import org.apache.bookkeeper.meta.exceptions.MetadataException;
import org.apache.bookkeeper.meta.zk.ZKMetadataBookieDriver;
import org.apache.bookkeeper.net.BookieId;
import org.apache.bookkeeper.stats.StatsLogger;
import org.apache.bookkeeper.zookeeper.BoundExponentialBackoffRetryPolicy;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.ZooKeeper;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A bookie over {@link BookKeeperZooKeeper}. BookKeeper makes one of it, by name. */
public final class BookKeeperBookieDriver extends ZKMetadataBookieDriver {
  private static final Logger LOG = LoggerFactory.getLogger(BookKeeperBookieDriver.class);

  /** A bookie that cannot register again ends, so it tries for ever. */
  private static final int RETRIES = Integer.MAX_VALUE;

  private BookKeeperZooKeeper connection;
  private ServerConfiguration configuration;

  @Override
  public synchronized MetadataBookieDriver initialize(ServerConfiguration given, StatsLogger stats)
      throws MetadataException {
    configuration = given;
    connection = BookKeeperZooKeeper.connect(given, RETRIES);
    // The connection has a policy of its own.
    super.initialize(
        given, stats, new BoundExponentialBackoffRetryPolicy(0, 0, 0), Optional.of(connection));
    return this;
  }

  @Override
  public synchronized RegistrationManager createRegistrationManager() {
    return new WithRack(configuration, connection);
  }

  /**
   * Says in the registration which rack the bookie is in, for {@link BookKeeperRacks}. And waits
   * for longer than BookKeeper does until ZooKeeper, which was away, has ended the bookie's session
   * of before: a bookie that cannot register again takes no entries for a while.
   */
  private static final class WithRack extends ZKRegistrationManager {
    private static final int ATTEMPTS = 5;

    private final String rack;
    private volatile boolean registered;

    WithRack(ServerConfiguration configuration, ZooKeeper connection) {
      super(configuration, connection);
      rack = configuration.getString(BookKeeperRacks.RACK, "");
    }

    @Override
    public void registerBookie(BookieId id, boolean readOnly, BookieServiceInfo info)
        throws BookieException {
      Map<String, String> properties = new HashMap<>(info.getProperties());
      properties.put(BookKeeperRacks.RACK, rack);
      BookieServiceInfo withRack = new BookieServiceInfo(properties, info.getEndpoints());
      for (int attempt = 1; ; attempt++) {
        try {
          super.registerBookie(id, readOnly, withRack);
          registered = true;
          return;
        } catch (BookieException e) {
          if (!registered || attempt >= ATTEMPTS || !isOfTheSessionBefore(e)) {
            throw e;
          }
          LOG.info("The registration of {} from before is still there; trying again", id);
        }
      }
    }

    private static boolean isOfTheSessionBefore(Throwable problem) {
      for (Throwable cause = problem; cause != null; cause = cause.getCause()) {
        if (cause instanceof KeeperException.NodeExistsException) {
          return true;
        }
      }
      return false;
    }
  }

  @Override
  public void close() {
    super.close();
    if (connection != null) {
      connection.end();
    }
  }
}

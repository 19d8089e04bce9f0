package dev.naru.log.bookkeeper.cluster;

import java.util.Optional;
import java.util.concurrent.ScheduledExecutorService;
import org.apache.bookkeeper.conf.ClientConfiguration;
import org.apache.bookkeeper.meta.LedgerManagerFactory;
import org.apache.bookkeeper.meta.MetadataClientDriver;
import org.apache.bookkeeper.meta.exceptions.MetadataException;
import org.apache.bookkeeper.meta.zk.ZKMetadataClientDriver;
import org.apache.bookkeeper.stats.StatsLogger;

/**
 * BookKeeper's clients over {@link BookKeeperZooKeeper}. BookKeeper makes one of it for each
 * client, by name.
 */
public final class BookKeeperClientDriver extends ZKMetadataClientDriver {
  /** For half a minute: then who asked is told. */
  private static final int RETRIES = 60;

  private BookKeeperZooKeeper connection;
  private LedgerManagerFactory factory;

  @Override
  public synchronized MetadataClientDriver initialize(
      ClientConfiguration configuration,
      ScheduledExecutorService scheduler,
      StatsLogger stats,
      Optional<Object> none)
      throws MetadataException {
    connection = BookKeeperZooKeeper.connect(configuration, RETRIES);
    return super.initialize(configuration, scheduler, stats, Optional.of(connection));
  }

  @Override
  public synchronized LedgerManagerFactory getLedgerManagerFactory() throws MetadataException {
    if (factory == null) {
      factory = new BlockIdsFactory(super.getLedgerManagerFactory());
    }
    return factory;
  }

  @Override
  public synchronized void close() {
    super.close();
    if (connection != null) {
      connection.end();
    }
  }
}

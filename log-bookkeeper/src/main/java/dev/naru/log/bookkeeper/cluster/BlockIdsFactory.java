package dev.naru.log.bookkeeper.cluster;

import java.io.IOException;
import org.apache.bookkeeper.conf.AbstractConfiguration;
import org.apache.bookkeeper.meta.LayoutManager;
import org.apache.bookkeeper.meta.LedgerAuditorManager;
import org.apache.bookkeeper.meta.LedgerIdGenerator;
import org.apache.bookkeeper.meta.LedgerManager;
import org.apache.bookkeeper.meta.LedgerManagerFactory;
import org.apache.bookkeeper.meta.LedgerUnderreplicationManager;
import org.apache.bookkeeper.replication.ReplicationException.CompatibilityException;
import org.apache.bookkeeper.replication.ReplicationException.UnavailableException;
import org.apache.zookeeper.KeeperException;

/** BookKeeper's metadata as they are, but for where ids of new ledgers come from. */
final class BlockIdsFactory implements LedgerManagerFactory {
  private final LedgerManagerFactory factory;

  /**
   * @param factory of everything else; closed by who made it
   */
  BlockIdsFactory(LedgerManagerFactory factory) {
    this.factory = factory;
  }

  @Override
  public LedgerIdGenerator newLedgerIdGenerator() {
    return new LedgerIdBlocks(factory.newLedgerIdGenerator());
  }

  @Override
  public int getCurrentVersion() {
    return factory.getCurrentVersion();
  }

  @Override
  @SuppressWarnings("rawtypes")
  public LedgerManagerFactory initialize(
      AbstractConfiguration conf, LayoutManager layoutManager, int factoryVersion)
      throws IOException {
    factory.initialize(conf, layoutManager, factoryVersion);
    return this;
  }

  @Override
  public LedgerManager newLedgerManager() {
    return factory.newLedgerManager();
  }

  @Override
  public LedgerUnderreplicationManager newLedgerUnderreplicationManager()
      throws UnavailableException, InterruptedException, CompatibilityException {
    return factory.newLedgerUnderreplicationManager();
  }

  @Override
  public LedgerAuditorManager newLedgerAuditorManager() throws IOException, InterruptedException {
    return factory.newLedgerAuditorManager();
  }

  @Override
  public void format(AbstractConfiguration<?> conf, LayoutManager layoutManager)
      throws InterruptedException, KeeperException, IOException {
    factory.format(conf, layoutManager);
  }

  @Override
  public boolean validateAndNukeExistingCluster(
      AbstractConfiguration<?> conf, LayoutManager layoutManager)
      throws InterruptedException, KeeperException, IOException {
    return factory.validateAndNukeExistingCluster(conf, layoutManager);
  }

  @Override
  public void close() throws IOException {
    factory.close();
  }
}

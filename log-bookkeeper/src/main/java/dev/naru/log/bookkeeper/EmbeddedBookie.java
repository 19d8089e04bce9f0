package dev.naru.log.bookkeeper;

import java.io.IOException;
import java.nio.file.Path;
import org.apache.bookkeeper.bookie.storage.ldb.DbLedgerStorage;
import org.apache.bookkeeper.client.BookKeeperAdmin;
import org.apache.bookkeeper.common.component.LifecycleComponentStack;
import org.apache.bookkeeper.conf.ServerConfiguration;
import org.apache.bookkeeper.server.EmbeddedServer;
import org.apache.bookkeeper.server.conf.BookieConfiguration;

/** A bookie inside this process: its journal is written and forced before it acknowledges. */
public final class EmbeddedBookie implements AutoCloseable {
  private static final int GC_WAIT_MS = 60_000;
  private static final int MAX_FRAME_BYTES = 5 << 20;

  private final LifecycleComponentStack components;

  private EmbeddedBookie(LifecycleComponentStack components) {
    this.components = components;
  }

  /**
   * Where a bookie stands, and what it may take.
   *
   * @param metadata ZooKeeper's addresses, as HOST:PORT,…
   * @param host that it listens on, and is known by
   * @param cacheMb memory for what it has not written yet, and the same once more for reads
   */
  public record Settings(String metadata, Path directory, String host, int port, int cacheMb) {}

  /** Makes what a new cluster needs in ZooKeeper; one that is there stays. */
  public static void prepare(String metadata) throws IOException {
    try {
      ServerConfiguration configuration = new ServerConfiguration();
      configuration.setMetadataServiceUri(uri(metadata));
      BookKeeperAdmin.initNewCluster(configuration);
    } catch (Exception e) {
      throw new IOException("Preparing ZooKeeper for ledgers failed: " + e.getMessage(), e);
    }
  }

  /** Where BookKeeper's own metadata stands. */
  static String uri(String metadata) {
    return "zk+hierarchical://" + metadata.replace(',', ';') + "/ledgers";
  }

  /** Starts, and serves when this returns. */
  public static EmbeddedBookie start(Settings settings) throws IOException {
    try {
      EmbeddedServer server =
          EmbeddedServer.builder(new BookieConfiguration(configuration(settings))).build();
      LifecycleComponentStack components = server.getLifecycleComponentStack();
      components.start();
      return new EmbeddedBookie(components);
    } catch (Exception e) {
      throw new IOException("The bookie does not start: " + e.getMessage(), e);
    }
  }

  private static ServerConfiguration configuration(Settings settings) {
    ServerConfiguration configuration = new ServerConfiguration();
    configuration.setMetadataServiceUri(uri(settings.metadata()));
    configuration.setBookiePort(settings.port());
    configuration.setAdvertisedAddress(settings.host());
    configuration.setAllowLoopback(true);
    configuration.setJournalDirName(settings.directory().resolve("journal").toString());
    configuration.setLedgerDirNames(
        new String[] {settings.directory().resolve("ledgers").toString()});
    configuration.setAllowMultipleDirsUnderSameDiskPartition(true);
    configuration.setLedgerStorageClass(DbLedgerStorage.class.getName());
    configuration.setProperty(DbLedgerStorage.WRITE_CACHE_MAX_SIZE_MB, settings.cacheMb());
    configuration.setProperty(DbLedgerStorage.READ_AHEAD_CACHE_MAX_SIZE_MB, settings.cacheMb());
    configuration.setJournalWriteData(true);
    configuration.setJournalSyncData(true);
    // It would need a private field of the JDK.
    configuration.setJournalRemovePagesFromCache(false);
    configuration.setJournalMaxGroupWaitMSec(1);
    configuration.setProperty("journalPreAllocSizeMB", 16);
    configuration.setMaxJournalSizeMB(256);
    configuration.setNettyMaxFrameSizeBytes(MAX_FRAME_BYTES);
    configuration.setServerNumIOThreads(1);
    configuration.setGcWaitTime(GC_WAIT_MS);
    configuration.setHttpServerEnabled(false);
    configuration.setStatisticsEnabled(false);
    return configuration;
  }

  @Override
  public void close() {
    components.close();
  }
}

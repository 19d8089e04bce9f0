package dev.naru.log.bookkeeper.cluster;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.bookkeeper.bookie.BookieException.InvalidCookieException;
import org.apache.bookkeeper.bookie.storage.ldb.DbLedgerStorage;
import org.apache.bookkeeper.client.BookKeeperAdmin;
import org.apache.bookkeeper.common.component.LifecycleComponentStack;
import org.apache.bookkeeper.conf.ServerConfiguration;
import org.apache.bookkeeper.server.EmbeddedServer;
import org.apache.bookkeeper.server.conf.BookieConfiguration;
import org.apache.zookeeper.KeeperException.NodeExistsException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A bookie inside this process: its journal is written and forced before it acknowledges. */
final class EmbeddedBookie implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(EmbeddedBookie.class);
  private static final Pattern DIRECTORY = Pattern.compile("journalDir: \"(.*)\"");
  private static final int GC_WAIT_MS = 60_000;
  private static final long ENTRY_LOG_BYTES = 256L << 20;
  private static final int DISK_CHECK_MS = 1_000;
  private static final int READ_THREADS = 2;
  private static final int INDEX_MB = 8;

  private final EmbeddedServer server;
  private final File ledgers;
  private final DiskLimits limits;
  private final UnflushedBytes unflushed;
  private final AtomicBoolean closed;

  private EmbeddedBookie(
      EmbeddedServer server,
      File ledgers,
      DiskLimits limits,
      UnflushedBytes unflushed,
      AtomicBoolean closed) {
    this.server = server;
    this.ledgers = ledgers;
    this.limits = limits;
    this.unflushed = unflushed;
    this.closed = closed;
  }

  /**
   * Where a bookie stands, and what it may take.
   *
   * @param id by which the cluster knows it, wherever it is
   * @param address that it listens on
   * @param rack that it is in; empty for none
   * @param cacheMb memory for what it has not written yet, and the same once more for reads
   * @param onFatal told why it has ended, unless it was closed
   */
  record Settings(
      String id,
      Path directory,
      HostPort address,
      String rack,
      int cacheMb,
      BookKeeperAccess access,
      Consumer<String> onFatal) {}

  /** By which the cluster knows a node's bookie, wherever it is. */
  static String id(int nodeId) {
    return "node-" + nodeId;
  }

  /**
   * Makes what a new cluster needs in ZooKeeper; what is there stays, and what another node makes
   * at the same time is as good.
   */
  static void prepare(BookKeeperAccess access) throws IOException {
    ServerConfiguration configuration = new ServerConfiguration();
    access.apply(configuration);
    try {
      BookKeeperAdmin.initNewCluster(configuration);
    } catch (Exception e) {
      if (isCausedBy(e, NodeExistsException.class)) {
        return;
      }
      throw new IOException("Preparing ZooKeeper for ledgers failed: " + e.getMessage(), e);
    }
  }

  /**
   * Starts, and serves when this returns.
   *
   * @throws ClusterException the directory is not the one that the cluster knows
   * @throws RegisteredException ZooKeeper has not noticed yet that the one of before is gone
   */
  static EmbeddedBookie start(Settings settings) throws IOException {
    AtomicBoolean closed = new AtomicBoolean();
    UnflushedBytes unflushed = new UnflushedBytes();
    Files.createDirectories(settings.directory());
    DiskLimits limits = DiskLimits.of(settings.directory().toFile().getTotalSpace());
    LifecycleComponentStack components = null;
    try {
      EmbeddedServer server =
          EmbeddedServer.builder(new BookieConfiguration(configuration(settings, limits)))
              .statsProvider(unflushed)
              .build();
      components = server.getLifecycleComponentStack();
      components.setExceptionHandler(
          (thread, problem) -> {
            if (closed.compareAndSet(false, true)) {
              LOG.error("The bookie's thread {} has ended", thread.getName(), problem);
              settings
                  .onFatal()
                  .accept("The bookie inside this node has stopped: " + problem.getMessage());
            }
          });
      components.start();
      if (!server.getBookieService().getServer().isRunning()) {
        throw new IOException("it ended while it started; the log says why");
      }
      return new EmbeddedBookie(server, ledgers(settings).toFile(), limits, unflushed, closed);
    } catch (Exception e) {
      closed.set(true);
      if (components != null) {
        components.close();
      }
      if (isCausedBy(e, InvalidCookieException.class)) {
        throw ClusterException.mistake(wrongDirectory(settings), e);
      }
      if (isCausedBy(e, NodeExistsException.class)) {
        throw new RegisteredException(e);
      }
      throw new IOException("The bookie does not start: " + e.getMessage(), e);
    }
  }

  /** ZooKeeper knows a bookie of this id from a session that has not ended yet. */
  static final class RegisteredException extends IOException {
    private static final long serialVersionUID = 1L;

    private RegisteredException(Throwable cause) {
      super("ZooKeeper knows the bookie from another session, which does not end", cause);
    }
  }

  /** The cookie in the directory says where the bookie was before, when there is one. */
  private static String wrongDirectory(Settings settings) {
    Path cookie = ledgers(settings).resolve("current").resolve("VERSION");
    try {
      Matcher before = DIRECTORY.matcher(Files.readString(cookie));
      if (before.find() && !Path.of(before.group(1)).equals(journal(settings))) {
        return "The bookie's directory %s was moved, or copied, from %s; move it back"
            .formatted(settings.directory(), Path.of(before.group(1)).getParent());
      }
    } catch (IOException e) {
      LOG.debug("There is no cookie at {}", cookie, e);
    }
    return ("The bookie's directory %s is not the one that the cluster knows of %s: what was in it"
            + " is gone, or it is another node's; bring it back, or, when it is lost, start with"
            + " an empty data directory and a node id that was never used")
        .formatted(settings.directory(), settings.id());
  }

  private static Path journal(Settings settings) {
    return settings.directory().resolve("journal");
  }

  private static Path ledgers(Settings settings) {
    return settings.directory().resolve("ledgers");
  }

  private static boolean isCausedBy(Throwable problem, Class<? extends Throwable> kind) {
    for (Throwable cause = problem; cause != null; cause = cause.getCause()) {
      if (kind.isInstance(cause)) {
        return true;
      }
    }
    return false;
  }

  private static ServerConfiguration configuration(Settings settings, DiskLimits limits) {
    ServerConfiguration configuration = new ServerConfiguration();
    settings.access().apply(configuration);
    configuration.setBookieAuthProviderFactoryClass(BookKeeperServerAuth.class.getName());
    configuration.setBookieId(settings.id());
    configuration.setProperty(BookKeeperRacks.RACK, settings.rack());
    configuration.setBookiePort(settings.address().port());
    configuration.setAdvertisedAddress(settings.address().host());
    // With any interface it listens on the advertised address alone, without one on all.
    configuration.setListeningInterface("advertised");
    configuration.setAllowLoopback(true);
    configuration.setJournalDirName(journal(settings).toString());
    configuration.setLedgerDirNames(new String[] {ledgers(settings).toString()});
    configuration.setAllowMultipleDirsUnderSameDiskPartition(true);
    configuration.setLedgerStorageClass(DbLedgerStorage.class.getName());
    configuration.setProperty(DbLedgerStorage.WRITE_CACHE_MAX_SIZE_MB, settings.cacheMb());
    configuration.setProperty(DbLedgerStorage.READ_AHEAD_CACHE_MAX_SIZE_MB, settings.cacheMb());
    // Where entries are: a few bytes for each, so that a fraction of their own memory is plenty.
    configuration.setProperty("dbStorage_rocksDB_writeBufferSizeMB", INDEX_MB);
    configuration.setProperty("dbStorage_rocksDB_blockCacheSize", (long) INDEX_MB << 20);
    configuration.setJournalWriteData(true);
    configuration.setJournalSyncData(true);
    // It would need a private field of the JDK.
    configuration.setJournalRemovePagesFromCache(false);
    configuration.setJournalChannelProvider(BookKeeperJournalFiles.class.getName());
    configuration.setJournalMaxGroupWaitMSec(1);
    // Who is alone waits for nobody; those who come during a force share the next one.
    configuration.setJournalFlushWhenQueueEmpty(true);
    configuration.setProperty("journalPreAllocSizeMB", 16);
    configuration.setMaxJournalSizeMB(256);
    configuration.setServerNumIOThreads(1);
    configuration.setNumReadWorkerThreads(READ_THREADS);
    configuration.setNumHighPriorityWorkerThreads(1);
    configuration.setGcWaitTime(GC_WAIT_MS);
    // Ledgers that were deleted give their space back when their file has none left that was not.
    configuration.setEntryLogSizeLimit(ENTRY_LOG_BYTES);
    configuration.setMaxBackupJournals(1);
    configuration.setDiskCheckInterval(DISK_CHECK_MS);
    // What is on a full disk can be read.
    configuration.setDiskUsageThreshold((float) limits.readOnly());
    configuration.setDiskUsageWarnThreshold((float) limits.readOnly());
    configuration.setDiskLowWaterMarkUsageThreshold((float) limits.writableAgain());
    configuration.setIsForceGCAllowWhenNoSpace(true);
    configuration.setHttpServerEnabled(false);
    configuration.setStatisticsEnabled(false);
    return configuration;
  }

  DiskLimits limits() {
    return limits;
  }

  /**
   * The part of its disk that is in use, with what it must still write there of what it has taken.
   * Any thread.
   */
  double used() {
    double total = Math.max(1, ledgers.getTotalSpace());
    return (total - ledgers.getUsableSpace() + unflushed.bytes()) / total;
  }

  /** For tests. */
  EmbeddedServer server() {
    return server;
  }

  @Override
  public void close() {
    closed.set(true);
    server.getLifecycleComponentStack().close();
  }
}

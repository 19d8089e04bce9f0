package dev.naru.log.bookkeeper.cluster;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.apache.zookeeper.server.persistence.FileTxnSnapLog;
import org.apache.zookeeper.server.persistence.Util;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Deletes, now and every hour, what the ZooKeeper server of this process needs no more: snapshots
 * older than the last few, and transactions older than those. ZooKeeper's own way of doing this
 * prints each file to standard output, which is the node's.
 */
final class SnapshotSweep implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SnapshotSweep.class);
  private static final int KEPT = 3;
  private static final Duration BETWEEN = Duration.ofHours(1);

  /** As ZooKeeper names its files, each followed by a transaction's number. */
  private static final String SNAPSHOT = "snapshot";

  private static final String TRANSACTIONS = "log";

  private final Path directory;
  private final PeriodicTask sweeps =
      new PeriodicTask("naru-zookeeper-sweep", BETWEEN, this::sweepSafely);

  /**
   * @param directory ZooKeeper's {@code dataDir}, which has its transactions, too
   */
  SnapshotSweep(Path directory) {
    this.directory = directory;
  }

  void start() {
    sweeps.start();
  }

  private void sweepSafely() {
    try {
      sweep();
    } catch (IOException | RuntimeException e) {
      LOG.warn("Old snapshots of ZooKeeper in {} are not deleted: {}", directory, e.toString());
    }
  }

  /** Only snapshots that are whole count as the last few. */
  void sweep() throws IOException {
    try (Opened opened = new Opened(new FileTxnSnapLog(directory.toFile(), directory.toFile()))) {
      FileTxnSnapLog files = opened.files;
      List<File> kept = files.findNValidSnapshots(KEPT);
      if (kept.isEmpty()) {
        return;
      }
      long oldest = Util.getZxidFromName(kept.get(kept.size() - 1).getName(), SNAPSHOT);
      delete(files.getSnapDir(), SNAPSHOT, oldest, Set.of());
      delete(files.getDataLogDir(), TRANSACTIONS, oldest, Set.of(files.getSnapshotLogs(oldest)));
    }
  }

  private record Opened(FileTxnSnapLog files) implements AutoCloseable {
    @Override
    public void close() throws IOException {
      files.close();
    }
  }

  private static void delete(File folder, String kind, long oldest, Set<File> needed)
      throws IOException {
    File[] all = folder.listFiles((parent, name) -> name.startsWith(kind + "."));
    if (all == null) {
      throw new IOException(folder + " cannot be read");
    }
    for (File file : all) {
      if (Util.getZxidFromName(file.getName(), kind) < oldest && !needed.contains(file)) {
        Files.deleteIfExists(file.toPath());
        LOG.debug("{} is not needed any more", file);
      }
    }
  }

  @Override
  public void close() {
    sweeps.close();
  }
}

package dev.naru.log.bookkeeper.cluster;

import dev.naru.log.bookkeeper.BookKeeperLedgers;
import dev.naru.log.bookkeeper.Pauses;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.apache.bookkeeper.client.BookKeeper;
import org.apache.bookkeeper.client.api.BKException;
import org.apache.bookkeeper.conf.ClientConfiguration;
import org.apache.bookkeeper.net.BookieId;

/** How this node talks to the bookies of its cluster. */
final class BookKeeperConnection {
  private static final int THREADS = 2;
  private static final int CONNECT_MS = 2_000;

  /** An entry that has no answer from a bookie for so long counts as failed there. */
  private static final int ENTRY_SECONDS = 5;

  private static final int SPECULATIVE_READ_MS = 500;

  private BookKeeperConnection() {}

  /**
   * Connects.
   *
   * @param clusterId makes the password of the ledgers, which keeps nobody out: bookies let nodes
   *     of the cluster in, and nobody else
   * @param disks told which bookies can be written
   * @param pauses before a ledger is asked for again
   */
  static BookKeeperLedgers open(
      BookKeeperAccess access,
      ClusterSettings settings,
      String clusterId,
      DiskWatch disks,
      Pauses pauses)
      throws IOException {
    try {
      BookKeeper client = new BookKeeper(configuration(access, settings.nodeId()));
      AtomicInteger bookies = new AtomicInteger();
      BookKeeperLedgers ledgers =
          new BookKeeperLedgers(
              client,
              bookies::get,
              disks::hasRoom,
              clusterId.getBytes(StandardCharsets.UTF_8),
              settings.copies(),
              pauses);
      client
          .getMetadataClientDriver()
          .getRegistrationClient()
          .watchWritableBookies(
              found -> {
                bookies.set(found.getValue().size());
                disks.writableAre(
                    found.getValue().stream().map(BookieId::getId).collect(Collectors.toSet()));
                ledgers.bookiesChanged();
              });
      return ledgers;
    } catch (BKException e) {
      throw new IOException("BookKeeper's client does not start: " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while BookKeeper's client started", e);
    }
  }

  private static ClientConfiguration configuration(BookKeeperAccess access, int nodeId) {
    ClientConfiguration configuration = new ClientConfiguration();
    access.apply(configuration);
    configuration.setUseV2WireProtocol(true);
    // A bookie that is slow or away for a moment is no reason to look for another one.
    configuration.setDelayEnsembleChange(true);
    configuration.setThrottleValue(0);
    configuration.setAddEntryTimeout(ENTRY_SECONDS);
    configuration.setReadEntryTimeout(ENTRY_SECONDS);
    configuration.setClientConnectTimeoutMillis(CONNECT_MS);
    configuration.setFirstSpeculativeReadTimeout(SPECULATIVE_READ_MS);
    configuration.setEnsemblePlacementPolicy(BookKeeperNearestFirst.class);
    configuration.setProperty(BookKeeperNearestFirst.OWN_BOOKIE, EmbeddedBookie.id(nodeId));
    configuration.setReorderReadSequenceEnabled(true);
    configuration.setNumWorkerThreads(THREADS);
    configuration.setNumIOThreads(THREADS);
    return configuration;
  }
}

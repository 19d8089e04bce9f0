package dev.naru.log.bookkeeper.cluster;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.apache.bookkeeper.conf.ServerConfiguration;
import org.apache.bookkeeper.replication.AutoRecoveryMain;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * BookKeeper's auto-recovery inside this process: one node of the cluster watches the bookies, and
 * all copy what was on one that is lost. It ends whenever its session with ZooKeeper does, and is
 * begun anew then; nothing else depends on it.
 */
final class EmbeddedRecovery implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(EmbeddedRecovery.class);
  private static final int PAUSE_SECONDS = 5;
  private static final int THREADS = 1;

  /**
   * A ledger that is written while a copy of it is lost is taken from its writer after so long; a
   * writer that lives goes on in another ledger before.
   */
  private static final Duration WRITTEN_LEDGERS = Duration.ofMinutes(30);

  /**
   * How to recover.
   *
   * @param bookieId of this node's bookie
   * @param lostAfter how long a bookie may be away
   */
  record Settings(String bookieId, HostPort bookie, BookKeeperAccess access, Duration lostAfter) {}

  private final Settings settings;
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Semaphore ended = new Semaphore(0);

  private EmbeddedRecovery(Settings settings) {
    this.settings = settings;
  }

  static EmbeddedRecovery start(Settings settings) {
    EmbeddedRecovery recovery = new EmbeddedRecovery(settings);
    Thread thread = new Thread(recovery::run, "naru-recovery");
    thread.setDaemon(true);
    thread.start();
    return recovery;
  }

  private void run() {
    try {
      do {
        runOnce();
      } while (!closed.await(PAUSE_SECONDS, TimeUnit.SECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void runOnce() throws InterruptedException {
    AutoRecoveryMain recovery;
    try {
      recovery = new AutoRecoveryMain(configuration());
    } catch (InterruptedException e) {
      throw e;
    } catch (Exception e) {
      LOG.warn("The recovery of lost copies does not start now; trying again", e);
      return;
    }
    recovery.setExceptionHandler(
        (thread, problem) -> {
          LOG.debug("Recovery has ended", problem);
          ended.release();
        });
    recovery.start();
    ended.acquire();
    ended.drainPermits();
    recovery.shutdown();
  }

  private ServerConfiguration configuration() {
    ServerConfiguration configuration = new ServerConfiguration();
    settings.access().apply(configuration);
    configuration.setBookieId(settings.bookieId());
    configuration.setBookiePort(settings.bookie().port());
    configuration.setAdvertisedAddress(settings.bookie().host());
    configuration.setAllowLoopback(true);
    configuration.setLostBookieRecoveryDelay(Math.toIntExact(settings.lostAfter().toSeconds()));
    configuration.setOpenLedgerRereplicationGracePeriod(Long.toString(WRITTEN_LEDGERS.toMillis()));
    configuration.setProperty("numWorkerThreads", THREADS);
    configuration.setProperty("numIOThreads", THREADS);
    return configuration;
  }

  /** Does not wait: it may take BookKeeper ten seconds, and nothing depends on it. */
  @Override
  public void close() {
    closed.countDown();
    ended.release();
  }
}

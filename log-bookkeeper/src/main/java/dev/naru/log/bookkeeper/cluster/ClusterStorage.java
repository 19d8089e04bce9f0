package dev.naru.log.bookkeeper.cluster;

import dev.naru.log.LogId;
import dev.naru.log.bookkeeper.BlockCache;
import dev.naru.log.bookkeeper.BookKeeperLedgers;
import dev.naru.log.bookkeeper.LedgerLogs;
import dev.naru.log.bookkeeper.LedgerReads;
import dev.naru.log.bookkeeper.LedgerStorage;
import dev.naru.log.bookkeeper.Leftovers;
import dev.naru.log.bookkeeper.PauseThread;
import dev.naru.log.bookkeeper.SegmentLists;
import dev.naru.log.bookkeeper.Unacknowledged;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a node of a cluster stands on: its bookie and its member of the ZooKeeper quorum, logs on
 * the ledgers of all bookies, and what the nodes know of each other.
 */
public final class ClusterStorage implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ClusterStorage.class);
  private static final int READERS = 8;
  private static final int IDLE_SECONDS = 30;

  /** Records of other nodes' logs that are on their way to consumers; on the heap. */
  private static final long READ_BYTES = Math.max(8 << 20, Runtime.getRuntime().maxMemory() / 8);

  /** For the end of everything together, unless each part ends at once. */
  private static final int CLOSE_SECONDS = 6;

  /** Logs are given up within so much of that, or left for the next owner to recover. */
  private static final int LOGS_SECONDS = 3;

  private static final int LEAST_MS = 300;

  /** So long a start waits for the member of ZooKeeper in this process rather than take another. */
  private static final Duration OWN_MEMBER = Duration.ofSeconds(3);

  private final ClusterSettings settings;
  private final List<HostPort> zooKeeperServers;

  /** What was started, the last one first. */
  private final Deque<Part> parts = new ArrayDeque<>();

  private BookKeeperAccess access;
  private EmbeddedZooKeeper zooKeeper;
  private EmbeddedBookie bookie;
  private String clusterId;
  private DiskWatch disks;
  private LedgerStorage storage;
  private LedgerLogs logs;
  private LedgerReads reads;
  private LedgerLogs metadataLogs;
  private Leftovers leftovers;
  private ExecutorService sweeper;
  private final AtomicBoolean sweeping = new AtomicBoolean();
  private ZooKeeperSession session;
  private ZooKeeperCoordination coordination;

  /** Something that was started and must be ended. */
  private record Part(String name, AutoCloseable end) {}

  private ClusterStorage(ClusterSettings settings) {
    this.settings = settings;
    // The one in this process first.
    this.zooKeeperServers =
        settings.join().stream()
            .sorted(Comparator.comparing(each -> !each.equals(settings.address())))
            .map(each -> each.plus(NodePorts.ZOOKEEPER))
            .toList();
  }

  /**
   * Starts the parts of this node (a ZooKeeper member if it is one of the first, a bookie), joins
   * the cluster or founds it, and blocks until it can be used.
   *
   * @throws ClusterException why that cannot be, in one sentence
   */
  public static ClusterStorage open(ClusterSettings settings) {
    ClusterStorage storage = new ClusterStorage(settings);
    try {
      storage.start();
      return storage;
    } catch (ClusterException e) {
      storage.close();
      throw e;
    } catch (IOException e) {
      storage.close();
      throw ClusterException.failure(e.getMessage(), e);
    } catch (InterruptedException e) {
      storage.close();
      Thread.currentThread().interrupt();
      throw ClusterException.failure("The start was interrupted", e);
    } catch (RuntimeException e) {
      storage.close();
      throw e;
    }
  }

  private <T extends AutoCloseable> T started(String name, T part) {
    parts.push(new Part(name, part));
    return part;
  }

  private void start() throws IOException, InterruptedException {
    long deadlineNs = System.nanoTime() + settings.patience().toNanos();
    Consumer<String> onFatal = once(settings.onFatal());
    DataDirectory directory = started("the data directory", DataDirectory.open(settings));
    NodePorts.requireFree(settings);
    ClusterSecret secret = ClusterSecret.of(settings.secret());
    access = new BookKeeperAccess(zooKeeperServers, settings.sessionTimeout(), secret);
    if (settings.carriesZooKeeper()) {
      zooKeeper =
          started(
              "ZooKeeper",
              EmbeddedZooKeeper.start(
                  new EmbeddedZooKeeper.Settings(
                      directory.zooKeeper(),
                      settings.address(),
                      settings.join(),
                      secret,
                      onFatal)));
      // Or the session would begin, and stay, at another node's.
      if (!zooKeeper.awaitServing(OWN_MEMBER)) {
        LOG.debug("ZooKeeper inside this node does not serve yet");
      }
    }
    session =
        started(
            "the session with ZooKeeper",
            ZooKeeperSession.open(zooKeeperServers, settings.sessionTimeout(), secret, onFatal));
    if (!session.awaitConnected(deadlineNs)) {
      throw whyNotConnected();
    }
    ZooKeeperProperties.setForBookKeeper(secret);
    ZooKeeperMembership membership = new ZooKeeperMembership(session, deadlineNs);
    clusterId = membership.join(settings, directory);
    membership.forgetPredecessor(settings);
    startBookie(directory, onFatal, deadlineNs);
    watchDisk();
    openLogs();
    coordination = started("coordination", new ZooKeeperCoordination(session, settings));
  }

  private ClusterException whyNotConnected() {
    if (session.isRefused()) {
      return ClusterException.mistake(
          "The cluster's other nodes have another secret than this one; give every node the same"
              + " secret");
    }
    long seconds = settings.patience().toSeconds();
    List<HostPort> silent = NodePorts.silent(zooKeeperServers);
    return silent.isEmpty()
        ? ClusterException.failure(
            ("The first nodes of the cluster did not find together within %s s, though all of"
                    + " them answer (%s); see that they have the same secret and the same list of"
                    + " first nodes")
                .formatted(seconds, addresses(settings.join())),
            null)
        : ClusterException.failure(
            ("More than half of the cluster's first nodes are needed, and within %s s nobody"
                    + " answered at %s%s; start those nodes, and see that they have the same secret"
                    + " as this one")
                .formatted(seconds, addresses(silent), whetherFirst()),
            null);
  }

  /** A list of first nodes that lacks the only node there is may be a slip of the pen. */
  private String whetherFirst() {
    return settings.carriesZooKeeper()
        ? ""
        : " (this node's address " + settings.address() + " is none of them)";
  }

  private static String addresses(List<HostPort> addresses) {
    return String.join(", ", addresses.stream().map(HostPort::toString).toList());
  }

  private static Consumer<String> once(Consumer<String> listener) {
    AtomicInteger told = new AtomicInteger();
    return why -> {
      if (told.getAndIncrement() == 0) {
        listener.accept(why);
      }
    };
  }

  private void startBookie(DataDirectory directory, Consumer<String> onFatal, long deadlineNs)
      throws IOException {
    EmbeddedBookie.prepare(access);
    String id = EmbeddedBookie.id(settings.nodeId());
    HostPort address = settings.address().plus(NodePorts.BOOKIE);
    EmbeddedBookie.Settings bookieSettings =
        new EmbeddedBookie.Settings(
            id,
            directory.bookie(),
            address,
            settings.rack(),
            settings.memory().bookieMib(),
            access,
            onFatal);
    while (bookie == null) {
      try {
        bookie = started("the bookie", EmbeddedBookie.start(bookieSettings));
      } catch (EmbeddedBookie.RegisteredException e) {
        if (System.nanoTime() - deadlineNs > 0) {
          throw e;
        }
        LOG.info("Waiting until ZooKeeper has noticed that the bookie of before is gone");
      }
    }
    started(
        "the recovery of lost copies",
        EmbeddedRecovery.start(
            new EmbeddedRecovery.Settings(id, address, access, settings.lostAfter())));
  }

  private void watchDisk() {
    String id = EmbeddedBookie.id(settings.nodeId());
    disks =
        started(
            "the watch over full disks",
            new DiskWatch(
                id,
                settings.copies().least(),
                bookie.limits(),
                bookie::used,
                new FullDisks(session, id)));
    disks.start();
  }

  private void openLogs() throws IOException {
    ExecutorService readers = threads("naru-ledger-reader-", READERS);
    started("the readers", readers::shutdown);
    ExecutorService callbacks = threads("naru-lists-", 1);
    started("the lists", callbacks::shutdown);
    PauseThread pauses = started("the pauses", new PauseThread());
    BookKeeperLedgers ledgers =
        started(
            "BookKeeper's client",
            BookKeeperConnection.open(access, settings, clusterId, disks, pauses));
    reads =
        started("reads of what others own", new LedgerReads(ledgers.views(), readers, READ_BYTES));
    BlockCache cache = new BlockCache(settings.memory().cache());
    Unacknowledged unacknowledged = new Unacknowledged(settings.memory().unacknowledged());
    SegmentLists lists = session.lists(ZooKeeperMembership.LOGS, callbacks);
    SegmentLists metadataLists = session.lists(ZooKeeperMembership.METADATA, callbacks);
    metadataLogs =
        new LedgerLogs(
            new LedgerStorage(
                ledgers, metadataLists, cache, unacknowledged, readers, pauses, settings.clock()),
            LedgerLogs.Whose.ALL,
            settings.logs());
    storage =
        new LedgerStorage(ledgers, lists, cache, unacknowledged, readers, pauses, settings.clock());
    logs = new LedgerLogs(storage, LedgerLogs.Whose.OWN, settings.logs());
    leftovers =
        new Leftovers(
            storage, metadataLists, ledgers, ClusterStorage::steadyMs, Leftovers.SAFE_AGE);
    sweeper = threads("naru-leftovers-", 1);
    started("the search for leftovers", sweeper::shutdownNow);
    started("the logs", this::closeLogs);
  }

  private static ExecutorService threads(String name, int count) {
    AtomicInteger number = new AtomicInteger();
    ThreadPoolExecutor threads =
        new ThreadPoolExecutor(
            count,
            count,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            task -> {
              Thread thread = new Thread(task, name + number.incrementAndGet());
              thread.setDaemon(true);
              return thread;
            });
    threads.allowCoreThreadTimeOut(true);
    return threads;
  }

  private static long steadyMs() {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
  }

  /**
   * Looks, in the background, for what no log needs any more: see {@link Leftovers}. For the
   * cluster's controller, now and then; does nothing while that is under way.
   *
   * @param deleted whether a partition of that log certainly exists no more
   */
  public void sweep(Predicate<LogId> deleted) {
    if (sweeping.compareAndSet(false, true)) {
      sweeper.execute(
          () -> {
            try {
              leftovers.sweep(deleted);
            } catch (IOException e) {
              LOG.info("The search for what no log needs is put off: {}", e.getMessage());
            } finally {
              sweeping.set(false);
            }
          });
    }
  }

  /** Both at once: each waits for bookies and for ZooKeeper. */
  private void closeLogs() {
    long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(LOGS_SECONDS);
    Thread metadata = closing("the metadata's logs", metadataLogs);
    Thread partitions = closing("the logs", logs);
    await("the metadata's logs", metadata, deadlineNs);
    await("the logs", partitions, deadlineNs);
  }

  private static Thread closing(String name, AutoCloseable part) {
    Thread thread =
        new Thread(
            () -> {
              try {
                part.close();
              } catch (Exception e) {
                LOG.warn("Ending {} failed", name, e);
              }
            },
            "naru-close");
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  private static void await(String name, Thread closing, long deadlineNs) {
    try {
      long leftMs = TimeUnit.NANOSECONDS.toMillis(deadlineNs - System.nanoTime());
      closing.join(Math.max(LEAST_MS, leftMs));
      if (closing.isAlive()) {
        LOG.warn("{}: not all of it could be ended in time", name);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** The cluster's id, as Kafka's clients see it. */
  public String clusterId() {
    return clusterId;
  }

  /** The partitions' logs. */
  public LedgerLogs logs() {
    return logs;
  }

  /** Reads of what is in other nodes' logs. */
  public LedgerReads reads() {
    return reads;
  }

  /** Null when this node carries none. */
  EmbeddedZooKeeper zooKeeper() {
    return zooKeeper;
  }

  EmbeddedBookie bookie() {
    return bookie;
  }

  DiskWatch disks() {
    return disks;
  }

  ZooKeeperSession session() {
    return session;
  }

  /** What the partitions' logs stand on. */
  LedgerStorage storage() {
    return storage;
  }

  /** The generations of the metadata's log; {@link LedgerLogs#ids} tells those that exist. */
  public LedgerLogs metadataLogs() {
    return metadataLogs;
  }

  public Coordination coordination() {
    return coordination;
  }

  /** Leaves the cluster, gives up all logs and ends what was started; a few seconds at most. */
  @Override
  public void close() {
    if (coordination != null) {
      coordination.depart();
    }
    // Who waits for bookies or for ZooKeeper, which may be gone already, is not waited for.
    long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(CLOSE_SECONDS);
    while (!parts.isEmpty()) {
      Part part = parts.pop();
      await(part.name, closing(part.name, part.end), deadlineNs);
    }
  }
}

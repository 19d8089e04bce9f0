package dev.naru.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Executor;
import org.apache.kafka.common.errors.CorruptRecordException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All logs of a node whose segments are files: opens, recovers, creates and deletes them.
 *
 * <p>One node at a time owns the data directory; {@code open} says so in one sentence when another
 * has it, when it cannot be written, or when a newer version made it.
 *
 * <p>The directory: {@code naru.properties} (format version), {@code lock}, {@code recovery-points}
 * (up to where each log was surely forced), {@code clean-stop} (everything that is known of each
 * log; there only after a clean stop), two files of the {@link Journal} while there is one, and a
 * directory for each log in {@code logs}.
 */
public final class LogStore implements Logs {
  /** The file of a data directory that the process which uses it holds a lock on. */
  public static final String LOCK = "lock";

  private static final Logger LOG = LoggerFactory.getLogger(LogStore.class);
  private static final int COMMIT_THREADS = 2;

  private final Disk disk;
  private final Path directory;
  private final LogClock clock;
  private final StoreFiles files;
  private final Graveyard graveyard;
  private final FileRoot root;
  private final Journal journal;
  private final ReaderThreads readers = new ReaderThreads();
  private final LogEngine engine;
  private final LogEnvironment environment;
  private final ConcurrentMap<LogId, PartitionLog> logs;

  /** On disk, not opened. The value is what a clean stop left, or {@link #UNKNOWN}. */
  private final ConcurrentHashMap<LogId, LogState.Clean> unopened = new ConcurrentHashMap<>();

  private final ConcurrentHashMap<LogId, Boolean> deleted = new ConcurrentHashMap<>();
  private final Map<LogId, RecoveryPoint> recoveryPoints;
  private Map<LogId, RecoveryPoint> written = Map.of();
  private boolean closed;

  /** Its end is negative, which no log's is. */
  private static final LogState.Clean UNKNOWN =
      new LogState.Clean(-1, -1, ByteBuffer.allocate(0), List.of());

  private LogStore(
      Disk disk,
      Path directory,
      LogClock clock,
      StoreFiles files,
      LogStoreConfig config,
      int commitThreads,
      Journal.Size journalSize)
      throws IOException {
    JournalReplay.run(disk, directory);
    this.disk = disk;
    this.directory = directory;
    this.clock = clock;
    this.files = files;
    this.graveyard = new Graveyard(disk, clock);
    Executor on = commitThreads == 0 ? Runnable::run : readers;
    this.journal = new Journal(disk, directory, on, journalSize);
    this.root = new FileRoot(disk, LogDirectory.logs(directory), graveyard, on, journal);
    this.recoveryPoints = new ConcurrentHashMap<>(files.loadRecoveryPoints());
    findLogs(files.takeCleanStop());
    this.engine = new LogEngine(clock, config, this::maintain, commitThreads);
    engine.environment().commits().shareIn(journal);
    this.environment = engine.environment();
    this.logs = engine.logs();
  }

  /**
   * Takes the directory and recovers what a crash left. Starts the shared threads.
   *
   * @throws LogStoreException one sentence for the operator: in use, not writable, made by a newer
   *     version
   */
  public static LogStore open(Disk disk, Path directory, LogClock clock, LogStoreConfig config) {
    LogStore store = take(disk, directory, clock, config, COMMIT_THREADS, Journal.Size.USUAL);
    store.engine.start();
    return store;
  }

  /** {@link #open(Disk, Path, LogClock, LogStoreConfig)} with the defaults. */
  public static LogStore open(Disk disk, Path directory, LogClock clock) {
    return open(disk, directory, clock, LogStoreConfig.DEFAULTS);
  }

  /**
   * Like {@link #open}, without a thread: nothing happens between the calls, so that a test can
   * crank {@link #commitQueued} and {@link #maintain} and get the same from the same seed.
   */
  static LogStore openWithoutThreads(Disk disk, Path directory, LogClock clock) {
    return openWithoutThreads(disk, directory, clock, Journal.Size.USUAL);
  }

  /** {@link #openWithoutThreads(Disk, Path, LogClock)} with a journal of another size. */
  static LogStore openWithoutThreads(
      Disk disk, Path directory, LogClock clock, Journal.Size journalSize) {
    return take(disk, directory, clock, LogStoreConfig.DEFAULTS, 0, journalSize);
  }

  /** Like {@link #open}, with a journal of another size. */
  static LogStore open(Disk disk, Path directory, LogClock clock, Journal.Size journalSize) {
    LogStore store =
        take(disk, directory, clock, LogStoreConfig.DEFAULTS, COMMIT_THREADS, journalSize);
    store.engine.start();
    return store;
  }

  private static LogStore take(
      Disk disk,
      Path directory,
      LogClock clock,
      LogStoreConfig config,
      int commitThreads,
      Journal.Size journalSize) {
    StoreFiles files = StoreFiles.take(disk, directory);
    try {
      return new LogStore(disk, directory, clock, files, config, commitThreads, journalSize);
    } catch (IOException e) {
      files.release();
      throw new LogStoreException(
          "The data directory " + directory + " cannot be read: " + e.getMessage(), e);
    }
  }

  @Override
  public void reconfigure(LogStoreConfig config) {
    engine.reconfigure(config);
  }

  /** What the commit threads would do next; for a store without threads. */
  void commitQueued() {
    engine.commitQueued();
  }

  private void findLogs(Map<LogId, LogState.Clean> clean) throws IOException {
    Path logsDirectory = LogDirectory.logs(directory);
    for (String name : disk.list(logsDirectory)) {
      LogId id = LogDirectory.parse(name).orElse(null);
      if (id == null) {
        continue;
      }
      LogState.Clean state = clean == null ? null : clean.get(id);
      Path path = logsDirectory.resolve(name);
      if (state == null && disk.exists(path.resolve(LogDirectory.DELETED))) {
        graveyard.buryDirectory(path, 0);
      } else {
        unopened.put(id, state == null ? UNKNOWN : state);
      }
    }
  }

  @Override
  public PartitionLog openOrCreate(LogId id, LogConfig config) {
    return logs.computeIfAbsent(id, absent -> openNow(id, config));
  }

  private PartitionLog openNow(LogId id, LogConfig config) {
    String name = LogDirectory.name(id);
    if (deleted.remove(id) != null) {
      graveyard.exhume(root.resolve(name));
    }
    LogState.Clean clean = unopened.remove(id);
    SegmentHome home = FileHome.fresh(root, name);
    try {
      if (clean != null && clean.end() >= 0) {
        home = FileHome.known(root, name, clean.segments());
        return new PartitionLog(
            id, home, config, clean.restore(home, environment.producerExpirationMs()), environment);
      }
      RecoveryPoint recoveryPoint = recoveryPoints.getOrDefault(id, RecoveryPoint.NONE);
      if (clean == null && recoveryPoint.offset() == 0) {
        return new PartitionLog(
            id, home, config, LogState.empty(environment.producerExpirationMs()), environment);
      }
      home = FileHome.open(root, name);
      LogRecovery recovery =
          new LogRecovery(id, home, config, environment.producerExpirationMs(), clock.nowMs());
      LogState state = recovery.recover(recoveryPoint);
      home.close();
      return new PartitionLog(id, home, config, state, environment);
    } catch (DamagedLogException e) {
      LOG.error("A log is offline, the others serve: {}", e.getMessage());
      return PartitionLog.offline(id, home, config, environment, e);
    } catch (IOException | CorruptRecordException e) {
      LOG.error("{} is offline, the others serve", id, e);
      return PartitionLog.offline(id, home, config, environment, e);
    }
  }

  @Override
  public Set<LogId> ids() {
    Set<LogId> all = ConcurrentHashMap.newKeySet();
    all.addAll(unopened.keySet());
    all.addAll(logs.keySet());
    return all;
  }

  /** The files go after {@code file.delete.delay.ms}. */
  @Override
  public void delete(LogId id) {
    Path path = root.resolve(LogDirectory.name(id));
    logs.compute(
        id,
        (key, log) -> {
          if (log != null) {
            log.discard();
          }
          boolean known = log != null || unopened.containsKey(id);
          unopened.remove(id);
          recoveryPoints.remove(id);
          journal.forgetLog(LogDirectory.name(id));
          if (known && disk.exists(path)) {
            bury(id, path, log == null ? 0 : log.config().fileDeleteDelayMs());
          }
          return null;
        });
  }

  private void bury(LogId id, Path path, long delayMs) {
    try {
      CheckedFile.write(disk, path.resolve(LogDirectory.DELETED), ByteBuffer.allocate(0), true);
    } catch (IOException e) {
      // A full disk must not keep a deletion from making room.
      LOG.warn("{}: the mark of its deletion could not be written; deleting its files now", id, e);
      graveyard.buryDirectory(path, 0);
      return;
    }
    deleted.put(id, true);
    graveyard.buryDirectory(path, delayMs);
  }

  /** One round of the maintenance thread: what is cheap each time, the rest when asked. */
  void maintain(long nowMs, boolean thorough) {
    graveyard.sweep(nowMs);
    engine.maintain(nowMs, thorough);
    if (thorough) {
      journal.rest();
      checkpoint();
    }
  }

  /** One round of compaction; one at a time. */
  void compact(long nowMs) {
    engine.compact(nowMs);
  }

  private synchronized void checkpoint() {
    Map<LogId, RecoveryPoint> points = new HashMap<>(recoveryPoints);
    logs.forEach(
        (id, log) -> {
          if (log.failure().isEmpty() && log.forcedOffset() > 0) {
            points.put(id, new RecoveryPoint(log.forcedOffset(), log.logStartOffset()));
          }
        });
    if (!points.equals(written)) {
      try {
        files.saveRecoveryPoints(points);
        written = points;
        recoveryPoints.putAll(points);
        recoveryPoints.keySet().removeIf(id -> !logs.containsKey(id) && !unopened.containsKey(id));
      } catch (IOException e) {
        LOG.warn("Writing the recovery points failed; a restart would take longer", e);
      }
    }
  }

  /** Forces everything, writes the clean-stop mark, lets go of the directory. */
  @Override
  public void close() {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
    }
    engine.endRounds();
    readers.close();
    Map<LogId, LogState.Clean> states = new LinkedHashMap<>();
    unopened.forEach(
        (id, state) -> {
          if (state.end() >= 0) {
            states.put(id, state);
          }
        });
    // Logs that were never written have no directory and nothing to remember.
    logs.forEach(
        (id, log) ->
            log.close().filter(s -> !s.segments().isEmpty()).ifPresent(s -> states.put(id, s)));
    engine.endCommits();
    journal.close();
    graveyard.sweep(Long.MAX_VALUE);
    checkpoint();
    try {
      files.saveCleanStop(states);
    } catch (IOException e) {
      LOG.warn("Writing the clean-stop mark failed; the next start looks through the logs", e);
    } finally {
      files.release();
    }
  }
}

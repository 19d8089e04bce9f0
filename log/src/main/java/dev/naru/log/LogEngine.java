package dev.naru.log;

import java.io.IOException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Executor;
import org.apache.kafka.common.errors.CorruptRecordException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the logs of a node share, wherever their segments live: the few threads for group commit,
 * maintenance and compaction, and the settings. Any thread.
 */
public final class LogEngine implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LogEngine.class);
  private static final int COMMIT_THREADS = 2;
  private static final long TICK_MS = 1000;
  private static final int TICKS_PER_ROUND = 5;

  /** A node that is restarted often must come to look at retention, too. */
  private static final long FIRST_RETENTION_MS = 30_000;

  /** What is done every second. */
  public interface Round {
    /**
     * @param thorough whether it is the turn of what is not cheap
     */
    void run(long nowMs, boolean thorough);
  }

  private final LogClock clock;
  private final GroupCommit commits;
  private final LogEnvironment environment;
  private final ConcurrentMap<LogId, PartitionLog> logs = new ConcurrentHashMap<>();
  private final Maintenance maintenance;
  private final Maintenance compaction;
  private final CompactionRounds compactionRounds;
  private long retainedMs;
  private boolean retained;
  private long expiredMs = Long.MIN_VALUE;

  /**
   * @param round calls {@link #maintain}, and does what its owner does besides
   */
  public LogEngine(LogClock clock, LogStoreConfig config, Round round) {
    this(clock, config, round, COMMIT_THREADS);
  }

  LogEngine(LogClock clock, LogStoreConfig config, Round round, int commitThreads) {
    this(clock, config, round, new GroupCommit(commitThreads));
  }

  /**
   * Without threads of its own: whoever lends one calls {@link #maintain} instead of {@link
   * #start}.
   *
   * @param lent where group commit runs
   */
  public static LogEngine onLent(LogClock clock, LogStoreConfig config, Executor lent) {
    return new LogEngine(clock, config, (nowMs, thorough) -> {}, new GroupCommit(lent));
  }

  private LogEngine(LogClock clock, LogStoreConfig config, Round round, GroupCommit commits) {
    this.clock = clock;
    this.retainedMs = clock.nowMs();
    this.commits = commits;
    this.environment = new LogEnvironment(commits, config);
    this.maintenance =
        new Maintenance(
            "naru-log-maintenance",
            () -> TICK_MS,
            number -> round.run(clock.nowMs(), number % TICKS_PER_ROUND == 0));
    this.compaction =
        new Maintenance(
            "naru-compaction",
            () -> environment.config().compactionPauseMs(),
            number -> compact(clock.nowMs()));
    this.compactionRounds = new CompactionRounds(compaction::isClosed);
  }

  /** Starts maintenance and compaction. */
  public void start() {
    maintenance.start();
    compaction.start();
  }

  /** The logs that are open. */
  public ConcurrentMap<LogId, PartitionLog> logs() {
    return logs;
  }

  LogEnvironment environment() {
    return environment;
  }

  /** See {@link Logs#reconfigure}. */
  public void reconfigure(LogStoreConfig config) {
    environment.config(config);
  }

  /**
   * A log whose home holds nothing that is not durable. Reads what no summary tells; blocks.
   *
   * @return one that is offline, with the reason, when its records are damaged
   */
  public PartitionLog open(LogId id, SegmentHome home, LogConfig config) {
    long expirationMs = environment.producerExpirationMs();
    try {
      LogState state =
          new LogRecovery(id, home, config, expirationMs, clock.nowMs())
              .trustingItsHome()
              .recover(RecoveryPoint.NONE);
      return new PartitionLog(id, home, config, state, environment);
    } catch (DamagedLogException e) {
      LOG.error("A log is offline, the others serve: {}", e.getMessage());
      return PartitionLog.offline(id, home, config, environment, e);
    } catch (IOException | CorruptRecordException e) {
      LOG.error("{} is offline, the others serve", id, e);
      return PartitionLog.offline(id, home, config, environment, e);
    }
  }

  /** Forces a log and lets go of it: another node is to have it. */
  public void release(LogId id) {
    PartitionLog log = logs.remove(id);
    if (log != null) {
      log.close();
    }
  }

  /** Lets go of a log without forcing it: it is deleted. */
  public void discard(LogId id) {
    PartitionLog log = logs.remove(id);
    if (log != null) {
      log.discard();
    }
  }

  /** One round over all logs: what is cheap each time, the rest when asked. */
  public void maintain(long nowMs, boolean thorough) {
    LogStoreConfig config = environment.config();
    long retentionMs =
        retained
            ? config.retentionCheckMs()
            : Math.min(config.retentionCheckMs(), FIRST_RETENTION_MS);
    boolean retain = isDue(retainedMs, retentionMs, nowMs);
    boolean expire = isDue(expiredMs, config.producerExpirationCheckMs(), nowMs);
    retainedMs = retain ? nowMs : retainedMs;
    retained |= retain;
    expiredMs = expire ? nowMs : expiredMs;
    for (PartitionLog log : logs.values()) {
      try {
        if (thorough || retain) {
          log.maintain(nowMs, retain);
        } else {
          log.flushIfDue(nowMs);
        }
        if (expire) {
          log.expireProducers(nowMs);
        }
      } catch (RuntimeException e) {
        LOG.error("{}: maintenance met a defect", log.id(), e);
      }
    }
  }

  /** A clock that was put back must not stop the rounds for as long as it was put back by. */
  private static boolean isDue(long lastMs, long periodMs, long nowMs) {
    return lastMs == Long.MIN_VALUE || nowMs - lastMs >= periodMs || nowMs < lastMs;
  }

  /** One round of compaction; one at a time. */
  void compact(long nowMs) {
    compactionRounds.run(logs.values(), environment.config(), nowMs);
  }

  /** What the commit threads would do next; for an engine without threads. */
  void commitQueued() {
    commits.runQueued();
  }

  /** Ends maintenance and compaction, waiting for the rounds that run. */
  void endRounds() {
    maintenance.close();
    compaction.close();
  }

  /** Ends group commit; logs were closed before. */
  void endCommits() {
    commits.close();
  }

  /** Forces and closes all logs, and ends the threads. */
  @Override
  public void close() {
    endRounds();
    logs.keySet().forEach(this::release);
    endCommits();
  }
}

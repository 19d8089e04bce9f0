package dev.naru.log.bookkeeper;

import dev.naru.log.LogConfig;
import dev.naru.log.LogEngine;
import dev.naru.log.LogId;
import dev.naru.log.LogStoreConfig;
import dev.naru.log.Logs;
import dev.naru.log.PartitionLog;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.stream.Collectors;
import org.apache.kafka.common.errors.KafkaStorageException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The logs that a node of a cluster owns, on ledgers that all nodes can read. Opening a log takes
 * it from the node that had it, whether that one knows or not.
 */
public final class LedgerLogs implements Logs {
  private static final Logger LOG = LoggerFactory.getLogger(LedgerLogs.class);

  private final LedgerStorage storage;
  private final Whose whose;
  private final LogEngine engine;

  /** What {@link #ids} tells. */
  public enum Whose {
    /** The logs that this node owns; what others own is theirs to know. */
    OWN,
    /** The logs that there are. */
    ALL
  }

  /** Starts the threads that the logs share. */
  public LedgerLogs(LedgerStorage storage, Whose whose, LogStoreConfig config) {
    this.storage = storage;
    this.whose = whose;
    this.engine = new LogEngine(storage.clock(), config, this::maintain);
    engine.start();
  }

  /**
   * Without threads of its own: whoever lends one calls {@link #maintain} now and then.
   *
   * @param lent where group commit runs
   */
  public LedgerLogs(LedgerStorage storage, Whose whose, LogStoreConfig config, Executor lent) {
    this.storage = storage;
    this.whose = whose;
    this.engine = LogEngine.onLent(storage.clock(), config, lent);
  }

  /**
   * What is done for all logs every second. Blocks.
   *
   * @param thorough whether it is the turn of what is not cheap
   */
  public void maintain(long nowMs, boolean thorough) {
    engine.maintain(nowMs, thorough);
  }

  @Override
  public PartitionLog openOrCreate(LogId id, LogConfig config) {
    return engine.logs().computeIfAbsent(id, absent -> take(id, config));
  }

  private PartitionLog take(LogId id, LogConfig config) {
    try {
      return engine.open(id, LedgerHome.open(storage, id.name()), config);
    } catch (IOException e) {
      throw new KafkaStorageException(id + " cannot be taken over now: " + e.getMessage(), e);
    }
  }

  /**
   * @throws KafkaStorageException the lists do not answer now; may be tried again
   */
  @Override
  public Set<LogId> ids() {
    if (whose == Whose.OWN) {
      return Set.copyOf(engine.logs().keySet());
    }
    try {
      return Stages.await(storage.lists().names(), "Listing the logs").stream()
          .flatMap(name -> LogId.parse(name).stream())
          .collect(Collectors.toUnmodifiableSet());
    } catch (IOException e) {
      throw new KafkaStorageException(e.getMessage(), e);
    }
  }

  @Override
  public void release(LogId id) {
    engine.release(id);
  }

  /** Fences whoever writes the log, and deletes its ledgers. Blocks. */
  @Override
  public void delete(LogId id) {
    engine.discard(id);
    try {
      Takeover.delete(storage, id.name());
    } catch (IOException e) {
      LOG.warn("{}: its deletion failed, and is tried again at the next start", id, e);
    }
  }

  @Override
  public void reconfigure(LogStoreConfig config) {
    engine.reconfigure(config);
  }

  @Override
  public void close() {
    engine.close();
  }
}

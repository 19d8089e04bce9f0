package dev.naru.connect.jdbc;

import dev.naru.connect.common.Pause;
import dev.naru.connect.common.PluginVersion;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.errors.RetriableException;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.source.SourceTask;

/**
 * Reads its tables in turn, over one connection. What a record's offset says was read is exactly
 * what comes before the record and the record itself, so that a task that starts again neither
 * leaves out nor repeats a row that Connect has.
 */
public final class JdbcSourceTask extends SourceTask {
  private final LongSupplier clock;
  private final Pause pause;
  private final Deque<TableReader> readers = new ArrayDeque<>();
  private Database database;
  private DatabaseRetries retries;
  private long retryAtMs;
  private boolean closed;

  public JdbcSourceTask() {
    this(() -> TimeUnit.NANOSECONDS.toMillis(System.nanoTime()), new Pause());
  }

  /**
   * With a clock of the caller's.
   *
   * @param clock milliseconds from anywhere, never backwards
   */
  JdbcSourceTask(LongSupplier clock, Pause pause) {
    this.clock = clock;
    this.pause = pause;
  }

  @Override
  public void start(Map<String, String> props) {
    JdbcSourceConfig config = new JdbcSourceConfig(props);
    database = new Database(config, true);
    retries = new DatabaseRetries(config, database);
    List<SourceTable> tables =
        config.isQuery()
            ? List.of(SourceTable.ofQuery(config.query()))
            : SourceTable.decode(config.taskTables());
    retryAtMs = clock.getAsLong();
    for (SourceTable table : tables) {
      Map<String, ?> offset = context.offsetStorageReader().offset(table.partition());
      readers.addLast(new TableReader(config, table, offset, clock));
    }
  }

  @Override
  public List<SourceRecord> poll() throws InterruptedException {
    if (isClosed()) {
      return null;
    }
    TableReader reader = next();
    long dueMs = reader == null ? Long.MAX_VALUE : Math.max(reader.dueMs(), retryAtMs);
    return pause.untilDue(dueMs, clock) ? read(reader) : null;
  }

  /** The one that is in the middle of something, or the one that waits the longest. */
  private TableReader next() {
    TableReader next = null;
    for (TableReader reader : readers) {
      if (reader.isReading()) {
        return reader;
      }
      if (next == null || reader.dueMs() < next.dueMs()) {
        next = reader;
      }
    }
    return next;
  }

  private synchronized List<SourceRecord> read(TableReader reader) {
    if (closed) {
      return null;
    }
    try {
      List<SourceRecord> records = reader.read(database.connection(), database.dialect());
      retries.succeeded();
      return records.isEmpty() ? null : records;
    } catch (SQLException e) {
      readers.forEach(TableReader::abandon);
      DatabaseRetries.Retry retry = retries.failed(e, "reading waits");
      retryAtMs = clock.getAsLong() + retry.pauseMs();
      throw new RetriableException(retry.sentence(), e);
    } catch (ConnectException e) {
      reader.abandon();
      database.rollback();
      throw e;
    }
  }

  private synchronized boolean isClosed() {
    return closed;
  }

  /** Comes from another thread than polls do; waits for one that is under way. */
  @Override
  public void stop() {
    pause.stop();
    synchronized (this) {
      closed = true;
      readers.forEach(TableReader::abandon);
      if (database != null) {
        database.close();
      }
    }
  }

  @Override
  public String version() {
    return PluginVersion.get();
  }
}

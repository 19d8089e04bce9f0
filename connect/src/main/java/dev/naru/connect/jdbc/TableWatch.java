package dev.naru.connect.jdbc;

import dev.naru.connect.common.Pause;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.connect.connector.ConnectorContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Knows which tables there are, and has Connect spread them over the tasks again when they change.
 * Looks on a thread of its own, so that a database that is away holds nobody up.
 */
final class TableWatch implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(TableWatch.class);

  private final JdbcSourceConfig config;
  private final ConnectorContext context;
  private final TableFinder finder;
  private final Database database;
  private final DatabaseRetries retries;
  private final Pause pause = new Pause();
  private final CountDownLatch looked = new CountDownLatch(1);
  private final Thread thread;
  private List<SourceTable> tables = List.of();
  private boolean handedOut;

  TableWatch(JdbcSourceConfig config, ConnectorContext context) {
    this.config = config;
    this.context = context;
    this.finder = new TableFinder(config.tablePatterns(), config.excludedPatterns());
    this.database = new Database(config, true);
    this.retries = new DatabaseRetries(config, database);
    this.thread = new Thread(this::run, "naru-jdbc-tables-" + config.name());
    this.thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  /** The tables that were there lately; waits for the first look, for so long. */
  List<SourceTable> tables(long waitMs) {
    try {
      if (!looked.await(waitMs, TimeUnit.MILLISECONDS)) {
        LOG.info("Connector {} does not know its tables yet.", config.name());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    synchronized (this) {
      handedOut = true;
      return tables;
    }
  }

  private void run() {
    try {
      while (!pause.await(look())) {
        LOG.debug("Connector {} looks for tables again.", config.name());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      context.raiseError(e);
    } finally {
      looked.countDown();
      database.close();
    }
  }

  /** Looks once; returns how many milliseconds later to look again. */
  private long look() {
    try {
      take(finder.find(database.connection(), database.dialect()));
      retries.succeeded();
      return config.tablesPollIntervalMs();
    } catch (SQLException e) {
      return retries.failed(e, "connector " + config.name() + " looks for its tables").pauseMs();
    }
  }

  private void take(List<SourceTable> found) {
    boolean tell;
    synchronized (this) {
      boolean changed = !found.equals(tables);
      if (found.isEmpty() && (changed || looked.getCount() > 0)) {
        LOG.warn(
            "No table matches tables={} of connector {}; it looks again every {} ms.",
            config.tablePatterns(),
            config.name(),
            config.tablesPollIntervalMs());
      } else if (changed) {
        LOG.info("Connector {} reads {}.", config.name(), found);
      }
      tables = found;
      tell = changed && handedOut;
    }
    looked.countDown();
    if (tell) {
      context.requestTaskReconfiguration();
    }
  }

  @Override
  public void close() {
    pause.stop();
    thread.interrupt();
  }
}

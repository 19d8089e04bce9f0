package dev.naru.proving.bench.scenario;

import dev.naru.proving.flows.MariaDb;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Writes rows into MariaDB at a fixed rate, in transactions of ten, over several connections, so
 * that one that waits for the disk does not hold the next ones up. The row with id n belongs to
 * transaction n / 10, which is due so many intervals after the start, whatever happened before.
 */
final class FlowWriter implements AutoCloseable {
  static final String TABLE = "orders";
  static final String CREATE =
      "CREATE TABLE "
          + TABLE
          + " (id INT PRIMARY KEY, customer VARCHAR(40), price_cents INT, note VARCHAR(200))";
  static final int ROWS_PER_SECOND = 1_000;

  private static final String INSERT = "INSERT INTO " + TABLE + " VALUES (?, ?, ?, ?)";
  private static final int ROWS_PER_TRANSACTION = 10;
  private static final long INTERVAL_NS =
      TimeUnit.SECONDS.toNanos(1) / (ROWS_PER_SECOND / ROWS_PER_TRANSACTION);
  private static final int CONNECTIONS = 4;

  private final int transactions;
  private final List<Connection> connections = new ArrayList<>();
  private final List<Future<?>> writing = new ArrayList<>();
  private final ExecutorService threads =
      Executors.newFixedThreadPool(
          CONNECTIONS,
          work -> {
            Thread thread = new Thread(work, "flow-writer");
            thread.setDaemon(true);
            return thread;
          });
  private long startNs;

  /**
   * Connects.
   *
   * @param rows a multiple of ten
   */
  FlowWriter(MariaDb mariaDb, String database, int rows) throws SQLException {
    transactions = rows / ROWS_PER_TRANSACTION;
    try {
      for (int i = 0; i < CONNECTIONS; i++) {
        Connection connection = mariaDb.connect(database);
        connections.add(connection);
        connection.setAutoCommit(false);
      }
    } catch (SQLException e) {
      close();
      throw e;
    }
  }

  /** Begins to write; returns at once. */
  void start() {
    startNs = System.nanoTime();
    for (int i = 0; i < CONNECTIONS; i++) {
      int first = i;
      writing.add(
          threads.submit(
              () -> {
                write(connections.get(first), first);
                return null;
              }));
    }
  }

  private void write(Connection connection, int first) throws SQLException {
    for (int number = first; number < transactions; number += CONNECTIONS) {
      int row = number * ROWS_PER_TRANSACTION;
      for (long waitNs = dueNs(row) - System.nanoTime();
          waitNs > 0;
          waitNs = dueNs(row) - System.nanoTime()) {
        if (Thread.interrupted()) {
          return;
        }
        LockSupport.parkNanos(waitNs);
      }
      insert(connection, row, ROWS_PER_TRANSACTION);
      connection.commit();
    }
  }

  /** Inserts some rows, beginning with an id. */
  static void insert(Connection connection, int first, int count) throws SQLException {
    try (PreparedStatement insert = connection.prepareStatement(INSERT)) {
      for (int id = first; id < first + count; id++) {
        insert.setInt(1, id);
        insert.setString(2, "customer-" + id % 50_000);
        insert.setInt(3, id % 90_000);
        insert.setString(4, "ordered by way of shop " + id % 700);
        insert.addBatch();
      }
      insert.executeBatch();
    }
  }

  /** When the row's transaction was to commit, by {@link System#nanoTime()}. */
  long dueNs(int row) {
    return startNs + row / ROWS_PER_TRANSACTION * INTERVAL_NS;
  }

  /** How long it writes when all goes well. */
  long durationNs() {
    return transactions * INTERVAL_NS;
  }

  /** Throws what ended a connection's writing before its time. */
  void requireHealthy() throws SQLException {
    try {
      for (Future<?> each : writing) {
        if (each.isDone()) {
          each.get();
        }
      }
    } catch (ExecutionException e) {
      throw new SQLException("writing failed: " + e.getCause().getMessage(), e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SQLException("interrupted", e);
    }
  }

  @Override
  public void close() throws SQLException {
    threads.shutdownNow();
    for (Connection connection : connections) {
      connection.close();
    }
  }
}

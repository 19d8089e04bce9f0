package dev.naru.log;

import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A thread that does something for all logs now and then. */
final class Maintenance implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Maintenance.class);

  /** What is done; {@code round} counts from 1. */
  interface Round {
    void run(int round);
  }

  private final Thread thread;
  private final LongSupplier periodMs;
  private final Round task;
  private volatile boolean closed;

  Maintenance(String name, LongSupplier periodMs, Round task) {
    this.thread = new Thread(this::run, name);
    this.periodMs = periodMs;
    this.task = task;
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  boolean isClosed() {
    return closed;
  }

  private void run() {
    for (int round = 1; !waitOrClosed(); round++) {
      try {
        task.run(round);
      } catch (RuntimeException | OutOfMemoryError e) {
        LOG.error("{} met a defect; it goes on with the next round", thread.getName(), e);
      }
    }
  }

  @SuppressWarnings("WaitNotInLoop") // waking early only means looking around early
  private synchronized boolean waitOrClosed() {
    if (!closed) {
      try {
        wait(Math.max(1, periodMs.getAsLong()));
      } catch (InterruptedException e) {
        closed = true;
      }
    }
    return closed;
  }

  /** Waits for the round that runs. */
  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      notifyAll();
    }
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}

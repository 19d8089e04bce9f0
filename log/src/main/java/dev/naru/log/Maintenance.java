package dev.naru.log;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The one thread that looks after all logs now and then. */
final class Maintenance implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Maintenance.class);
  private static final long TICK_MS = 1000;
  private static final int TICKS_PER_ROUND = 5;

  private final LogStore store;
  private final LogClock clock;
  private final Thread thread = new Thread(this::run, "naru-log-maintenance");
  private boolean closed;

  Maintenance(LogStore store, LogClock clock) {
    this.store = store;
    this.clock = clock;
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  private void run() {
    for (int tick = 1; !waitOrClosed(); tick++) {
      try {
        store.maintain(clock.nowMs(), tick % TICKS_PER_ROUND == 0);
      } catch (RuntimeException e) {
        LOG.error("Maintenance met a defect; it goes on with the next round", e);
      }
    }
  }

  @SuppressWarnings("WaitNotInLoop") // waking early only means looking around early
  private synchronized boolean waitOrClosed() {
    if (!closed) {
      try {
        wait(TICK_MS);
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

package dev.naru.log;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.kafka.common.errors.KafkaStorageException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether a log serves, who waits for its records to become durable, and who listens to it.
 *
 * <p>Callbacks and listeners are told without the log's lock. A failure is met where the lock is
 * held: there it is only marked ({@link #markFailed}), and it is told ({@link #tellIfFailed}) once
 * the lock is free.
 */
final class LogStatus {
  private static final Logger LOG = LoggerFactory.getLogger(LogStatus.class);

  private final PartitionLog log;

  /** The log's lock. */
  private final Object lock;

  private final CopyOnWriteArrayList<LogListener> listeners = new CopyOnWriteArrayList<>();
  private final DurableQueue waiters = new DurableQueue();
  private volatile Throwable failure;
  private volatile boolean failureUntold;
  private volatile boolean closed;

  LogStatus(PartitionLog log, Object lock) {
    this.log = log;
    this.lock = lock;
  }

  /** Who waits for what to become durable; only with the lock. */
  DurableQueue waiters() {
    return waiters;
  }

  void addListener(LogListener listener) {
    listeners.add(listener);
  }

  void removeListener(LogListener listener) {
    listeners.remove(listener);
  }

  boolean serves() {
    return failure == null && !closed;
  }

  /** Why the log is offline; null when it is not. */
  Throwable failure() {
    return failure;
  }

  void requireServing() {
    if (!serves()) {
      throw offlineException();
    }
  }

  /** What a caller is told whose log does not serve. */
  KafkaStorageException offlineException() {
    Throwable cause = failure;
    return cause == null
        ? new KafkaStorageException(log.id() + " is closed")
        : new KafkaStorageException(log.id() + " is offline: " + cause.getMessage(), cause);
  }

  /** The log ends; it does not serve any more. With the lock. */
  void markClosed() {
    closed = true;
  }

  /** A log that cannot be opened is offline from the start; nobody listens yet. */
  void begunOffline(Throwable cause) {
    failure = cause;
  }

  /**
   * Takes the log offline; the first cause counts. Whoever marks it calls {@link #tellIfFailed}.
   */
  void markFailed(Throwable cause) {
    synchronized (lock) {
      if (failure == null) {
        failure = cause;
        failureUntold = true;
      }
    }
  }

  /** Takes the log offline and says so. Without the lock. */
  void fail(Throwable cause) {
    markFailed(cause);
    tellIfFailed();
  }

  /**
   * Tells a failure that was marked, once. Nothing happens while the lock is held further up the
   * stack: who holds it tells.
   */
  void tellIfFailed() {
    if (!failureUntold || Thread.holdsLock(lock)) {
      return;
    }
    List<DurableCallback> lost;
    synchronized (lock) {
      if (!failureUntold) {
        return;
      }
      failureUntold = false;
      lost = waiters.takeBeyond(-1);
    }
    if (failure instanceof LogTakenException) {
      LOG.info("{} is served by another node now ({})", log.id(), failure.getMessage());
    } else {
      LOG.error("{} is offline; nothing is acknowledged from it any more", log.id(), failure);
    }
    complete(lost, offlineException());
    for (LogListener listener : listeners) {
      listener.onFailure(log, failure);
    }
  }

  /** Without the lock. */
  void complete(List<DurableCallback> callbacks, Throwable problem) {
    for (DurableCallback callback : callbacks) {
      try {
        callback.complete(problem);
      } catch (RuntimeException e) {
        LOG.error("{}: a callback failed", log.id(), e);
      }
    }
  }

  /** Without the lock. */
  void tellProgress() {
    for (LogListener listener : listeners) {
      try {
        listener.onProgress(log);
      } catch (RuntimeException e) {
        LOG.error("{}: a listener failed", log.id(), e);
      }
    }
  }
}

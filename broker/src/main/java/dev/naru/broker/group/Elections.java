package dev.naru.broker.group;

import dev.naru.broker.Timers;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.errors.NotCoordinatorException;
import org.apache.kafka.coordinator.group.GroupCoordinator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which partitions of {@code __consumer_offsets} this node coordinates, and how it gets back one
 * that failed.
 *
 * <p>A partition is coordinated for as long as this node leads it in one leader epoch, over the log
 * that it was loaded from and no other. When leadership goes it is resigned at once, and so it is
 * when the epoch is another one: another node may have written to the log in between.
 *
 * <p>A partition whose log failed under the coordinator is resigned, so that everything that was
 * not acknowledged is forgotten; then it is elected again, with growing pauses. What the failed
 * append may have left is cut when it is loaded again, if it is still the same log: of one that was
 * opened anew nobody knows whose its last records are. Kafka's runtime only wants epochs that grow,
 * so they are counted here and are not the partition's leader epochs. Any thread.
 */
final class Elections {
  private static final Logger LOG = LoggerFactory.getLogger(Elections.class);
  private static final long FIRST_RETRY_MS = 100;
  private static final long MAX_RETRY_MS = 5_000;
  private static final long NO_CUT = Long.MAX_VALUE;

  private final Timers timers;
  private final Executor executor;
  private final ConcurrentHashMap<Integer, Tenure> tenures = new ConcurrentHashMap<>();
  private GroupCoordinator coordinator;
  private volatile boolean closed;

  Elections(Timers timers, Executor executor) {
    this.timers = timers;
    this.executor = executor;
  }

  /** Before anything else is called. */
  void bind(GroupCoordinator groupCoordinator) {
    coordinator = groupCoordinator;
  }

  /**
   * Elects and resigns what changed, so that exactly these partitions are coordinated here.
   *
   * @param leaderEpochs the epochs in which this node leads, by partition
   */
  void lead(Map<Integer, Integer> leaderEpochs) {
    leaderEpochs.forEach(
        (index, leaderEpoch) -> {
          Tenure tenure = tenure(index);
          synchronized (tenure) {
            if (!tenure.led || tenure.leaderEpoch != leaderEpoch) {
              end(tenure);
              tenure.led = true;
              tenure.leaderEpoch = leaderEpoch;
              elect(tenure);
            }
          }
        });
    for (Tenure tenure : tenures.values()) {
      synchronized (tenure) {
        if (tenure.led && !leaderEpochs.containsKey(tenure.index)) {
          end(tenure);
        }
      }
    }
  }

  private void end(Tenure tenure) {
    tenure.led = false;
    tenure.cutLog = null;
    tenure.failures.set(0);
    if (tenure.elected) {
      resign(tenure, OptionalInt.empty());
    }
  }

  /** The partition's log was taken away, or is another one: what was loaded says nothing of it. */
  void departed(int index) {
    Tenure tenure = tenures.get(index);
    if (tenure == null) {
      return;
    }
    synchronized (tenure) {
      if (tenure.led && !closed) {
        if (tenure.elected) {
          resign(tenure, OptionalInt.empty());
        }
        tenure.failures.set(0);
        elect(tenure);
      }
    }
  }

  /**
   * Completes when the partition is loaded, or exceptionally when it failed; complete already while
   * it serves.
   */
  CompletableFuture<Void> whenActive(int index) {
    return tenure(index).active;
  }

  boolean isActive(int index) {
    Tenure tenure = tenures.get(index);
    return tenure != null && tenure.active.isDone();
  }

  /**
   * Everything was read from a log: it is the one that the coordinator writes to from now on.
   *
   * @param epoch of the election that it was read for
   * @param told tells the runtime; not called when that election is over
   */
  void loaded(int index, int epoch, OffsetsLog log, Runnable told) {
    Tenure tenure = tenure(index);
    synchronized (tenure) {
      if (isCurrent(tenure, epoch)) {
        tenure.serving = log;
        tenure.cutLog = null;
        told.run();
      }
    }
  }

  /** The coordinator loaded the partition and serves. */
  void activated(int index) {
    Tenure tenure = tenure(index);
    synchronized (tenure) {
      if (tenure.serving != null) {
        tenure.active.complete(null);
      }
    }
  }

  /** An append that went well: the next failure is a first one again. */
  void appended(int index) {
    Tenure tenure = tenures.get(index);
    if (tenure != null && tenure.failures.get() != 0) {
      tenure.failures.set(0);
    }
  }

  /**
   * The log that the coordinator's state belongs to; null while nothing may be appended because the
   * partition was resigned, or must be loaded again.
   */
  OffsetsLog serving(int index) {
    Tenure tenure = tenures.get(index);
    return tenure == null ? null : tenure.serving;
  }

  /** Where this log must be cut before it is loaded; {@code Long.MAX_VALUE} for nowhere. */
  long cutTo(int index, OffsetsLog log) {
    Tenure tenure = tenure(index);
    synchronized (tenure) {
      return log.equals(tenure.cutLog) ? tenure.cutTo : NO_CUT;
    }
  }

  /**
   * A log failed that the partition was coordinated over.
   *
   * @param cutTo end of what is known to be good, or {@code Long.MAX_VALUE}
   */
  void broke(int index, OffsetsLog log, long cutTo, Throwable cause) {
    Tenure tenure = tenure(index);
    int broken;
    synchronized (tenure) {
      if (closed || !log.equals(tenure.serving)) {
        return;
      }
      tenure.serving = null;
      tenure.cutLog = log;
      tenure.cutTo = cutTo;
      broken = tenure.epoch;
    }
    LOG.error(
        "Partition {} of the offsets topic failed; its groups are loaded again", index, cause);
    onExecutor(
        () -> {
          synchronized (tenure) {
            if (isCurrent(tenure, broken)) {
              resign(tenure, OptionalInt.of(tenure.epoch + 1));
              retry(tenure);
            }
          }
        });
  }

  /** The leader epoch in which this node leads a partition. */
  int leaderEpoch(int index) {
    Tenure tenure = tenure(index);
    synchronized (tenure) {
      return tenure.leaderEpoch;
    }
  }

  /** Whether a load for an election is still wanted. */
  boolean isCurrent(int index, int epoch) {
    Tenure tenure = tenure(index);
    synchronized (tenure) {
      return isCurrent(tenure, epoch);
    }
  }

  private static boolean isCurrent(Tenure tenure, int epoch) {
    return tenure.elected && tenure.epoch == epoch;
  }

  /**
   * Names the election that a load belongs to. The runtime begins one load for each election, in
   * their order, and each may be late: the partition may have left and come back meanwhile.
   */
  int loading(int index) {
    Tenure tenure = tenure(index);
    synchronized (tenure) {
      Integer epoch = tenure.toLoad.poll();
      return epoch == null ? tenure.epoch : epoch;
    }
  }

  /**
   * The partition could not be loaded; it is tried again later.
   *
   * @param told tells the runtime; not called when the election is over that it was loaded for
   */
  void loadFailed(int index, int epoch, Runnable told) {
    Tenure tenure = tenure(index);
    synchronized (tenure) {
      if (isCurrent(tenure, epoch)) {
        told.run();
        resign(tenure, OptionalInt.empty());
        retry(tenure);
      }
    }
  }

  void close() {
    closed = true;
  }

  private Tenure tenure(int index) {
    return tenures.computeIfAbsent(index, Tenure::new);
  }

  private void elect(Tenure tenure) {
    if (tenure.active.isDone()) {
      tenure.active = new CompletableFuture<>();
    }
    tenure.elected = true;
    tenure.epoch++;
    tenure.toLoad.add(tenure.epoch);
    coordinator.onElection(tenure.index, tenure.epoch);
  }

  private void resign(Tenure tenure, OptionalInt epoch) {
    tenure.active.completeExceptionally(new NotCoordinatorException("resigned"));
    if (tenure.active.isDone() && !tenure.active.isCompletedExceptionally()) {
      tenure.active =
          CompletableFuture.failedFuture(new NotCoordinatorException("partition resigned"));
    }
    tenure.elected = false;
    tenure.serving = null;
    tenure.epoch++;
    coordinator.onResignation(tenure.index, epoch);
  }

  private void retry(Tenure tenure) {
    int failures = Math.min(tenure.failures.getAndIncrement(), 6);
    long delayMs = Math.min(MAX_RETRY_MS, FIRST_RETRY_MS << failures);
    timers.schedule(
        delayMs,
        () ->
            onExecutor(
                () -> {
                  synchronized (tenure) {
                    if (tenure.led && !tenure.elected && !closed) {
                      elect(tenure);
                    }
                  }
                }));
  }

  private void onExecutor(Runnable task) {
    if (closed) {
      return;
    }
    try {
      executor.execute(task);
    } catch (RejectedExecutionException e) {
      LOG.debug("The group coordinator is closing", e);
    }
  }

  /** One partition's state; written under its own lock. */
  private static final class Tenure {
    final int index;
    boolean led;
    int leaderEpoch;

    /** Counts elections and resignations. */
    int epoch;

    boolean elected;

    /** Elections that the runtime was told of, and has not begun to load for. */
    final Queue<Integer> toLoad = new ArrayDeque<>();

    /** The log that broke, if one did, and the end of what is good in it. */
    OffsetsLog cutLog;

    long cutTo = NO_CUT;
    final AtomicInteger failures = new AtomicInteger();
    volatile OffsetsLog serving;
    volatile CompletableFuture<Void> active = new CompletableFuture<>();

    Tenure(int index) {
      this.index = index;
    }
  }
}

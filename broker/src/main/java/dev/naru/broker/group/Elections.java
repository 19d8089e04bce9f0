package dev.naru.broker.group;

import dev.naru.broker.Timers;
import java.util.OptionalInt;
import java.util.Set;
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
 * <p>A partition whose log failed under the coordinator is resigned, so that everything that was
 * not acknowledged is forgotten; what the failed append may have left is cut when it is loaded
 * again; then it is elected again, with growing pauses. Kafka's runtime only wants epochs that
 * grow, so they are counted here and are not the partition's leader epochs. Any thread.
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

  /** Elects and resigns what changed, so that exactly these partitions are coordinated here. */
  void lead(Set<Integer> partitions) {
    for (int index : partitions) {
      Tenure tenure = tenure(index);
      synchronized (tenure) {
        if (!tenure.led) {
          tenure.led = true;
          elect(tenure);
        }
      }
    }
    for (Tenure tenure : tenures.values()) {
      synchronized (tenure) {
        if (tenure.led && !partitions.contains(tenure.index)) {
          tenure.led = false;
          resign(tenure, OptionalInt.empty());
        }
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

  /** The coordinator loaded the partition and serves. */
  void activated(int index) {
    Tenure tenure = tenure(index);
    synchronized (tenure) {
      tenure.broken = false;
      tenure.cutTo = NO_CUT;
      tenure.active.complete(null);
    }
  }

  /** An append that went well: the next failure is a first one again. */
  void appended(int index) {
    Tenure tenure = tenures.get(index);
    if (tenure != null && tenure.failures.get() != 0) {
      tenure.failures.set(0);
    }
  }

  /** Whether nothing may be appended until the partition has been loaded again. */
  boolean isBroken(int index) {
    Tenure tenure = tenures.get(index);
    return tenure != null && tenure.broken;
  }

  /** Where the log must be cut before it is loaded; {@code Long.MAX_VALUE} for nowhere. */
  long cutTo(int index) {
    Tenure tenure = tenure(index);
    synchronized (tenure) {
      return tenure.cutTo;
    }
  }

  /**
   * The log failed while the partition was coordinated here.
   *
   * @param cutTo end of what is known to be good, or {@code Long.MAX_VALUE}
   */
  void broke(int index, long cutTo, Throwable cause) {
    Tenure tenure = tenure(index);
    synchronized (tenure) {
      tenure.cutTo = Math.min(tenure.cutTo, cutTo);
      if (tenure.broken || closed) {
        return;
      }
      tenure.broken = true;
    }
    LOG.error(
        "Partition {} of the offsets topic failed; its groups are loaded again", index, cause);
    onExecutor(
        () -> {
          synchronized (tenure) {
            if (tenure.elected) {
              resign(tenure, OptionalInt.of(tenure.epoch + 1));
              retry(tenure);
            }
          }
        });
  }

  /** Names the election that a load belongs to. */
  int epoch(int index) {
    Tenure tenure = tenure(index);
    synchronized (tenure) {
      return tenure.epoch;
    }
  }

  /** The partition could not be loaded; it is tried again later. */
  void loadFailed(int index, int epoch) {
    Tenure tenure = tenure(index);
    synchronized (tenure) {
      if (tenure.elected && tenure.epoch == epoch) {
        tenure.elected = false;
        tenure.active.completeExceptionally(new NotCoordinatorException("loading failed"));
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
    coordinator.onElection(tenure.index, tenure.epoch);
  }

  private void resign(Tenure tenure, OptionalInt epoch) {
    tenure.active.completeExceptionally(new NotCoordinatorException("resigned"));
    if (tenure.active.isDone() && !tenure.active.isCompletedExceptionally()) {
      tenure.active =
          CompletableFuture.failedFuture(new NotCoordinatorException("partition resigned"));
    }
    tenure.elected = false;
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
    int epoch;
    long cutTo = NO_CUT;
    boolean elected;
    final AtomicInteger failures = new AtomicInteger();
    volatile boolean broken;
    volatile CompletableFuture<Void> active = new CompletableFuture<>();

    Tenure(int index) {
      this.index = index;
    }
  }
}

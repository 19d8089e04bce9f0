package dev.naru.broker.txn;

import dev.naru.broker.Timers;
import dev.naru.broker.txn.MarkerWriter.Marker;
import dev.naru.broker.txn.TransactionCommand.Complete;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.protocol.Errors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings decided ends of transactions to completion: a marker into every partition, again and again
 * until it is there, then the completion into the transaction's own log. Any thread.
 */
final class TransactionMarkers {
  private static final Logger LOG = LoggerFactory.getLogger(TransactionMarkers.class);
  private static final long MIN_BACKOFF_MS = 20;
  private static final long MAX_BACKOFF_MS = 1000;
  // About once a minute at the largest back-off.
  private static final int WARN_EVERY_ATTEMPTS = 60;

  private final MarkerWriter writer;
  private final Predicate<TopicPartition> exists;
  private final Timers timers;
  private final ConcurrentHashMap<String, Completion> completions = new ConcurrentHashMap<>();

  /**
   * @param exists whether a partition is in the metadata; one that was deleted needs no marker
   */
  TransactionMarkers(MarkerWriter writer, Predicate<TopicPartition> exists, Timers timers) {
    this.writer = writer;
    this.exists = exists;
    this.timers = timers;
  }

  /** Begins, unless the same end is under way already. */
  void start(TransactionPartition owner, Transaction prepared) {
    Completion completion = new Completion(owner, prepared);
    Completion previous = completions.put(prepared.transactionalId(), completion);
    if (previous != null) {
      previous.cancelled = true;
    }
    completion.begin();
  }

  /** Drops what is under way for a partition: whoever coordinates it next begins anew. */
  void forget(TransactionPartition owner) {
    completions
        .values()
        .removeIf(
            completion -> {
              boolean its = completion.owner == owner;
              completion.cancelled |= its;
              return its;
            });
  }

  /** The partitions of a decided end that still lack their marker, or null. */
  Set<TopicPartition> outstanding(String transactionalId) {
    Completion completion = completions.get(transactionalId);
    return completion == null ? null : Set.copyOf(completion.remaining);
  }

  private final class Completion {
    private final TransactionPartition owner;
    private final Transaction prepared;
    private final Set<TopicPartition> remaining = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean finishing = new AtomicBoolean();
    private volatile boolean cancelled;

    Completion(TransactionPartition owner, Transaction prepared) {
      this.owner = owner;
      this.prepared = prepared;
      remaining.addAll(prepared.partitions());
    }

    void begin() {
      if (!wanted()) {
        return;
      }
      for (TopicPartition partition : prepared.partitions()) {
        write(partition, 0);
      }
      finishIfDone();
    }

    private boolean wanted() {
      if (!cancelled && owner.isCurrent(prepared)) {
        return true;
      }
      completions.remove(prepared.transactionalId(), this);
      return false;
    }

    private void write(TopicPartition partition, int attempt) {
      if (attempt > 0 && !wanted()) {
        return;
      }
      if (!exists.test(partition)) {
        LOG.info(
            "{} is gone: the transaction of {} ends without it",
            partition,
            prepared.transactionalId());
        done(partition);
        return;
      }
      Marker marker =
          new Marker(
              prepared.producerId(),
              prepared.producerEpoch(),
              owner.coordinatorEpoch(),
              prepared.result(),
              prepared.clientVersion().featureLevel());
      writer
          .write(partition, marker)
          .whenComplete(
              (written, failure) -> {
                if (failure == null) {
                  done(partition);
                } else {
                  onFailure(partition, failure, attempt);
                }
              });
    }

    private void onFailure(TopicPartition partition, Throwable failure, int attempt) {
      if (Errors.forException(failure) == Errors.INVALID_PRODUCER_EPOCH) {
        // Its log has seen a newer epoch, so there is nothing of this transaction left to end.
        LOG.warn(
            "{} refuses the marker of {} as outdated: {}",
            partition,
            prepared.transactionalId(),
            failure.getMessage());
        done(partition);
        return;
      }
      if (attempt % WARN_EVERY_ATTEMPTS == 0) {
        LOG.warn(
            "The marker of {} cannot be written to {}, attempt {}; trying again",
            prepared.transactionalId(),
            partition,
            attempt + 1,
            failure);
      }
      timers.schedule(backoffMs(attempt), () -> write(partition, attempt + 1));
    }

    private void done(TopicPartition partition) {
      remaining.remove(partition);
      finishIfDone();
    }

    private void finishIfDone() {
      if (remaining.isEmpty() && finishing.compareAndSet(false, true)) {
        finish(0);
      }
    }

    private void finish(int attempt) {
      if (!wanted()) {
        return;
      }
      owner
          .run(new Complete(prepared), 0)
          .thenAccept(
              answer -> {
                if (answer.error() == Errors.NONE) {
                  completions.remove(prepared.transactionalId(), this);
                } else {
                  timers.schedule(backoffMs(attempt), () -> finish(attempt + 1));
                }
              });
    }
  }

  private static long backoffMs(int attempt) {
    return Math.min(MAX_BACKOFF_MS, MIN_BACKOFF_MS << Math.min(attempt, 10));
  }
}

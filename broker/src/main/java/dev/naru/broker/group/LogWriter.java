package dev.naru.broker.group;

import dev.naru.broker.Timers;
import dev.naru.broker.txn.TransactionVerifier;
import dev.naru.log.LogListener;
import dev.naru.log.PartitionLog;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.coordinator.common.runtime.PartitionWriter;
import org.apache.kafka.storage.internals.log.LogConfig;
import org.apache.kafka.storage.internals.log.VerificationGuard;

/**
 * Writes the coordinator's records into our partition logs, and tells it how far they are durable.
 * Called by the coordinator's event threads.
 */
final class LogWriter implements PartitionWriter {
  /** TxnOffsetCommit up to this version comes from producers of the first transaction protocol. */
  private static final int LAST_VERSION_BEFORE_TRANSACTIONS_V2 = 4;

  /** Up to this version, clients do not know {@code TRANSACTION_ABORTABLE}. */
  private static final int LAST_VERSION_WITHOUT_ABORTABLE = 3;

  private final Function<TopicPartition, OffsetsLog> logs;
  private final Elections elections;
  private final Supplier<TransactionVerifier> verifier;
  private final Timers timers;
  private final Map<Listener, Progress> listeners = new ConcurrentHashMap<>();

  /**
   * Our guards by the coordinator's. Weak, since a commit that fails between its verification and
   * its append never comes back for its guard.
   */
  private final Map<VerificationGuard, dev.naru.log.VerificationGuard> guards =
      Collections.synchronizedMap(new WeakHashMap<>());

  private volatile SizedConfig config = new SizedConfig(-1, null);

  LogWriter(
      Function<TopicPartition, OffsetsLog> logs,
      Elections elections,
      Supplier<TransactionVerifier> verifier,
      Timers timers) {
    this.logs = logs;
    this.elections = elections;
    this.verifier = verifier;
    this.timers = timers;
  }

  @Override
  public void registerListener(TopicPartition tp, Listener listener) {
    Progress progress = new Progress(tp, serving(tp), listener);
    listeners.put(listener, progress);
    progress.log.addListener(progress);
    elections.activated(tp.partition());
    // What became durable between the end of loading and now.
    progress.onProgress(null);
  }

  @Override
  public void deregisterListener(TopicPartition tp, Listener listener) {
    Progress progress = listeners.remove(listener);
    if (progress != null) {
      progress.retire();
    }
  }

  @Override
  public LogConfig config(TopicPartition tp) {
    int maxMessageBytes = log(tp).maxMessageBytes();
    SizedConfig current = config;
    if (current.maxMessageBytes != maxMessageBytes) {
      current =
          new SizedConfig(
              maxMessageBytes,
              new LogConfig(Map.of(TopicConfig.MAX_MESSAGE_BYTES_CONFIG, maxMessageBytes)));
      config = current;
    }
    return current.config;
  }

  @Override
  public long append(
      TopicPartition tp,
      VerificationGuard verificationGuard,
      MemoryRecords records,
      short transactionVersion) {
    OffsetsLog log = serving(tp);
    long endBefore = log.endOffset();
    long end;
    try {
      end =
          log.append(
              records.buffer(),
              guards.remove(verificationGuard),
              timers.nowMs(),
              (short) Math.max(0, transactionVersion));
    } catch (RuntimeException | Error e) {
      // The coordinator takes its state back to before the batch, so the log must stand there too.
      if (log.failure().isPresent() || log.endOffset() != endBefore) {
        elections.broke(tp.partition(), log, endBefore, e);
      }
      throw e;
    }
    elections.appended(tp.partition());
    return end;
  }

  @Override
  public CompletableFuture<VerificationGuard> maybeStartTransactionVerification(
      TopicPartition tp,
      String transactionalId,
      long producerId,
      short producerEpoch,
      int apiVersion) {
    boolean adds = apiVersion > LAST_VERSION_BEFORE_TRANSACTIONS_V2;
    dev.naru.log.VerificationGuard ours;
    try {
      ours = serving(tp).startVerification(producerId, producerEpoch, adds);
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
    if (ours == null) {
      return CompletableFuture.completedFuture(VerificationGuard.SENTINEL);
    }
    return verifier
        .get()
        .addOrVerify(
            transactionalId,
            producerId,
            producerEpoch,
            List.of(tp),
            adds ? TransactionVerifier.Mode.ADD : TransactionVerifier.Mode.VERIFY)
        .thenApply(errors -> guard(errors.getOrDefault(tp, Errors.NONE), apiVersion, ours))
        .toCompletableFuture();
  }

  private VerificationGuard guard(
      Errors error, int apiVersion, dev.naru.log.VerificationGuard ours) {
    if (error == Errors.PRODUCER_FENCED) {
      throw Errors.INVALID_PRODUCER_EPOCH.exception();
    }
    if (error == Errors.TRANSACTION_ABORTABLE && apiVersion <= LAST_VERSION_WITHOUT_ABORTABLE) {
      throw Errors.INVALID_TXN_STATE.exception();
    }
    if (error != Errors.NONE) {
      throw error.exception();
    }
    VerificationGuard theirs = new VerificationGuard();
    guards.put(theirs, ours);
    return theirs;
  }

  @Override
  public CompletableFuture<Void> deleteRecords(TopicPartition tp, long deleteBeforeOffset) {
    try {
      serving(tp).deleteRecords(deleteBeforeOffset);
      return CompletableFuture.completedFuture(null);
    } catch (ApiException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private OffsetsLog log(TopicPartition tp) {
    OffsetsLog log = logs.apply(tp);
    if (log == null) {
      throw Errors.NOT_LEADER_OR_FOLLOWER.exception();
    }
    return log;
  }

  /**
   * The log that the coordinator's state was loaded from. Operations that were queued before their
   * partition moved must not reach a log that somebody else wrote to in between.
   */
  private OffsetsLog serving(TopicPartition tp) {
    OffsetsLog log = elections.serving(tp.partition());
    if (log == null || !log.equals(logs.apply(tp))) {
      throw Errors.NOT_LEADER_OR_FOLLOWER.exception();
    }
    return log;
  }

  private record SizedConfig(int maxMessageBytes, LogConfig config) {}

  /** Tells the coordinator how far one partition is durable, never backwards. */
  private final class Progress implements LogListener {
    private final TopicPartition tp;
    private final OffsetsLog log;
    private final Listener listener;
    private long told = -1;
    private boolean retired;

    Progress(TopicPartition tp, OffsetsLog log, Listener listener) {
      this.tp = tp;
      this.log = log;
      this.listener = listener;
    }

    @Override
    public synchronized void onProgress(PartitionLog ignored) {
      long highWatermark = log.highWatermark();
      if (!retired && highWatermark > told) {
        told = highWatermark;
        listener.onHighWatermarkUpdated(tp, highWatermark);
      }
    }

    @Override
    public void onFailure(PartitionLog ignored, Throwable cause) {
      elections.broke(tp.partition(), log, Long.MAX_VALUE, cause);
    }

    void retire() {
      log.removeListener(this);
      synchronized (this) {
        retired = true;
      }
    }
  }
}

package dev.naru.broker.txn;

import dev.naru.broker.txn.TransactionCommand.AddPartitions;
import dev.naru.broker.txn.TransactionCommand.EndTransaction;
import dev.naru.broker.txn.TransactionCommand.InitProducerId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.requests.TransactionResult;
import org.apache.kafka.coordinator.transaction.TransactionState;
import org.apache.kafka.server.common.TransactionVersion;

/**
 * The transactional ids of one partition of {@code __transaction_state} (KIP-98, KIP-360, KIP-890).
 *
 * <p>Commands decide and change nothing; {@link #replay} alone changes state, live and in recovery.
 * Not thread-safe: its shell calls it under a lock, appends what it decided, and replays that.
 */
final class TransactionStateMachine {
  private final TransactionConfig config;
  private final Map<String, Transaction> transactions = new HashMap<>();
  // The open ones once more, so that looking for timeouts does not walk over idle ids.
  private final Map<String, Transaction> ongoing = new HashMap<>();

  TransactionStateMachine(TransactionConfig config) {
    this.config = config;
  }

  void replay(TransactionRecord record) {
    String id = record.transactionalId();
    Transaction next = record.value();
    if (next == null) {
      transactions.remove(id);
    } else {
      transactions.put(id, next);
    }
    if (next != null && next.state() == TransactionState.ONGOING) {
      ongoing.put(id, next);
    } else {
      ongoing.remove(id);
    }
  }

  /** The state of a transactional id, or null. */
  Transaction get(String transactionalId) {
    return transactions.get(transactionalId);
  }

  /** What is open of a transactional id, or null. */
  Transaction getOngoing(String transactionalId) {
    return ongoing.get(transactionalId);
  }

  Collection<Transaction> all() {
    return transactions.values();
  }

  Decision initProducerId(InitProducerId command, long spareProducerId, long nowMs) {
    Errors refusal = refusalOf(command);
    if (refusal != Errors.NONE) {
      return Decision.refuse(refusal);
    }
    Transaction current = transactions.get(command.transactionalId());
    if (current == null) {
      return spareProducerId == RecordBatch.NO_PRODUCER_ID
          ? Decision.needsProducerId()
          : initialized(
              Transaction.created(
                  command.transactionalId(), spareProducerId, timeoutMs(command), nowMs));
    }
    if (!knowsProducerId(current, command.expected())) {
      return Decision.refuse(Errors.PRODUCER_FENCED);
    }
    return switch (current.state()) {
      case EMPTY, COMPLETE_COMMIT, COMPLETE_ABORT ->
          initIdle(current, command, spareProducerId, nowMs);
      case ONGOING -> initOngoing(current, command, spareProducerId, nowMs);
      case PREPARE_COMMIT, PREPARE_ABORT -> Decision.refuse(Errors.CONCURRENT_TRANSACTIONS);
      case DEAD, PREPARE_EPOCH_FENCE -> throw neverStored(current);
    };
  }

  private Errors refusalOf(InitProducerId command) {
    if (command.transactionalId().isEmpty()) {
      return Errors.INVALID_REQUEST;
    }
    if (command.enable2Pc() && !config.twoPhaseCommit()) {
      return Errors.TRANSACTIONAL_ID_AUTHORIZATION_FAILED;
    }
    if (command.keepPreparedTxn()) {
      return Errors.UNSUPPORTED_VERSION;
    }
    boolean valid =
        command.enable2Pc()
            || (command.timeoutMs() > 0 && command.timeoutMs() <= config.maxTimeoutMs());
    return valid ? Errors.NONE : Errors.INVALID_TRANSACTION_TIMEOUT;
  }

  private static int timeoutMs(InitProducerId command) {
    return command.enable2Pc() ? Integer.MAX_VALUE : command.timeoutMs();
  }

  /** The epoch is looked at later; a rotated id is known by those who may have missed the news. */
  private static boolean knowsProducerId(Transaction current, ProducerIdentity expected) {
    return expected == null
        || expected.id() == current.producerId()
        || (expected.id() == current.prevProducerId()
            && expected.epoch() >= Transaction.LAST_CLIENT_EPOCH);
  }

  private static Decision initIdle(
      Transaction current, InitProducerId command, long spareProducerId, long nowMs) {
    ProducerIdentity expected = command.expected();
    boolean recordLastEpoch = expected != null;
    if (expected == null || expected.epoch() == current.producerEpoch()) {
      if (!current.epochExhausted()) {
        return initialized(current.bumped(timeoutMs(command), recordLastEpoch, nowMs));
      }
      return spareProducerId == RecordBatch.NO_PRODUCER_ID
          ? Decision.needsProducerId()
          : initialized(
              current.rotated(spareProducerId, timeoutMs(command), recordLastEpoch, nowMs));
    }
    // Nobody else initialised in between, or the last epoch would have been forgotten.
    if (expected.epoch() == current.lastProducerEpoch()) {
      return initialized(current.initializedAgain(timeoutMs(command), nowMs));
    }
    return Decision.refuse(Errors.PRODUCER_FENCED);
  }

  private static Decision initialized(Transaction next) {
    return Decision.append(next, Answer.of(next));
  }

  /**
   * The open transaction is aborted first, with an epoch that no client gets to see. A zombie must
   * not be able to do that to its successor.
   */
  private static Decision initOngoing(
      Transaction current, InitProducerId command, long spareProducerId, long nowMs) {
    ProducerIdentity expected = command.expected();
    if (expected != null && expected.epoch() != current.producerEpoch()) {
      return Decision.refuse(Errors.PRODUCER_FENCED);
    }
    if (current.epochExhausted() && spareProducerId == RecordBatch.NO_PRODUCER_ID) {
      return Decision.needsProducerId();
    }
    return Decision.appendAndDecideAgain(fenced(current, spareProducerId, nowMs));
  }

  private static Transaction fenced(Transaction current, long spareProducerId, long nowMs) {
    return current.prepared(
        TransactionResult.ABORT,
        TransactionVersion.TV_2,
        current.epochExhausted() ? spareProducerId : RecordBatch.NO_PRODUCER_ID,
        nowMs);
  }

  Decision addPartitions(AddPartitions command, long nowMs) {
    Transaction current = transactions.get(command.transactionalId());
    Errors refusal = refusalOf(current, command.producer());
    if (refusal != Errors.NONE) {
      return Decision.refuse(refusal);
    }
    if (current.state() == TransactionState.ONGOING
        && current.partitions().containsAll(command.partitions())) {
      return Decision.answer(Answer.of(Errors.NONE));
    }
    return Decision.append(
        current.withPartitions(command.partitions(), command.version(), nowMs),
        Answer.of(Errors.NONE));
  }

  private static Errors refusalOf(Transaction current, ProducerIdentity producer) {
    if (current == null || current.producerId() != producer.id()) {
      return Errors.INVALID_PRODUCER_ID_MAPPING;
    }
    if (current.producerEpoch() != producer.epoch()) {
      return Errors.PRODUCER_FENCED;
    }
    return current.isPrepared() ? Errors.CONCURRENT_TRANSACTIONS : Errors.NONE;
  }

  /** Whether partitions are in the open transaction: for each NONE, or why an append must fail. */
  Map<TopicPartition, Errors> verify(
      String transactionalId, ProducerIdentity producer, Collection<TopicPartition> partitions) {
    Transaction current = transactions.get(transactionalId);
    Errors refusal = refusalOf(current, producer);
    Map<TopicPartition, Errors> verdicts = new HashMap<>();
    for (TopicPartition partition : partitions) {
      Errors verdict = refusal;
      if (refusal == Errors.NONE && !current.partitions().contains(partition)) {
        verdict = Errors.TRANSACTION_ABORTABLE;
      }
      verdicts.put(partition, verdict);
    }
    return verdicts;
  }

  Decision endTransaction(EndTransaction command, long spareProducerId, long nowMs) {
    Transaction current = transactions.get(command.transactionalId());
    if (current == null) {
      return Decision.refuse(Errors.INVALID_PRODUCER_ID_MAPPING);
    }
    return command.version().supportsEpochBump()
        ? endV2(current, command, spareProducerId, nowMs)
        : endV1(current, command, nowMs);
  }

  private static Decision endV1(Transaction current, EndTransaction command, long nowMs) {
    if (current.producerId() != command.producer().id()) {
      return Decision.refuse(Errors.INVALID_PRODUCER_ID_MAPPING);
    }
    if (current.producerEpoch() != command.producer().epoch()) {
      return Decision.refuse(Errors.PRODUCER_FENCED);
    }
    boolean commit = command.result() == TransactionResult.COMMIT;
    Errors answer =
        switch (current.state()) {
          case ONGOING -> Errors.NONE;
          case COMPLETE_COMMIT -> commit ? Errors.NONE : Errors.INVALID_TXN_STATE;
          case COMPLETE_ABORT -> commit ? Errors.INVALID_TXN_STATE : Errors.NONE;
          case PREPARE_COMMIT, PREPARE_ABORT ->
              current.result() == command.result()
                  ? Errors.CONCURRENT_TRANSACTIONS
                  : Errors.INVALID_TXN_STATE;
          case EMPTY -> Errors.INVALID_TXN_STATE;
          case DEAD, PREPARE_EPOCH_FENCE -> throw neverStored(current);
        };
    if (current.state() != TransactionState.ONGOING) {
      return Decision.refuse(answer);
    }
    Transaction next =
        current.prepared(command.result(), command.version(), RecordBatch.NO_PRODUCER_ID, nowMs);
    return Decision.append(next, Answer.of(Errors.NONE));
  }

  private static Decision endV2(
      Transaction current, EndTransaction command, long spareProducerId, long nowMs) {
    ProducerIdentity producer = command.producer();
    boolean retryAfterRotation =
        current.prevProducerId() == producer.id()
            && producer.epoch() == Transaction.LAST_CLIENT_EPOCH
            && current.producerEpoch() == 0;
    boolean retryAfterBump = current.producerEpoch() == producer.epoch() + 1;
    if (current.producerId() != producer.id() && !retryAfterRotation) {
      return Decision.refuse(Errors.INVALID_PRODUCER_ID_MAPPING);
    }
    boolean same = producer.epoch() == current.producerEpoch();
    boolean retry = retryAfterBump || retryAfterRotation;
    boolean validEpoch =
        switch (current.state()) {
          case ONGOING, EMPTY -> same;
          // Its end was answered once it was prepared, so the client may be one transaction ahead.
          case PREPARE_COMMIT, PREPARE_ABORT -> same || retryAfterBump;
          case COMPLETE_COMMIT, COMPLETE_ABORT -> same || retry;
          case DEAD, PREPARE_EPOCH_FENCE -> throw neverStored(current);
        };
    if (!validEpoch) {
      return Decision.refuse(Errors.PRODUCER_FENCED);
    }
    if (current.isPrepared()) {
      return Decision.refuse(
          same || current.result() == command.result()
              ? Errors.CONCURRENT_TRANSACTIONS
              : endedOtherwise(command));
    }
    return current.state() == TransactionState.ONGOING
        ? endNow(current, command, spareProducerId, nowMs)
        : endIdleV2(current, command, retry, spareProducerId, nowMs);
  }

  /**
   * Without an open transaction, the old epoch repeats the last end, which is answered as it was;
   * the current epoch may abort, since a client cannot know whether its transaction had begun here.
   */
  private static Decision endIdleV2(
      Transaction current,
      EndTransaction command,
      boolean retry,
      long spareProducerId,
      long nowMs) {
    boolean commit = command.result() == TransactionResult.COMMIT;
    if (retry) {
      TransactionState asked =
          commit ? TransactionState.COMPLETE_COMMIT : TransactionState.COMPLETE_ABORT;
      return current.state() == asked
          ? Decision.answer(Answer.of(current))
          : Decision.refuse(endedOtherwise(command));
    }
    return commit
        ? Decision.refuse(Errors.INVALID_TXN_STATE)
        : endNow(current, command, spareProducerId, nowMs);
  }

  /**
   * What the old epoch is told when its transaction ended in another way than it asks for. A client
   * repeats its own end with the same result, so a commit that meets an abort comes too late: the
   * transaction outlived its timeout. Kafka Streams recovers from being fenced, while an invalid
   * state is the death of its thread (KAFKA-20785).
   */
  private static Errors endedOtherwise(EndTransaction command) {
    return command.result() == TransactionResult.COMMIT
        ? Errors.PRODUCER_FENCED
        : Errors.INVALID_TXN_STATE;
  }

  private static Decision endNow(
      Transaction current, EndTransaction command, long spareProducerId, long nowMs) {
    boolean rotates = current.epochExhausted();
    if (rotates && spareProducerId == RecordBatch.NO_PRODUCER_ID) {
      return Decision.needsProducerId();
    }
    Transaction next =
        current.prepared(
            command.result(),
            command.version(),
            rotates ? spareProducerId : RecordBatch.NO_PRODUCER_ID,
            nowMs);
    return Decision.append(next, Answer.of(next.completed(nowMs)));
  }

  Decision abortTimedOut(Transaction seen, long spareProducerId, long nowMs) {
    Transaction current = transactions.get(seen.transactionalId());
    boolean stillTheSame =
        current != null
            && current.producerId() == seen.producerId()
            && current.producerEpoch() == seen.producerEpoch()
            && current.state() == TransactionState.ONGOING
            && current.startMs() == seen.startMs();
    if (!stillTheSame) {
      return Decision.refuse(Errors.INVALID_TXN_STATE);
    }
    if (current.epochExhausted() && spareProducerId == RecordBatch.NO_PRODUCER_ID) {
      return Decision.needsProducerId();
    }
    return Decision.append(fenced(current, spareProducerId, nowMs), Answer.of(Errors.NONE));
  }

  Decision complete(Transaction prepared, long nowMs) {
    if (!prepared.equals(transactions.get(prepared.transactionalId()))) {
      return Decision.refuse(Errors.INVALID_TXN_STATE);
    }
    return Decision.append(prepared.completed(nowMs), Answer.of(Errors.NONE));
  }

  /** Transactions that were open for longer than their timeout. */
  List<Transaction> timedOut(ToLongFunction<Transaction> openMs) {
    return ongoing.values().stream()
        .filter(open -> open.timedOut(openMs.applyAsLong(open)))
        .toList();
  }

  Collection<Transaction> ongoing() {
    return ongoing.values();
  }

  /** Tombstones for ids that were idle for longer than they are kept. */
  List<TransactionRecord> expired(long nowMs) {
    return transactions.values().stream()
        .filter(idle -> idle.expired(nowMs, config.idExpirationMs()))
        .map(idle -> TransactionRecord.tombstone(idle.transactionalId()))
        .toList();
  }

  /** Transactions whose end is decided but not complete: what a restart goes on with. */
  List<Transaction> prepared() {
    List<Transaction> found = new ArrayList<>();
    for (Transaction transaction : transactions.values()) {
      if (transaction.isPrepared()) {
        found.add(transaction);
      }
    }
    return found;
  }

  private static IllegalStateException neverStored(Transaction transaction) {
    return new IllegalStateException(
        "Transactional id "
            + transaction.transactionalId()
            + " is in state "
            + transaction.state()
            + ", which is never stored");
  }
}

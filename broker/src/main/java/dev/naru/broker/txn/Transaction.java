package dev.naru.broker.txn;

import java.util.HashSet;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.requests.TransactionResult;
import org.apache.kafka.coordinator.transaction.TransactionState;
import org.apache.kafka.server.common.TransactionVersion;

/**
 * A transactional id's state. Immutable; each method that names a step gives the state after it.
 *
 * @param prevProducerId the producer id before the last step
 * @param nextProducerId the producer id that replaces an exhausted one when the end is complete, or
 *     -1
 * @param lastProducerEpoch the epoch before the last bump, as far as its client asked for the bump
 * @param startMs when the open transaction began, -1 without one
 */
record Transaction(
    String transactionalId,
    long producerId,
    long prevProducerId,
    long nextProducerId,
    short producerEpoch,
    short lastProducerEpoch,
    int timeoutMs,
    TransactionState state,
    Set<TopicPartition> partitions,
    long startMs,
    long lastUpdateMs,
    TransactionVersion clientVersion) {

  /** One below the largest: the coordinator keeps one epoch to fence with. */
  static final short LAST_CLIENT_EPOCH = Short.MAX_VALUE - 1;

  Transaction {
    partitions = Set.copyOf(partitions);
  }

  static Transaction created(String transactionalId, long producerId, int timeoutMs, long nowMs) {
    return new Transaction(
        transactionalId,
        producerId,
        producerId,
        RecordBatch.NO_PRODUCER_ID,
        (short) 0,
        RecordBatch.NO_PRODUCER_EPOCH,
        timeoutMs,
        TransactionState.EMPTY,
        Set.of(),
        -1,
        nowMs,
        TransactionVersion.TV_0);
  }

  boolean epochExhausted() {
    return producerEpoch >= LAST_CLIENT_EPOCH;
  }

  boolean isPrepared() {
    return state == TransactionState.PREPARE_COMMIT || state == TransactionState.PREPARE_ABORT;
  }

  /** How a prepared transaction ends. */
  TransactionResult result() {
    return state == TransactionState.PREPARE_COMMIT
        ? TransactionResult.COMMIT
        : TransactionResult.ABORT;
  }

  /**
   * A two-phase commit transaction (KIP-939) has no timeout.
   *
   * @param openMs for how long it has been open
   */
  boolean timedOut(long openMs) {
    return state == TransactionState.ONGOING
        && timeoutMs != Integer.MAX_VALUE
        && openMs > timeoutMs;
  }

  boolean expired(long nowMs, long expirationMs) {
    return state.isExpirationAllowed() && lastUpdateMs <= nowMs - expirationMs;
  }

  /** InitProducerId gives the next epoch, which fences whoever has this one. */
  Transaction bumped(int newTimeoutMs, boolean recordLastEpoch, long nowMs) {
    if (epochExhausted()) {
      throw new IllegalStateException("No epoch is left for producer " + producerId);
    }
    return initialized(
        producerId, (short) (producerEpoch + 1), recordLastEpoch, newTimeoutMs, nowMs);
  }

  /** InitProducerId gives a new producer id since this one has no epoch left. */
  Transaction rotated(long newProducerId, int newTimeoutMs, boolean recordLastEpoch, long nowMs) {
    return initialized(newProducerId, (short) 0, recordLastEpoch, newTimeoutMs, nowMs);
  }

  private Transaction initialized(
      long newProducerId, short newEpoch, boolean recordLastEpoch, int newTimeoutMs, long nowMs) {
    checkFollows(TransactionState.EMPTY);
    return new Transaction(
        transactionalId,
        newProducerId,
        producerId,
        RecordBatch.NO_PRODUCER_ID,
        newEpoch,
        recordLastEpoch ? producerEpoch : RecordBatch.NO_PRODUCER_EPOCH,
        newTimeoutMs,
        TransactionState.EMPTY,
        Set.of(),
        -1,
        nowMs,
        clientVersion);
  }

  /** InitProducerId was sent again by a client that missed the answer: nothing is bumped. */
  Transaction initializedAgain(int newTimeoutMs, long nowMs) {
    checkFollows(TransactionState.EMPTY);
    return new Transaction(
        transactionalId,
        producerId,
        prevProducerId,
        RecordBatch.NO_PRODUCER_ID,
        producerEpoch,
        lastProducerEpoch,
        newTimeoutMs,
        TransactionState.EMPTY,
        Set.of(),
        -1,
        nowMs,
        clientVersion);
  }

  Transaction withPartitions(Set<TopicPartition> added, TransactionVersion version, long nowMs) {
    checkFollows(TransactionState.ONGOING);
    boolean begins = state != TransactionState.ONGOING;
    Set<TopicPartition> all = new HashSet<>(added);
    if (!begins) {
      all.addAll(partitions);
    }
    return new Transaction(
        transactionalId,
        producerId,
        producerId,
        RecordBatch.NO_PRODUCER_ID,
        producerEpoch,
        lastProducerEpoch,
        timeoutMs,
        TransactionState.ONGOING,
        all,
        begins ? nowMs : startMs,
        nowMs,
        version);
  }

  /**
   * The end is decided. Transactions v2 bump the epoch, so that nothing late can slip into the next
   * transaction.
   *
   * @param newNextProducerId what the producer id is replaced with when the end is complete, or -1
   */
  Transaction prepared(
      TransactionResult result, TransactionVersion version, long newNextProducerId, long nowMs) {
    TransactionState next =
        result == TransactionResult.COMMIT
            ? TransactionState.PREPARE_COMMIT
            : TransactionState.PREPARE_ABORT;
    checkFollows(next);
    boolean bump = version.supportsEpochBump();
    // An epoch at its very end can only come from damage elsewhere: let the abort through.
    boolean canBump = bump && producerEpoch != Short.MAX_VALUE;
    return new Transaction(
        transactionalId,
        producerId,
        producerId,
        newNextProducerId,
        canBump ? (short) (producerEpoch + 1) : producerEpoch,
        bump ? producerEpoch : lastProducerEpoch,
        timeoutMs,
        next,
        partitions,
        state == TransactionState.ONGOING ? startMs : nowMs,
        nowMs,
        version);
  }

  /** All markers are written. */
  Transaction completed(long nowMs) {
    TransactionState next =
        state == TransactionState.PREPARE_COMMIT
            ? TransactionState.COMPLETE_COMMIT
            : TransactionState.COMPLETE_ABORT;
    checkFollows(next);
    boolean rotates =
        clientVersion.supportsEpochBump() && nextProducerId != RecordBatch.NO_PRODUCER_ID;
    return new Transaction(
        transactionalId,
        rotates ? nextProducerId : producerId,
        producerId,
        RecordBatch.NO_PRODUCER_ID,
        rotates ? (short) 0 : producerEpoch,
        lastProducerEpoch,
        timeoutMs,
        next,
        Set.of(),
        startMs,
        nowMs,
        clientVersion);
  }

  private void checkFollows(TransactionState next) {
    if (!next.validPreviousStates().contains(state)) {
      throw new IllegalStateException(
          "Transactional id " + transactionalId + " cannot go from " + state + " to " + next);
    }
  }
}

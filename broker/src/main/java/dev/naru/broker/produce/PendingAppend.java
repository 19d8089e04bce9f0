package dev.naru.broker.produce;

import dev.naru.broker.partition.Partition;
import dev.naru.broker.partition.PartitionLookup;
import dev.naru.broker.partition.PartitionLookup.Leader;
import dev.naru.log.AppendOrigin;
import dev.naru.log.AppendSpec;
import dev.naru.log.Appended;
import dev.naru.log.VerificationGuard;
import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.errors.NotEnoughReplicasException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.message.ProduceResponseData.LeaderIdAndEpoch;
import org.apache.kafka.common.message.ProduceResponseData.PartitionProduceResponse;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One partition's share of a produce request, from check to answer. Event loop only, except for the
 * news that it is durable.
 */
final class PendingAppend {
  private static final Logger log = LoggerFactory.getLogger(PendingAppend.class);

  private final PartitionLookup partitions;
  private final RefusedSequences refused;
  private final String topic;
  private final Object topicKey;
  private final Partition partition;
  private final PartitionProduceResponse response;
  private BatchCheck.Checked checked;
  private VerificationGuard guard;
  private Appended appended;

  /** Why the log refuses it; it is told when this node is sure to be its owner. */
  private Throwable verdict;

  /** Why the records may be lost; written before {@link #waits} is lowered. */
  private Throwable failure;

  private volatile boolean waits;

  /**
   * @param topic null for an id that is not known
   * @param topicKey what the producer names it by: the id, or the name
   * @param partition null when it is not here; then this append has failed already
   */
  PendingAppend(
      PartitionLookup partitions,
      RefusedSequences refused,
      String topic,
      Object topicKey,
      Partition partition,
      PartitionProduceResponse response) {
    this.partitions = partitions;
    this.refused = refused;
    this.topic = topic;
    this.topicKey = topicKey;
    this.partition = partition;
    this.response = response;
    if (partition == null) {
      response.setErrorCode(partitions.absence(topic, response.index()).code());
    }
  }

  Partition partition() {
    return partition;
  }

  RecordBatch batch() {
    return checked.batch();
  }

  void guard(VerificationGuard given) {
    guard = given;
  }

  /** It has failed before anybody looked at its records. */
  void rememberRefused(RecordBatch batch) {
    if (Errors.forCode(response.errorCode()).exception() instanceof RetriableException) {
      refused.remember(topicKey, response.index(), batch);
    }
  }

  boolean failed() {
    return verdict != null || response.errorCode() != Errors.NONE.code();
  }

  /** Whether the log has refused it, and nobody may be told yet. */
  boolean awaitsVerdict() {
    return verdict != null;
  }

  /** Calls back, on any thread, once it is known what may be told. */
  void whenJudged(Runnable told) {
    waits = true;
    PartitionLookup.judged(partition, verdict)
        .whenComplete(
            (cause, problem) -> {
              failure = problem == null ? cause : problem;
              waits = false;
              told.run();
            });
  }

  /** The log refuses it. */
  void refuse(Throwable cause) {
    if (PartitionLookup.needsOwner(cause)) {
      verdict = cause;
    } else {
      fail(cause);
    }
  }

  /** Whether it was appended. */
  boolean mustBecomeDurable() {
    return appended != null && !failed();
  }

  /** Calls back, on any thread, once the records are durable or cannot be said to be. */
  void whenDurable(Runnable told) {
    waits = true;
    partition
        .log()
        .whenDurable(
            appended.lastOffset() + 1,
            problem -> {
              failure = problem;
              waits = false;
              told.run();
            });
  }

  /** Puts into the response how waiting for the disk ended. Only who answers calls it, once. */
  void conclude() {
    if (waits) {
      response.setErrorCode(Errors.REQUEST_TIMED_OUT.code());
    } else if (failure != null) {
      fail(failure);
    }
  }

  void check(MemoryRecords records, short version, long nowMs) {
    try {
      checked = BatchCheck.check(records, version, partition.settings(), nowMs);
      refused.check(topicKey, response.index(), checked.batch(), partition.log());
    } catch (RuntimeException e) {
      fail(e);
    }
  }

  void append(short acks, long nowMs) {
    try {
      if (acks == -1 && partition.settings().minInsyncReplicas() > 1) {
        requireInSync(partition.settings().minInsyncReplicas());
      }
      appended =
          partition
              .log()
              .append(
                  checked.bytes().duplicate(),
                  new AppendSpec(AppendOrigin.CLIENT, partition.leaderEpoch(), nowMs, guard));
      response.setBaseOffset(appended.baseOffset()).setLogStartOffset(appended.logStartOffset());
      if (partition.settings().timestampType() == TimestampType.LOG_APPEND_TIME) {
        response.setLogAppendTimeMs(nowMs);
      }
    } catch (RuntimeException e) {
      refuse(e);
    }
  }

  private void requireInSync(int replicas) {
    int inSync = partitions.inSync(partition.topicPartition());
    if (inSync < replicas) {
      throw new NotEnoughReplicasException(
          "The size of the current ISR of partition "
              + partition.topicPartition()
              + " is "
              + inSync
              + ", insufficient to satisfy min.insync.replicas="
              + replicas);
    }
  }

  /**
   * Says in the answer who leads the partition, if it is not this node.
   *
   * @return who, or null
   */
  Leader tellLeader() {
    if (response.errorCode() != Errors.NOT_LEADER_OR_FOLLOWER.code()) {
      return null;
    }
    Leader leader = partitions.leader(topic, response.index());
    if (leader != null) {
      response.setCurrentLeader(
          new LeaderIdAndEpoch().setLeaderId(leader.nodeId()).setLeaderEpoch(leader.epoch()));
    }
    return leader;
  }

  void fail(Throwable cause) {
    Errors error =
        cause instanceof InvalidRecordException
            ? Errors.INVALID_RECORD
            : partitions.errorOf(partition.topicPartition(), cause);
    if (error == Errors.UNKNOWN_SERVER_ERROR) {
      log.error("Append to {} failed", partition.topicPartition(), cause);
    }
    if (checked != null && error.exception() instanceof RetriableException) {
      refused.remember(topicKey, response.index(), checked.batch());
    }
    response
        .setErrorCode(error.code())
        .setErrorMessage(cause.getMessage())
        .setBaseOffset(-1)
        .setLogStartOffset(-1);
  }
}

package dev.naru.broker.produce;

import dev.naru.broker.Timers;
import dev.naru.broker.api.ApiHandler;
import dev.naru.broker.api.Request;
import dev.naru.broker.partition.PartitionLookup;
import dev.naru.broker.txn.TransactionVerifier;
import dev.naru.broker.txn.TransactionVerifier.Mode;
import dev.naru.log.VerificationGuard;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InvalidRequiredAcksException;
import org.apache.kafka.common.errors.TransactionalIdAuthorizationException;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.RecordBatch;

/**
 * Produce: checks every batch ({@link BatchCheck}), has transactions verified where they open at a
 * partition (KIP-890), appends, says <em>ordered</em>, and answers when everything is durable or
 * the request's {@code timeoutMs} has passed.
 */
public final class ProduceHandler implements ApiHandler {
  private static final short FIRST_VERSION_THAT_ADDS_TO_TRANSACTIONS = 12;
  private static final short FIRST_VERSION_BY_ID = 13;

  private final PartitionLookup partitions;
  private final TransactionVerifier transactions;
  private final Timers timers;
  private final ProduceTimeouts timeouts;
  private final RefusedSequences refused;
  private volatile boolean verifies = true;

  public ProduceHandler(
      PartitionLookup partitions, TransactionVerifier transactions, Timers timers) {
    this.partitions = partitions;
    this.transactions = transactions;
    this.timers = timers;
    this.timeouts = new ProduceTimeouts(timers);
    this.refused = new RefusedSequences(timers);
  }

  /**
   * {@code transaction.partition.verification.enable}: whether a producer of transactions v1 must
   * have added a partition to its transaction before it appends there. Any thread.
   */
  public void verifyTransactions(boolean verify) {
    verifies = verify;
  }

  @Override
  public ApiKeys api() {
    return ApiKeys.PRODUCE;
  }

  @Override
  public void handle(Request request) {
    ProduceRequestData data = request.data(ProduceRequestData.class);
    if (data.acks() < -1 || data.acks() > 1) {
      request.fail(
          new InvalidRequiredAcksException("acks is " + data.acks() + ", it must be -1, 0 or 1"));
      return;
    }
    ProduceCall call = new ProduceCall(request, data, partitions, timeouts, refused);
    long nowMs = timers.nowMs();
    List<PendingAppend> toVerify = new ArrayList<>(0);
    for (TopicProduceData topic : data.topicData()) {
      String name =
          request.version() < FIRST_VERSION_BY_ID
              ? topic.name()
              : partitions.topicName(topic.topicId());
      for (PartitionProduceData partition : topic.partitionData()) {
        PendingAppend append =
            call.add(
                name,
                topic,
                partition.index(),
                partitions.find(name, topic.topicId(), partition.index()));
        MemoryRecords records = (MemoryRecords) partition.records();
        if (append.failed()) {
          append.rememberRefused(BatchCheck.unchecked(records, request.version()));
          continue;
        }
        append.check(records, request.version(), nowMs);
        if (append.failed()) {
          continue;
        }
        if (append.batch().isTransactional() && data.transactionalId() == null) {
          request.fail(
              new TransactionalIdAuthorizationException(
                  "Transactional records need a transactional id in the request"));
          return;
        }
        if (needsVerification(append, request.version())) {
          toVerify.add(append);
        }
      }
    }
    if (toVerify.isEmpty()) {
      call.appendAll(nowMs);
    } else {
      verify(call, data.transactionalId(), toVerify);
    }
  }

  private boolean needsVerification(PendingAppend append, short version) {
    RecordBatch batch = append.batch();
    if (!batch.isTransactional()) {
      return false;
    }
    try {
      VerificationGuard guard =
          append
              .partition()
              .log()
              .startVerification(
                  batch.producerId(),
                  batch.producerEpoch(),
                  batch.baseSequence(),
                  version >= FIRST_VERSION_THAT_ADDS_TO_TRANSACTIONS);
      append.guard(guard);
      return guard != null && (verifies || version >= FIRST_VERSION_THAT_ADDS_TO_TRANSACTIONS);
    } catch (RuntimeException e) {
      append.refuse(e);
      return false;
    }
  }

  private void verify(ProduceCall call, String transactionalId, List<PendingAppend> appends) {
    RecordBatch first = appends.get(0).batch();
    Mode mode =
        call.request().version() >= FIRST_VERSION_THAT_ADDS_TO_TRANSACTIONS
            ? Mode.ADD
            : Mode.VERIFY;
    List<TopicPartition> names =
        appends.stream()
            .map(append -> append.partition().topicPartition())
            .collect(Collectors.toList());
    transactions
        .addOrVerify(transactionalId, first.producerId(), first.producerEpoch(), names, mode)
        .whenCompleteAsync(
            (errors, failure) -> {
              for (PendingAppend append : appends) {
                applyVerdict(append, errors, failure, mode);
              }
              call.appendAll(timers.nowMs());
            },
            call.request().executor());
  }

  private static void applyVerdict(
      PendingAppend append, Map<TopicPartition, Errors> errors, Throwable failure, Mode mode) {
    if (failure != null) {
      append.fail(failure);
      return;
    }
    Errors error =
        errors.getOrDefault(append.partition().topicPartition(), Errors.UNKNOWN_TOPIC_OR_PARTITION);
    if (error != Errors.NONE) {
      append.fail(VerificationErrors.forProducer(error, mode));
    }
  }
}

package dev.naru.broker.txn;

import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.requests.TransactionResult;
import org.apache.kafka.server.common.TransactionVersion;

/** What may be asked of the state machine. Deciding changes nothing; see {@link Decision}. */
sealed interface TransactionCommand {
  String transactionalId();

  /**
   * @param spareProducerId an unused producer id, or -1 while nobody asked for one
   */
  Decision decide(TransactionStateMachine machine, long spareProducerId, long nowMs);

  /**
   * @param expected who the client believes to be (KIP-360), null for a client that starts afresh
   */
  record InitProducerId(
      String transactionalId,
      int timeoutMs,
      boolean enable2Pc,
      boolean keepPreparedTxn,
      ProducerIdentity expected)
      implements TransactionCommand {
    @Override
    public Decision decide(TransactionStateMachine machine, long spareProducerId, long nowMs) {
      return machine.initProducerId(this, spareProducerId, nowMs);
    }
  }

  record AddPartitions(
      String transactionalId,
      ProducerIdentity producer,
      Set<TopicPartition> partitions,
      TransactionVersion version)
      implements TransactionCommand {
    @Override
    public Decision decide(TransactionStateMachine machine, long spareProducerId, long nowMs) {
      return machine.addPartitions(this, nowMs);
    }
  }

  record EndTransaction(
      String transactionalId,
      ProducerIdentity producer,
      TransactionResult result,
      TransactionVersion version)
      implements TransactionCommand {
    @Override
    public Decision decide(TransactionStateMachine machine, long spareProducerId, long nowMs) {
      return machine.endTransaction(this, spareProducerId, nowMs);
    }
  }

  /** The open transaction took too long. */
  record AbortTimedOut(Transaction ongoing) implements TransactionCommand {
    @Override
    public String transactionalId() {
      return ongoing.transactionalId();
    }

    @Override
    public Decision decide(TransactionStateMachine machine, long spareProducerId, long nowMs) {
      return machine.abortTimedOut(ongoing, spareProducerId, nowMs);
    }
  }

  /** Every partition of a prepared transaction has its marker. */
  record Complete(Transaction prepared) implements TransactionCommand {
    @Override
    public String transactionalId() {
      return prepared.transactionalId();
    }

    @Override
    public Decision decide(TransactionStateMachine machine, long spareProducerId, long nowMs) {
      return machine.complete(prepared, nowMs);
    }
  }
}

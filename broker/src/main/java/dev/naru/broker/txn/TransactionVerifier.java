package dev.naru.broker.txn;

import java.util.Collection;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.protocol.Errors;

/**
 * What the request path asks of the transaction coordinator before a transactional append
 * (KIP-890).
 */
public interface TransactionVerifier {
  /** How a partition may come into a transaction. */
  enum Mode {
    /** Transactions v2: the first append adds the partition. */
    ADD,
    /** Transactions v1: AddPartitionsToTxn must have added it. */
    VERIFY
  }

  /** Any thread; the map holds an error, or NONE, for each partition. */
  CompletionStage<Map<TopicPartition, Errors>> addOrVerify(
      String transactionalId,
      long producerId,
      short producerEpoch,
      Collection<TopicPartition> partitions,
      Mode mode);
}

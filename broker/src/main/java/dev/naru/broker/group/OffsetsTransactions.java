package dev.naru.broker.group;

import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.requests.TransactionResult;

/** The end of a transaction, as the group coordinator takes it for {@code __consumer_offsets}. */
public interface OffsetsTransactions {
  /** Writes the marker and applies or drops the pending offsets; completes when durable. */
  CompletionStage<Void> completeTransaction(
      TopicPartition partition,
      long producerId,
      short producerEpoch,
      int coordinatorEpoch,
      TransactionResult result,
      short transactionVersion);
}

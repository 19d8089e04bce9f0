package dev.naru.broker.txn;

import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.requests.TransactionResult;

/** Writes the end of a transaction into one partition, wherever that is. Any thread. */
@FunctionalInterface
public interface MarkerWriter {

  /** What the marker says. */
  record Marker(
      long producerId,
      short producerEpoch,
      int coordinatorEpoch,
      TransactionResult result,
      short transactionVersion) {}

  /**
   * Completes when the marker is durable; fails with Kafka's own exceptions, NOT_LEADER_OR_FOLLOWER
   * where another node has the partition. Never throws.
   */
  CompletionStage<Void> write(TopicPartition partition, Marker marker);
}

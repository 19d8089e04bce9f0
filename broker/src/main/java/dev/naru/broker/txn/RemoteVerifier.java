package dev.naru.broker.txn;

import dev.naru.broker.cluster.NodeAddress;
import dev.naru.broker.cluster.NodeLinks;
import dev.naru.broker.txn.TransactionVerifier.Mode;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.NetworkException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.message.AddPartitionsToTxnRequestData.AddPartitionsToTxnTopic;
import org.apache.kafka.common.message.AddPartitionsToTxnRequestData.AddPartitionsToTxnTopicCollection;
import org.apache.kafka.common.message.AddPartitionsToTxnRequestData.AddPartitionsToTxnTransaction;
import org.apache.kafka.common.message.AddPartitionsToTxnRequestData.AddPartitionsToTxnTransactionCollection;
import org.apache.kafka.common.message.AddPartitionsToTxnResponseData;
import org.apache.kafka.common.message.AddPartitionsToTxnResponseData.AddPartitionsToTxnResult;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AddPartitionsToTxnRequest;
import org.apache.kafka.common.requests.AddPartitionsToTxnResponse;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the coordinator of a transactional id on another node (AddPartitionsToTxn as brokers send
 * it, KIP-890). Every answer is one that producers know what to do with. Any thread.
 */
final class RemoteVerifier {
  private static final Logger LOG = LoggerFactory.getLogger(RemoteVerifier.class);

  /** A producer waits for it; a coordinator that takes longer hangs, and there will be another. */
  private static final int TIMEOUT_MS = 5000;

  private final NodeLinks links;

  RemoteVerifier(NodeLinks links) {
    this.links = links;
  }

  /** See {@link TransactionVerifier#addOrVerify}. */
  CompletionStage<Map<TopicPartition, Errors>> addOrVerify(
      NodeAddress coordinator,
      String transactionalId,
      ProducerIdentity producer,
      Collection<TopicPartition> partitions,
      Mode mode) {
    AddPartitionsToTxnTransactionCollection transactions =
        new AddPartitionsToTxnTransactionCollection();
    transactions.add(
        new AddPartitionsToTxnTransaction()
            .setTransactionalId(transactionalId)
            .setProducerId(producer.id())
            .setProducerEpoch(producer.epoch())
            .setVerifyOnly(mode == Mode.VERIFY)
            .setTopics(topics(partitions)));
    return links
        .send(coordinator, AddPartitionsToTxnRequest.Builder.forBroker(transactions), TIMEOUT_MS)
        .handle(
            (response, failure) ->
                failure == null
                    ? verdicts(
                        ((AddPartitionsToTxnResponse) response).data(), transactionalId, partitions)
                    : TransactionPartition.sameForAll(
                        partitions, errorOf(Errors.maybeUnwrapException(failure))));
  }

  private static AddPartitionsToTxnTopicCollection topics(Collection<TopicPartition> partitions) {
    AddPartitionsToTxnTopicCollection topics = new AddPartitionsToTxnTopicCollection();
    for (TopicPartition partition : partitions) {
      AddPartitionsToTxnTopic topic = topics.find(partition.topic());
      if (topic == null) {
        topic = new AddPartitionsToTxnTopic().setName(partition.topic());
        topics.add(topic);
      }
      topic.partitions().add(partition.partition());
    }
    return topics;
  }

  private static Map<TopicPartition, Errors> verdicts(
      AddPartitionsToTxnResponseData response,
      String transactionalId,
      Collection<TopicPartition> partitions) {
    AddPartitionsToTxnResult result = response.resultsByTransaction().find(transactionalId);
    if (response.errorCode() != Errors.NONE.code() || result == null) {
      LOG.warn(
          "The coordinator of {} answers {}",
          transactionalId,
          Errors.forCode(response.errorCode()));
      return TransactionPartition.sameForAll(partitions, Errors.COORDINATOR_NOT_AVAILABLE);
    }
    Map<TopicPartition, Errors> told =
        AddPartitionsToTxnResponse.errorsForTransaction(result.topicResults());
    Map<TopicPartition, Errors> verdicts = new HashMap<>();
    for (TopicPartition partition : partitions) {
      verdicts.put(
          partition, forLeader(told.getOrDefault(partition, Errors.COORDINATOR_NOT_AVAILABLE)));
    }
    return TransactionService.forProducers(verdicts);
  }

  /** The leader knows that its partition exists; the coordinator will hear of it in a moment. */
  private static Errors forLeader(Errors error) {
    return switch (error) {
      case UNKNOWN_TOPIC_OR_PARTITION, OPERATION_NOT_ATTEMPTED -> Errors.COORDINATOR_NOT_AVAILABLE;
      default -> error;
    };
  }

  private static Errors errorOf(Throwable failure) {
    if (failure instanceof NetworkException || failure instanceof TimeoutException) {
      return Errors.NETWORK_EXCEPTION;
    }
    LOG.warn("A transaction could not be verified on another node", failure);
    return Errors.COORDINATOR_NOT_AVAILABLE;
  }
}

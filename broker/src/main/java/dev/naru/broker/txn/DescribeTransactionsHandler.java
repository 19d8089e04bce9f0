package dev.naru.broker.txn;

import dev.naru.broker.api.ApiHandler;
import dev.naru.broker.api.Request;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.message.DescribeTransactionsRequestData;
import org.apache.kafka.common.message.DescribeTransactionsResponseData;
import org.apache.kafka.common.message.DescribeTransactionsResponseData.TopicData;
import org.apache.kafka.common.message.DescribeTransactionsResponseData.TransactionState;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/** Shows the state of transactional ids (KIP-664). */
final class DescribeTransactionsHandler implements ApiHandler {
  private final TransactionService transactions;

  DescribeTransactionsHandler(TransactionService transactions) {
    this.transactions = transactions;
  }

  @Override
  public ApiKeys api() {
    return ApiKeys.DESCRIBE_TRANSACTIONS;
  }

  @Override
  public void handle(Request request) {
    DescribeTransactionsResponseData response = new DescribeTransactionsResponseData();
    request
        .data(DescribeTransactionsRequestData.class)
        .transactionalIds()
        .forEach(id -> response.transactionStates().add(describe(id)));
    request.respond(response);
  }

  private TransactionState describe(String id) {
    TransactionState state = new TransactionState().setTransactionalId(id);
    Errors refusal = id.isEmpty() ? Errors.INVALID_REQUEST : transactions.refusalFor(id);
    if (refusal != Errors.NONE) {
      return state.setErrorCode(refusal.code());
    }
    Transaction transaction = transactions.describe(id);
    if (transaction == null) {
      return state.setErrorCode(Errors.TRANSACTIONAL_ID_NOT_FOUND.code());
    }
    for (TopicPartition partition : transactions.partitionsOf(transaction)) {
      TopicData topic = state.topics().find(partition.topic());
      if (topic == null) {
        topic = new TopicData().setTopic(partition.topic());
        state.topics().add(topic);
      }
      topic.partitions().add(partition.partition());
    }
    return state
        .setProducerId(transaction.producerId())
        .setProducerEpoch(transaction.producerEpoch())
        .setTransactionState(transaction.state().stateName())
        .setTransactionTimeoutMs(transaction.timeoutMs())
        .setTransactionStartTimeMs(transaction.startMs());
  }
}

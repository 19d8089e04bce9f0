package dev.naru.broker.txn;

import dev.naru.broker.api.ApiHandler;
import dev.naru.broker.api.Request;
import dev.naru.broker.txn.TransactionCommand.AddPartitions;
import java.util.Set;
import java.util.function.ToIntFunction;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.AddOffsetsToTxnRequestData;
import org.apache.kafka.common.message.AddOffsetsToTxnResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.server.common.TransactionVersion;

/** Adds the partition that keeps a group's offsets to an open transaction (transactions v1). */
final class AddOffsetsToTxnHandler implements ApiHandler {
  private final TransactionService transactions;
  private final ToIntFunction<String> offsetsPartition;

  AddOffsetsToTxnHandler(TransactionService transactions, ToIntFunction<String> offsetsPartition) {
    this.transactions = transactions;
    this.offsetsPartition = offsetsPartition;
  }

  @Override
  public ApiKeys api() {
    return ApiKeys.ADD_OFFSETS_TO_TXN;
  }

  @Override
  public void handle(Request request) {
    AddOffsetsToTxnRequestData data = request.data(AddOffsetsToTxnRequestData.class);
    TopicPartition partition =
        new TopicPartition(
            Topic.GROUP_METADATA_TOPIC_NAME, offsetsPartition.applyAsInt(data.groupId()));
    AddPartitions command =
        new AddPartitions(
            data.transactionalId(),
            new ProducerIdentity(data.producerId(), data.producerEpoch()),
            Set.of(partition),
            TransactionVersion.TV_0);
    Responses.respondLater(
        request,
        transactions.addPartitions(command),
        error ->
            new AddOffsetsToTxnResponseData()
                .setErrorCode(Responses.forVersion(error, request.version(), 2).code()));
  }
}

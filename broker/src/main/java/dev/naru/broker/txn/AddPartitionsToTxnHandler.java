package dev.naru.broker.txn;

import dev.naru.broker.api.ApiHandler;
import dev.naru.broker.api.Request;
import dev.naru.broker.txn.TransactionCommand.AddPartitions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.message.AddPartitionsToTxnRequestData;
import org.apache.kafka.common.message.AddPartitionsToTxnRequestData.AddPartitionsToTxnTransaction;
import org.apache.kafka.common.message.AddPartitionsToTxnResponseData;
import org.apache.kafka.common.message.AddPartitionsToTxnResponseData.AddPartitionsToTxnResult;
import org.apache.kafka.common.message.AddPartitionsToTxnResponseData.AddPartitionsToTxnResultCollection;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AddPartitionsToTxnRequest;
import org.apache.kafka.common.requests.AddPartitionsToTxnResponse;
import org.apache.kafka.server.common.TransactionVersion;

/** Adds partitions to open transactions: one of a client's (v0–v3), or a batch of a broker's. */
final class AddPartitionsToTxnHandler implements ApiHandler {
  private static final short FIRST_BROKER_VERSION = 4;

  private final TransactionService transactions;

  AddPartitionsToTxnHandler(TransactionService transactions) {
    this.transactions = transactions;
  }

  @Override
  public ApiKeys api() {
    return ApiKeys.ADD_PARTITIONS_TO_TXN;
  }

  @Override
  public void handle(Request request) {
    short version = request.version();
    AddPartitionsToTxnRequest body =
        new AddPartitionsToTxnRequest(request.data(AddPartitionsToTxnRequestData.class), version);
    if (version < FIRST_BROKER_VERSION) {
      body = body.normalizeRequest();
    }
    List<CompletableFuture<AddPartitionsToTxnResult>> results = new ArrayList<>();
    for (AddPartitionsToTxnTransaction transaction : body.data().transactions()) {
      if (transaction.transactionalId() == null) {
        throw new InvalidRequestException("A transactional id must be given, but it was null");
      }
      results.add(result(transaction, body, version).toCompletableFuture());
    }
    Responses.respondLater(
        request,
        CompletableFuture.allOf(results.toArray(CompletableFuture[]::new)),
        done -> response(results, version));
  }

  private CompletionStage<AddPartitionsToTxnResult> result(
      AddPartitionsToTxnTransaction transaction, AddPartitionsToTxnRequest body, short version) {
    String id = transaction.transactionalId();
    Set<TopicPartition> partitions =
        new HashSet<>(AddPartitionsToTxnRequest.getPartitions(transaction.topics()));
    Map<TopicPartition, Errors> unknown = unknownAmong(partitions);
    if (!unknown.isEmpty()) {
      return CompletableFuture.completedFuture(
          AddPartitionsToTxnResponse.resultForTransaction(id, unknown));
    }
    ProducerIdentity producer =
        new ProducerIdentity(transaction.producerId(), transaction.producerEpoch());
    if (transaction.verifyOnly()) {
      return transactions
          .verify(id, producer, partitions)
          .thenApply(verdicts -> AddPartitionsToTxnResponse.resultForTransaction(id, verdicts));
    }
    TransactionVersion clientVersion =
        version < FIRST_BROKER_VERSION ? TransactionVersion.TV_0 : TransactionVersion.TV_2;
    return transactions
        .addPartitions(new AddPartitions(id, producer, partitions, clientVersion))
        .thenApply(
            error -> body.errorResponseForTransaction(id, Responses.forVersion(error, version, 2)));
  }

  /** One partition that does not exist fails them all; empty when all exist. */
  private Map<TopicPartition, Errors> unknownAmong(Set<TopicPartition> partitions) {
    Map<TopicPartition, Errors> errors = new HashMap<>();
    boolean anyUnknown = false;
    for (TopicPartition partition : partitions) {
      boolean exists = transactions.exists(partition);
      anyUnknown |= !exists;
      errors.put(
          partition, exists ? Errors.OPERATION_NOT_ATTEMPTED : Errors.UNKNOWN_TOPIC_OR_PARTITION);
    }
    return anyUnknown ? errors : Map.of();
  }

  private static ApiMessage response(
      List<CompletableFuture<AddPartitionsToTxnResult>> results, short version) {
    AddPartitionsToTxnResponseData response = new AddPartitionsToTxnResponseData();
    if (version < FIRST_BROKER_VERSION) {
      return response.setResultsByTopicV3AndBelow(results.get(0).join().topicResults());
    }
    AddPartitionsToTxnResultCollection byTransaction = new AddPartitionsToTxnResultCollection();
    results.forEach(result -> byTransaction.add(result.join()));
    return response.setResultsByTransaction(byTransaction);
  }
}

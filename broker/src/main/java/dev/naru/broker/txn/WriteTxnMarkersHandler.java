package dev.naru.broker.txn;

import dev.naru.broker.api.ApiHandler;
import dev.naru.broker.api.Request;
import dev.naru.broker.txn.MarkerWriter.Marker;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.message.WriteTxnMarkersRequestData;
import org.apache.kafka.common.message.WriteTxnMarkersRequestData.WritableTxnMarker;
import org.apache.kafka.common.message.WriteTxnMarkersRequestData.WritableTxnMarkerTopic;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.TransactionResult;
import org.apache.kafka.common.requests.WriteTxnMarkersResponse;

/** Writes markers as told; operators use it to end a transaction that hangs (KIP-664). */
final class WriteTxnMarkersHandler implements ApiHandler {
  private final TransactionService transactions;

  WriteTxnMarkersHandler(TransactionService transactions) {
    this.transactions = transactions;
  }

  @Override
  public ApiKeys api() {
    return ApiKeys.WRITE_TXN_MARKERS;
  }

  @Override
  public void handle(Request request) {
    Map<Long, Map<TopicPartition, Errors>> errors = new ConcurrentHashMap<>();
    List<CompletableFuture<Void>> writes = new ArrayList<>();
    for (WritableTxnMarker marker : request.data(WriteTxnMarkersRequestData.class).markers()) {
      Map<TopicPartition, Errors> ofProducer =
          errors.computeIfAbsent(marker.producerId(), id -> new ConcurrentHashMap<>());
      for (WritableTxnMarkerTopic topic : marker.topics()) {
        for (int index : topic.partitionIndexes()) {
          TopicPartition partition = new TopicPartition(topic.name(), index);
          writes.add(
              write(partition, marker)
                  .thenAccept(error -> ofProducer.put(partition, error))
                  .toCompletableFuture());
        }
      }
    }
    Responses.respondLater(
        request,
        CompletableFuture.allOf(writes.toArray(CompletableFuture[]::new)),
        done -> new WriteTxnMarkersResponse(errors).data());
  }

  private CompletionStage<Errors> write(TopicPartition partition, WritableTxnMarker marker) {
    Marker written =
        new Marker(
            marker.producerId(),
            marker.producerEpoch(),
            marker.coordinatorEpoch(),
            marker.transactionResult() ? TransactionResult.COMMIT : TransactionResult.ABORT,
            marker.transactionVersion());
    return transactions
        .markerWriter()
        .write(partition, written)
        .handle((done, failure) -> failure == null ? Errors.NONE : errorOf(failure));
  }

  /** The groups' own errors mean nothing to who writes markers; "not ready yet" does. */
  private static Errors errorOf(Throwable failure) {
    Errors error = Errors.forException(failure);
    return switch (error) {
      case COORDINATOR_NOT_AVAILABLE, COORDINATOR_LOAD_IN_PROGRESS, NOT_COORDINATOR ->
          Errors.NOT_LEADER_OR_FOLLOWER;
      default -> error;
    };
  }
}

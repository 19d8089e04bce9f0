package dev.naru.broker.txn;

import dev.naru.broker.cluster.NodeAddress;
import dev.naru.broker.cluster.NodeLinks;
import dev.naru.broker.txn.MarkerWriter.Marker;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.NetworkException;
import org.apache.kafka.common.message.WriteTxnMarkersRequestData;
import org.apache.kafka.common.message.WriteTxnMarkersRequestData.WritableTxnMarker;
import org.apache.kafka.common.message.WriteTxnMarkersRequestData.WritableTxnMarkerTopic;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.TransactionResult;
import org.apache.kafka.common.requests.WriteTxnMarkersRequest;
import org.apache.kafka.common.requests.WriteTxnMarkersResponse;

/**
 * Has other nodes write markers into the partitions that they lead (WriteTxnMarkers). What is asked
 * for one after the other, as the markers of one transaction are, travels together. Any thread.
 *
 * <p>What waits here is no more than the transactions that are ending.
 */
final class RemoteMarkerWriter {
  /** A node that takes longer hangs, and its partitions get another leader. */
  private static final int TIMEOUT_MS = 10_000;

  /** Far below the size that a request of this API may have, whatever the topics' names. */
  private static final int BATCH_MAX = 1000;

  private record Pending(
      TopicPartition partition, Marker marker, CompletableFuture<Void> written) {}

  private final NodeLinks links;
  private final Executor executor;
  private final Map<NodeAddress, List<Pending>> waiting = new HashMap<>();

  /**
   * @param executor runs one task after the other; sends, and goes on when markers are written
   */
  RemoteMarkerWriter(NodeLinks links, Executor executor) {
    this.links = links;
    this.executor = executor;
  }

  /** Completes when the marker is durable there; fails with Kafka's own exceptions. */
  CompletionStage<Void> write(NodeAddress leader, TopicPartition partition, Marker marker) {
    Pending pending = new Pending(partition, marker, new CompletableFuture<>());
    boolean first;
    synchronized (waiting) {
      List<Pending> queue = waiting.computeIfAbsent(leader, address -> new ArrayList<>());
      first = queue.isEmpty();
      queue.add(pending);
    }
    if (first) {
      // Behind whoever asks now, who may have more to ask.
      executor.execute(() -> sendAll(leader));
    }
    return pending.written();
  }

  private void sendAll(NodeAddress leader) {
    List<Pending> all;
    synchronized (waiting) {
      all = waiting.remove(leader);
    }
    List<Batch> batches = new ArrayList<>();
    for (Pending pending : all) {
      if (batches.stream().noneMatch(batch -> batch.take(pending))) {
        Batch fresh = new Batch();
        fresh.take(pending);
        batches.add(fresh);
      }
    }
    batches.forEach(batch -> send(leader, batch));
  }

  private void send(NodeAddress leader, Batch batch) {
    links
        .send(leader, new WriteTxnMarkersRequest.Builder(batch.request()), TIMEOUT_MS)
        .whenCompleteAsync(
            (response, failure) -> {
              if (failure == null) {
                batch.settle((WriteTxnMarkersResponse) response);
              } else {
                batch.fail(Errors.maybeUnwrapException(failure));
              }
            },
            executor);
  }

  /** The markers of one request, which has room for one end of each producer. */
  private static final class Batch {
    private final Map<Long, Marker> markers = new LinkedHashMap<>();
    private final Map<Long, Map<TopicPartition, List<CompletableFuture<Void>>>> asked =
        new HashMap<>();
    private int size;

    boolean take(Pending pending) {
      long producerId = pending.marker().producerId();
      Marker marker = markers.getOrDefault(producerId, pending.marker());
      if (size == BATCH_MAX || !marker.equals(pending.marker())) {
        return false;
      }
      markers.put(producerId, marker);
      asked
          .computeIfAbsent(producerId, id -> new LinkedHashMap<>())
          .computeIfAbsent(pending.partition(), partition -> new ArrayList<>(1))
          .add(pending.written());
      size++;
      return true;
    }

    WriteTxnMarkersRequestData request() {
      WriteTxnMarkersRequestData request = new WriteTxnMarkersRequestData();
      markers.forEach(
          (producerId, marker) ->
              request
                  .markers()
                  .add(
                      new WritableTxnMarker()
                          .setProducerId(producerId)
                          .setProducerEpoch(marker.producerEpoch())
                          .setCoordinatorEpoch(marker.coordinatorEpoch())
                          .setTransactionResult(marker.result() == TransactionResult.COMMIT)
                          .setTransactionVersion((byte) marker.transactionVersion())
                          .setTopics(topics(asked.get(producerId)))));
      return request;
    }

    private static List<WritableTxnMarkerTopic> topics(Map<TopicPartition, ?> partitions) {
      Map<String, WritableTxnMarkerTopic> byName = new LinkedHashMap<>();
      for (TopicPartition partition : partitions.keySet()) {
        byName
            .computeIfAbsent(partition.topic(), name -> new WritableTxnMarkerTopic().setName(name))
            .partitionIndexes()
            .add(partition.partition());
      }
      return new ArrayList<>(byName.values());
    }

    void settle(WriteTxnMarkersResponse response) {
      Map<Long, Map<TopicPartition, Errors>> errors = response.errorsByProducerId();
      finish(
          (producerId, partition) -> {
            Errors error = errors.getOrDefault(producerId, Map.of()).get(partition);
            return error == null
                ? new NetworkException("the answer says nothing of " + partition)
                : error.exception();
          });
    }

    void fail(Throwable failure) {
      finish((producerId, partition) -> failure);
    }

    private interface Verdict {
      /** Null when it is written. */
      Throwable on(long producerId, TopicPartition partition);
    }

    private void finish(Verdict verdict) {
      asked.forEach(
          (producerId, partitions) ->
              partitions.forEach(
                  (partition, waiting) -> {
                    Throwable failure = verdict.on(producerId, partition);
                    for (CompletableFuture<Void> written : waiting) {
                      if (failure == null) {
                        written.complete(null);
                      } else {
                        written.completeExceptionally(failure);
                      }
                    }
                  }));
    }
  }
}

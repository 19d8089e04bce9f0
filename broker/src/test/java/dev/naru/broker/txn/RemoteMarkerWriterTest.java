package dev.naru.broker.txn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.broker.cluster.NodeAddress;
import dev.naru.broker.cluster.NodeLinks;
import dev.naru.broker.txn.MarkerWriter.Marker;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.NetworkException;
import org.apache.kafka.common.errors.NotLeaderOrFollowerException;
import org.apache.kafka.common.message.WriteTxnMarkersRequestData;
import org.apache.kafka.common.message.WriteTxnMarkersRequestData.WritableTxnMarker;
import org.apache.kafka.common.message.WriteTxnMarkersRequestData.WritableTxnMarkerTopic;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.TransactionResult;
import org.apache.kafka.common.requests.WriteTxnMarkersRequest;
import org.apache.kafka.common.requests.WriteTxnMarkersResponse;
import org.junit.jupiter.api.Test;

/** What travels together, and who hears of which answer. */
class RemoteMarkerWriterTest {
  private static final NodeAddress TWO = new NodeAddress(2, "host", 1);
  private static final NodeAddress THREE = new NodeAddress(3, "host", 2);

  private record Sent(
      NodeAddress to,
      WriteTxnMarkersRequestData data,
      CompletableFuture<AbstractResponse> answer) {}

  private final List<Sent> sent = new ArrayList<>();
  private final Queue<Runnable> tasks = new ArrayDeque<>();
  private final RemoteMarkerWriter writer = new RemoteMarkerWriter(new Links(), tasks::add);

  private final class Links implements NodeLinks {
    @Override
    public CompletionStage<AbstractResponse> send(
        NodeAddress to, AbstractRequest.Builder<?> request, int timeoutMs) {
      CompletableFuture<AbstractResponse> answer = new CompletableFuture<>();
      sent.add(new Sent(to, ((WriteTxnMarkersRequest.Builder) request).data, answer));
      return answer;
    }

    @Override
    public void close() {}
  }

  private CompletableFuture<Void> write(
      NodeAddress to, int partition, long producerId, int epoch, TransactionResult result) {
    return writer
        .write(
            to,
            new TopicPartition("t", partition),
            new Marker(producerId, (short) epoch, 5, result, (short) 2))
        .toCompletableFuture();
  }

  private CompletableFuture<Void> commit(NodeAddress to, int partition, long producerId) {
    return write(to, partition, producerId, 0, TransactionResult.COMMIT);
  }

  private void run() {
    while (!tasks.isEmpty()) {
      tasks.remove().run();
    }
  }

  /** Answers each marker of a request with the error of its partition. */
  private void answer(Sent request, Map<Integer, Errors> errors) {
    Map<Long, Map<TopicPartition, Errors>> answer = new HashMap<>();
    for (WritableTxnMarker marker : request.data().markers()) {
      for (WritableTxnMarkerTopic topic : marker.topics()) {
        for (int partition : topic.partitionIndexes()) {
          answer
              .computeIfAbsent(marker.producerId(), id -> new HashMap<>())
              .put(
                  new TopicPartition(topic.name(), partition),
                  errors.getOrDefault(partition, Errors.NONE));
        }
      }
    }
    request.answer().complete(new WriteTxnMarkersResponse(answer));
    run();
  }

  @Test
  void whatIsAskedTogetherTravelsTogether() {
    CompletableFuture<Void> first = commit(TWO, 0, 7);
    CompletableFuture<Void> second = commit(TWO, 1, 7);
    CompletableFuture<Void> other = write(TWO, 0, 8, 3, TransactionResult.ABORT);
    CompletableFuture<Void> elsewhere = commit(THREE, 2, 7);
    run();
    assertEquals(2, sent.size());
    Sent two = sent.get(0).to().equals(TWO) ? sent.get(0) : sent.get(1);
    WritableTxnMarker marker = two.data().markers().get(0);
    assertEquals(7, marker.producerId());
    assertEquals(5, marker.coordinatorEpoch());
    assertEquals(2, marker.transactionVersion());
    assertTrue(marker.transactionResult());
    assertEquals(List.of(0, 1), marker.topics().get(0).partitionIndexes());
    assertEquals(3, two.data().markers().get(1).producerEpoch());
    assertFalse(two.data().markers().get(1).transactionResult());

    answer(two, Map.of(1, Errors.NOT_LEADER_OR_FOLLOWER));
    first.join();
    other.join();
    assertInstanceOf(
        NotLeaderOrFollowerException.class,
        assertThrows(CompletionException.class, second::join).getCause());
    assertFalse(elsewhere.isDone());
  }

  /** The answer does not tell the ends of one producer apart. */
  @Test
  void twoEndsOfOneProducerTravelApart() {
    CompletableFuture<Void> old = write(TWO, 0, 7, 0, TransactionResult.ABORT);
    CompletableFuture<Void> next = write(TWO, 0, 7, 1, TransactionResult.COMMIT);
    run();
    assertEquals(2, sent.size());
    answer(sent.get(0), Map.of(0, Errors.INVALID_PRODUCER_EPOCH));
    assertThrows(CompletionException.class, old::join);
    assertFalse(next.isDone());
    answer(sent.get(1), Map.of());
    next.join();
  }

  @Test
  void aMarkerThatIsAskedTwiceIsWrittenOnce() {
    CompletableFuture<Void> once = commit(TWO, 0, 7);
    CompletableFuture<Void> again = commit(TWO, 0, 7);
    run();
    assertEquals(
        List.of(0), sent.get(0).data().markers().get(0).topics().get(0).partitionIndexes());
    answer(sent.get(0), Map.of());
    once.join();
    again.join();
  }

  @Test
  void aLostRequestFailsAllItsMarkersAndNoLaterOnes() {
    CompletableFuture<Void> lost = commit(TWO, 0, 7);
    run();
    CompletableFuture<Void> later = commit(TWO, 1, 7);
    sent.get(0).answer().completeExceptionally(new NetworkException("gone"));
    run();
    assertInstanceOf(
        NetworkException.class, assertThrows(CompletionException.class, lost::join).getCause());
    answer(sent.get(1), Map.of());
    later.join();
  }

  @Test
  void anAnswerThatLeavesAMarkerOutFailsIt() {
    CompletableFuture<Void> written = commit(TWO, 0, 7);
    run();
    sent.get(0).answer().complete(new WriteTxnMarkersResponse(new HashMap<>()));
    run();
    assertThrows(CompletionException.class, written::join);
  }

  @Test
  void noRequestIsEndless() {
    for (int i = 0; i < 2500; i++) {
      commit(TWO, i, 7);
    }
    run();
    assertEquals(3, sent.size());
    assertEquals(
        500, sent.get(2).data().markers().get(0).topics().get(0).partitionIndexes().size());
  }
}

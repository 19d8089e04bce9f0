package dev.naru.broker.txn;

import static dev.naru.broker.txn.FakeRequest.ask;
import static dev.naru.broker.txn.ServiceFixture.await;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.broker.api.ApiHandler;
import dev.naru.broker.api.Request;
import dev.naru.broker.cluster.NetworkLinks;
import dev.naru.broker.cluster.NodeAddress;
import dev.naru.broker.cluster.NodeFront;
import dev.naru.broker.cluster.NodeSecret;
import dev.naru.broker.cluster.Peers;
import dev.naru.broker.txn.TransactionVerifier.Mode;
import dev.naru.log.AppendOrigin;
import dev.naru.log.AppendSpec;
import dev.naru.log.PartitionLog;
import dev.naru.log.VerificationGuard;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.EndTxnRequestData;
import org.apache.kafka.common.message.EndTxnResponseData;
import org.apache.kafka.common.message.InitProducerIdRequestData;
import org.apache.kafka.common.message.InitProducerIdResponseData;
import org.apache.kafka.common.message.WriteTxnMarkersRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Node 1 coordinates transactions and has topic a; node 2 has topic b. Over a real link. */
class TransactionsAcrossNodesTest {
  private static final TopicPartition A0 = new TopicPartition("a", 0);
  private static final TopicPartition B0 = new TopicPartition("b", 0);
  private static final TopicPartition B1 = new TopicPartition("b", 1);

  @TempDir Path directory;

  private final Map<String, NodeAddress> leaders = new ConcurrentHashMap<>();
  private final List<WriteTxnMarkersRequestData> markers = new CopyOnWriteArrayList<>();
  private final NetworkLinks links1 =
      NetworkLinks.start(1, new NodeSecret(NodeFront.SECRET), 30_000);
  private final NetworkLinks links2 =
      NetworkLinks.start(2, new NodeSecret(NodeFront.SECRET), 30_000);
  private ServiceFixture coordinator;
  private ServiceFixture leader;
  private NodeFront front1;
  private NodeFront front2;
  private RoutedVerifier verifier;

  @BeforeEach
  void start() {
    coordinator = ServiceFixture.start(directory.resolve("1"), peers(1, links1));
    leader = ServiceFixture.start(directory.resolve("2"), peers(2, links2));
    front1 = new NodeFront(1, TransactionHandlers.forNodes(coordinator.service));
    front2 = new NodeFront(2, counted(TransactionHandlers.forNodes(leader.service)));
    verifier = new RoutedVerifier(leader.service, peers(2, links2));
    coordinator.create("a", 1);
    coordinator.create(Topic.TRANSACTION_STATE_TOPIC_NAME, 3);
    coordinator.hearOf("b", 2);
    leader.hearOf("a", 1);
    leader.hearOf(Topic.TRANSACTION_STATE_TOPIC_NAME, 3);
    leader.create("b", 2);
    leaders.put("a", front1.address);
    leaders.put(Topic.TRANSACTION_STATE_TOPIC_NAME, front1.address);
    leaders.put("b", front2.address);
  }

  private Peers peers(int nodeId, NetworkLinks links) {
    return new Peers(nodeId, links, partition -> leaders.get(partition.topic()));
  }

  /** Keeps what is asked. */
  private List<ApiHandler> counted(List<ApiHandler> handlers) {
    List<ApiHandler> counting = new ArrayList<>();
    for (ApiHandler handler : handlers) {
      counting.add(
          new ApiHandler() {
            @Override
            public ApiKeys api() {
              return handler.api();
            }

            @Override
            public void handle(Request request) {
              if (request.data() instanceof WriteTxnMarkersRequestData asked) {
                markers.add(asked);
              }
              handler.handle(request);
            }
          });
    }
    return counting;
  }

  @AfterEach
  void stop() {
    links1.close();
    links2.close();
    front1.close();
    if (front2 != null) {
      front2.close();
    }
    coordinator.close();
    leader.close();
  }

  private long init(String id) {
    InitProducerIdRequestData request =
        new InitProducerIdRequestData().setTransactionalId(id).setTransactionTimeoutMs(60_000);
    InitProducerIdResponseData[] answer = new InitProducerIdResponseData[1];
    coordinator.until(
        "loaded",
        () -> {
          answer[0] =
              ask(
                  new InitProducerIdHandler(coordinator.service),
                  request,
                  5,
                  InitProducerIdResponseData.class);
          return answer[0].errorCode() == 0;
        });
    return answer[0].producerId();
  }

  private void end(String id, long producerId, int epoch, boolean commit) {
    EndTxnResponseData answer =
        ask(
            new EndTxnHandler(coordinator.service),
            new EndTxnRequestData()
                .setTransactionalId(id)
                .setProducerId(producerId)
                .setProducerEpoch((short) epoch)
                .setCommitted(commit),
            5,
            EndTxnResponseData.class);
    assertEquals(Errors.NONE.code(), answer.errorCode());
  }

  private Map<TopicPartition, Errors> ask2(
      String id, long producerId, int epoch, Mode mode, TopicPartition... partitions) {
    return await(verifier.addOrVerify(id, producerId, (short) epoch, List.of(partitions), mode));
  }

  private static void produce(
      ServiceFixture node, TopicPartition partition, long producerId, int epoch) {
    PartitionLog log = node.partitions.get(partition).log();
    VerificationGuard guard = log.startVerification(producerId, (short) epoch, 0, true);
    MemoryRecords batch =
        MemoryRecords.withTransactionalRecords(
            Compression.NONE,
            producerId,
            (short) epoch,
            0,
            new SimpleRecord(node.timers.nowMs(), null, "v".getBytes(UTF_8)));
    log.append(batch.buffer(), new AppendSpec(AppendOrigin.CLIENT, 0, node.timers.nowMs(), guard));
  }

  private static boolean ended(ServiceFixture node, TopicPartition partition) {
    PartitionLog log = node.partitions.get(partition).log();
    return log.logEndOffset() == 2
        && log.lastStableOffset() == 2
        && log.highWatermark() == log.logEndOffset();
  }

  private String state(String id) {
    Transaction transaction = coordinator.service.describe(id);
    return transaction == null ? "none" : transaction.state().stateName();
  }

  /** Opens a transaction with a record in every partition. */
  private long open(String id) {
    long producerId = init(id);
    assertEquals(
        Map.of(B0, Errors.NONE, B1, Errors.NONE), ask2(id, producerId, 0, Mode.ADD, B0, B1));
    assertEquals(
        Map.of(A0, Errors.NONE),
        await(coordinator.service.addOrVerify(id, producerId, (short) 0, List.of(A0), Mode.ADD)));
    produce(coordinator, A0, producerId, 0);
    produce(leader, B0, producerId, 0);
    produce(leader, B1, producerId, 0);
    return producerId;
  }

  @Test
  void anEndReachesEveryNode() {
    long id = open("t");
    end("t", id, 0, true);
    coordinator.until(
        "ended everywhere", () -> ended(coordinator, A0) && ended(leader, B0) && ended(leader, B1));
    coordinator.until("complete", () -> state("t").equals("CompleteCommit"));
    assertEquals(1, markers.size(), "the markers for one node travel together");
    assertTrue(markers.get(0).markers().get(0).transactionResult());
    assertEquals(
        Set.of(0, 1),
        Set.copyOf(markers.get(0).markers().get(0).topics().get(0).partitionIndexes()));
  }

  @Test
  void endsOfDifferentProducersStayApart() {
    long first = open("t");
    long second = init("u");
    assertEquals(Map.of(B0, Errors.NONE), ask2("u", second, 0, Mode.ADD, B0));
    end("t", first, 0, false);
    end("u", second, 0, true);
    coordinator.until("t", () -> state("t").equals("CompleteAbort"));
    coordinator.until("u", () -> state("u").equals("CompleteCommit"));
  }

  @Test
  void aNodeThatDoesNotHaveThePartitionYetIsAskedAgain() {
    long id = open("t");
    leader.forget("b");
    end("t", id, 0, true);
    coordinator.until("tried twice", () -> markers.size() >= 2);
    assertEquals("PrepareCommit", state("t"));
    leader.openAll("b");
    coordinator.until("complete", () -> state("t").equals("CompleteCommit"));
    assertTrue(ended(leader, B0) && ended(leader, B1));
  }

  @Test
  void markersFollowThePartitionsToAnotherLeader() {
    long id = open("t");
    front2.close();
    front2 = null;
    end("t", id, 0, true);
    coordinator.until("a is ended", () -> ended(coordinator, A0));
    assertEquals("PrepareCommit", state("t"));
    leaders.remove("b");
    coordinator.timers.advance(5000);
    assertEquals("PrepareCommit", state("t"));
    // As if node 2's logs had come here.
    coordinator.openAll("b");
    leaders.put("b", front1.address);
    coordinator.until("complete", () -> state("t").equals("CompleteCommit"));
    assertEquals(1, coordinator.partitions.get(B0).log().logEndOffset(), "the marker");
  }

  @Test
  void aCoordinatorElsewhereVerifies() {
    long id = init("t");
    assertEquals(Map.of(B0, Errors.TRANSACTION_ABORTABLE), ask2("t", id, 0, Mode.VERIFY, B0));
    assertEquals(Map.of(B0, Errors.NONE), ask2("t", id, 0, Mode.ADD, B0));
    assertEquals(
        Map.of(B0, Errors.NONE, B1, Errors.TRANSACTION_ABORTABLE),
        ask2("t", id, 0, Mode.VERIFY, B0, B1));
    assertEquals("Ongoing", state("t"));
    init("t");
    assertEquals(Map.of(B0, Errors.INVALID_PRODUCER_EPOCH), ask2("t", id, 0, Mode.ADD, B0));
    assertEquals(Map.of(B0, Errors.INVALID_PRODUCER_EPOCH), ask2("t", id, 0, Mode.VERIFY, B0));
    assertEquals(Map.of(B0, Errors.INVALID_REQUEST), ask2("", id, 0, Mode.ADD, B0), "asked nobody");
  }

  /** A leader that hears of its new topic first: the producer must try again, and not give up. */
  @Test
  void aTopicThatTheCoordinatorHasNotHeardOfIsWaitedFor() {
    long id = init("t");
    TopicPartition fresh = new TopicPartition("fresh", 0);
    leader.create("fresh", 1);
    Map<TopicPartition, Errors> later =
        Map.of(fresh, Errors.COORDINATOR_NOT_AVAILABLE, B0, Errors.COORDINATOR_NOT_AVAILABLE);
    assertEquals(later, ask2("t", id, 0, Mode.ADD, fresh, B0));
    coordinator.hearOf("fresh", 1);
    assertEquals(
        Map.of(fresh, Errors.NONE, B0, Errors.NONE), ask2("t", id, 0, Mode.ADD, fresh, B0));
  }

  @Test
  void aCoordinatorThatCannotBeAskedIsSomethingToRetry() {
    long id = init("t");
    leaders.remove(Topic.TRANSACTION_STATE_TOPIC_NAME);
    assertEquals(Map.of(B0, Errors.COORDINATOR_NOT_AVAILABLE), ask2("t", id, 0, Mode.ADD, B0));
    // Node 2 itself, which has not loaded anything.
    leaders.put(Topic.TRANSACTION_STATE_TOPIC_NAME, front2.address);
    assertEquals(
        Map.of(B0, Errors.COORDINATOR_LOAD_IN_PROGRESS), ask2("t", id, 0, Mode.VERIFY, B0));
    front1.close();
    leaders.put(Topic.TRANSACTION_STATE_TOPIC_NAME, front1.address);
    assertEquals(Map.of(B0, Errors.NETWORK_EXCEPTION), ask2("t", id, 0, Mode.ADD, B0));
    front1 = new NodeFront(1, List.of());
    leaders.put(Topic.TRANSACTION_STATE_TOPIC_NAME, front1.address);
    assertEquals(Map.of(B0, Errors.COORDINATOR_NOT_AVAILABLE), ask2("t", id, 0, Mode.ADD, B0));
  }
}

package dev.naru.broker.group;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.broker.Timers;
import dev.naru.broker.api.ApiHandler;
import dev.naru.broker.metadata.Controller;
import dev.naru.broker.partition.SharedLogsNode;
import dev.naru.broker.txn.TransactionVerifier;
import dev.naru.log.PartitionLog;
import dev.naru.log.bookkeeper.MemoryCluster;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.NotCoordinatorException;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.ListGroupsRequestData;
import org.apache.kafka.common.message.ListGroupsResponseData;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestPartition;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestTopic;
import org.apache.kafka.common.message.OffsetCommitResponseData;
import org.apache.kafka.common.message.OffsetFetchRequestData;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestGroup;
import org.apache.kafka.common.message.OffsetFetchResponseData;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseGroup;
import org.apache.kafka.common.message.TxnOffsetCommitRequestData;
import org.apache.kafka.common.message.TxnOffsetCommitRequestData.TxnOffsetCommitRequestPartition;
import org.apache.kafka.common.message.TxnOffsetCommitRequestData.TxnOffsetCommitRequestTopic;
import org.apache.kafka.common.message.TxnOffsetCommitResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.TransactionResult;
import org.apache.kafka.server.common.ProducerIdsBlock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

/** Groups whose coordinator moves from node to node, over logs that both can reach. */
class GroupMoveTest {
  private static final String OFFSETS = Topic.GROUP_METADATA_TOPIC_NAME;
  private static final TopicPartition OFFSETS_0 = new TopicPartition(OFFSETS, 0);

  private final MemoryCluster cluster = new MemoryCluster();
  private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
  private final Node one = new Node(1);
  private final Node two = new Node(2);
  private final List<Node> both = List.of(one, two);

  /** A node that coordinates groups. */
  private final class Node implements Controller, TransactionVerifier, Timers, AutoCloseable {
    final SharedLogsNode shared;
    final GroupService service;
    private final Map<ApiKeys, ApiHandler> handlers = new EnumMap<>(ApiKeys.class);

    Node(int id) {
      shared = new SharedLogsNode(id, cluster.node(System::currentTimeMillis));
      service =
          new GroupService(
              new GroupContext(
                  shared.view,
                  shared.registry,
                  this,
                  () -> this,
                  this,
                  Map.of(
                      "offsets.topic.num.partitions", 1, "group.initial.rebalance.delay.ms", 0)));
      shared.listener(service::onMetadata);
      GroupHandlers.all(service, none -> CompletableFuture.completedFuture(0))
          .forEach(handler -> handlers.put(handler.api(), handler));
    }

    <T extends ApiMessage> T send(ApiKeys api, int version, ApiMessage data, Class<T> type) {
      FakeRequest request = new FakeRequest(api, (short) version, data);
      handlers.get(api).handle(request);
      return type.cast(FakeNode.await(request.answer()));
    }

    PartitionLog log() {
      return shared.registry.get(OFFSETS_0).log();
    }

    @Override
    public CompletionStage<Uuid> ensureTopic(String name, int count, Map<String, String> configs) {
      return CompletableFuture.completedFuture(SharedLogsNode.topicId(name));
    }

    @Override
    public CompletionStage<ProducerIdsBlock> allocateProducerIds() {
      return CompletableFuture.failedFuture(new UnsupportedOperationException());
    }

    @Override
    public CompletionStage<Map<TopicPartition, Errors>> addOrVerify(
        String transactionalId,
        long producerId,
        short producerEpoch,
        Collection<TopicPartition> partitions,
        Mode mode) {
      Map<TopicPartition, Errors> verdicts = new HashMap<>();
      partitions.forEach(partition -> verdicts.put(partition, Errors.NONE));
      return CompletableFuture.completedFuture(verdicts);
    }

    @Override
    public long nowMs() {
      return System.currentTimeMillis();
    }

    @Override
    public Handle schedule(long delayMs, Runnable task) {
      ScheduledFuture<?> waiting = clock.schedule(task, delayMs, TimeUnit.MILLISECONDS);
      return () -> waiting.cancel(false);
    }

    @Override
    public void close() {
      service.close();
    }
  }

  @BeforeEach
  void start() {
    for (Node node : both) {
      node.shared.createTopic("t", 1, 1);
      node.shared.createTopic(OFFSETS, 1, 1);
      node.service.start();
    }
    one.shared.takeOver(OFFSETS);
  }

  @AfterEach
  void close() {
    both.forEach(Node::close);
    clock.shutdownNow();
    cluster.close();
  }

  private void move(Node from, Node to) {
    both.forEach(node -> node.shared.lead(OFFSETS, to == one ? 1 : 2));
    from.shared.giveUp(OFFSETS);
    to.shared.takeOver(OFFSETS);
  }

  private static void until(String what, BooleanSupplier condition) {
    long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (!condition.getAsBoolean()) {
      assertTrue(System.nanoTime() < deadlineNs, "Never came: " + what);
      Thread.onSpinWait();
    }
  }

  private static Errors commit(Node node, long offset) {
    OffsetCommitRequestPartition partition =
        new OffsetCommitRequestPartition().setPartitionIndex(0).setCommittedOffset(offset);
    OffsetCommitRequestData data =
        new OffsetCommitRequestData()
            .setGroupId("g")
            .setTopics(
                List.of(
                    new OffsetCommitRequestTopic().setName("t").setPartitions(List.of(partition))));
    try {
      OffsetCommitResponseData answer =
          node.send(ApiKeys.OFFSET_COMMIT, 9, data, OffsetCommitResponseData.class);
      return Errors.forCode(answer.topics().get(0).partitions().get(0).errorCode());
    } catch (NotCoordinatorException e) {
      return Errors.NOT_COORDINATOR;
    }
  }

  private static Errors txnCommit(Node node, long offset) {
    TxnOffsetCommitRequestPartition partition =
        new TxnOffsetCommitRequestPartition().setPartitionIndex(0).setCommittedOffset(offset);
    TxnOffsetCommitRequestData data =
        new TxnOffsetCommitRequestData()
            .setTransactionalId("tx")
            .setGroupId("g")
            .setProducerId(10)
            .setProducerEpoch((short) 1)
            .setTopics(
                List.of(
                    new TxnOffsetCommitRequestTopic()
                        .setName("t")
                        .setPartitions(List.of(partition))));
    try {
      TxnOffsetCommitResponseData answer =
          node.send(ApiKeys.TXN_OFFSET_COMMIT, 5, data, TxnOffsetCommitResponseData.class);
      return Errors.forCode(answer.topics().get(0).partitions().get(0).errorCode());
    } catch (NotCoordinatorException e) {
      return Errors.NOT_COORDINATOR;
    }
  }

  private static OffsetFetchResponseGroup fetch(Node node, boolean stable) {
    OffsetFetchRequestData data =
        new OffsetFetchRequestData()
            .setRequireStable(stable)
            .setGroups(List.of(new OffsetFetchRequestGroup().setGroupId("g").setTopics(null)));
    return node.send(ApiKeys.OFFSET_FETCH, 9, data, OffsetFetchResponseData.class).groups().get(0);
  }

  /** What a consumer sees that asks again while it is told to; null when nothing is committed. */
  private static Long committed(Node node) {
    OffsetFetchResponseGroup[] found = new OffsetFetchResponseGroup[1];
    until(
        "an answer",
        () -> {
          found[0] = fetch(node, true);
          return found[0].errorCode() == 0;
        });
    return found[0].topics().isEmpty()
        ? null
        : found[0].topics().get(0).partitions().get(0).committedOffset();
  }

  private static FakeRequest fetchRequest(Node node) {
    FakeRequest request =
        new FakeRequest(
            ApiKeys.OFFSET_FETCH,
            (short) 9,
            new OffsetFetchRequestData()
                .setGroups(List.of(new OffsetFetchRequestGroup().setGroupId("g").setTopics(null))));
    node.handlers.get(ApiKeys.OFFSET_FETCH).handle(request);
    return request;
  }

  private static void untilCommitted(Node node, long offset) {
    until("a commit", () -> commit(node, offset) == Errors.NONE);
  }

  @Test
  void offsetsFollowTheirPartition() {
    untilCommitted(one, 5);
    move(one, two);
    assertEquals(5, committed(two));
    assertEquals(Errors.NOT_COORDINATOR, commit(one, 6));
    assertEquals(Errors.NOT_COORDINATOR.code(), fetch(one, true).errorCode());

    untilCommitted(two, 7);
    move(two, one);
    assertEquals(7, committed(one));
    assertEquals(Errors.NOT_COORDINATOR, commit(two, 8));
  }

  @Test
  void whoAsksTheWrongNodeDoesNotWait() {
    // Nothing is ever open at node two, and its coordinator would wait for that.
    assertEquals(Errors.NOT_COORDINATOR, commit(two, 1));
    assertEquals(Errors.NOT_COORDINATOR, txnCommit(two, 1));
    Errors failure =
        two.service
            .completeTransaction(OFFSETS_0, 10, (short) 1, 0, TransactionResult.COMMIT, (short) 1)
            .handle((done, cause) -> Errors.forException(cause))
            .toCompletableFuture()
            .getNow(null);
    assertEquals(Errors.NOT_COORDINATOR, failure);
    FakeRequest heartbeat =
        new FakeRequest(
            ApiKeys.HEARTBEAT,
            (short) 4,
            new HeartbeatRequestData().setGroupId("g").setMemberId("m"));
    two.handlers.get(ApiKeys.HEARTBEAT).handle(heartbeat);
    assertTrue(heartbeat.answer().isCompletedExceptionally());
  }

  @Test
  void groupsAreListedWhereTheyAre() {
    untilCommitted(one, 5);
    assertEquals(Set.of("g"), listed(one));
    assertEquals(Set.of(), listed(two));
  }

  private static Set<String> listed(Node node) {
    ListGroupsResponseData answer =
        node.send(
            ApiKeys.LIST_GROUPS, 5, new ListGroupsRequestData(), ListGroupsResponseData.class);
    assertEquals(Errors.NONE.code(), answer.errorCode());
    return answer.groups().stream()
        .map(ListGroupsResponseData.ListedGroup::groupId)
        .collect(Collectors.toSet());
  }

  /** Again and again, for what the runtime makes of it depends on which of its threads is first. */
  @RepeatedTest(20)
  void aLossThatANodeLearnsTogetherWithTheReturnIsNotOverlooked() {
    untilCommitted(one, 5);
    two.shared.lead(OFFSETS, 2);
    two.shared.takeOver(OFFSETS);
    untilCommitted(two, 6);
    two.shared.lead(OFFSETS, 1);
    two.shared.giveUp(OFFSETS);

    one.shared.lead(OFFSETS, 2, 1);
    FakeRequest tooEarly = fetchRequest(one);
    one.shared.giveUp(OFFSETS);
    one.shared.takeOver(OFFSETS);
    OffsetFetchResponseGroup answer =
        ((OffsetFetchResponseData) FakeNode.await(tooEarly.answer())).groups().get(0);
    assertTrue(
        answer.errorCode() != 0
            || answer.topics().get(0).partitions().get(0).committedOffset() == 6,
        answer.toString());
    assertEquals(6, committed(one));
  }

  @Test
  void aCoordinatorThatWasReplacedUnawaresAcknowledgesNothingAndCutsNothing() {
    untilCommitted(one, 5);
    two.shared.lead(OFFSETS, 2);
    two.shared.takeOver(OFFSETS);
    assertEquals(Errors.NOT_COORDINATOR, commit(one, 66));
    untilCommitted(two, 6);
    one.shared.lead(OFFSETS, 2);
    one.shared.giveUp(OFFSETS);

    long end = two.log().logEndOffset();
    move(two, one);
    assertEquals(6, committed(one));
    assertEquals(end, one.log().logEndOffset());
  }

  @Test
  void aLogThatWasOpenedAnewIsLoadedAnew() {
    untilCommitted(one, 5);
    // A node that lost its session gives up everything, and takes what is still its own again.
    one.shared.giveUp(OFFSETS);
    one.shared.takeOver(OFFSETS);
    untilCommitted(one, 6);
    assertEquals(6, committed(one));
  }

  @Test
  void aTransactionIsCompletedWhereTheGroupIsNow() {
    untilCommitted(one, 5);
    assertEquals(Errors.NONE, txnCommit(one, 9));
    move(one, two);
    until(
        "the marker",
        () ->
            two.service
                .completeTransaction(
                    OFFSETS_0, 10, (short) 1, 3, TransactionResult.COMMIT, (short) 1)
                .handle((done, cause) -> cause == null)
                .toCompletableFuture()
                .join());
    assertEquals(9, committed(two));
    assertEquals(two.log().logEndOffset(), two.log().lastStableOffset());

    assertEquals(Errors.NONE, txnCommit(two, 11));
    Errors refused =
        two.service
            .completeTransaction(OFFSETS_0, 10, (short) 1, 2, TransactionResult.COMMIT, (short) 1)
            .handle((done, cause) -> cause == null ? Errors.NONE : Errors.forException(cause))
            .toCompletableFuture()
            .join();
    assertEquals(Errors.TRANSACTION_COORDINATOR_FENCED, refused);
  }

  @Test
  void whileTheLogIsNotOpenNothingIsAnsweredFromNothing() {
    both.forEach(node -> node.shared.lead(OFFSETS, 2));
    one.shared.giveUp(OFFSETS);
    FakeRequest waiting = fetchRequest(two);
    two.shared.takeOver(OFFSETS);
    OffsetFetchResponseData answer = (OffsetFetchResponseData) FakeNode.await(waiting.answer());
    assertEquals(Errors.NONE.code(), answer.groups().get(0).errorCode());
    assertNull(committed(two));
  }
}

package dev.naru.broker.txn;

import static dev.naru.broker.txn.ServiceFixture.await;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.broker.ManualTimers;
import dev.naru.broker.metadata.Controller;
import dev.naru.broker.partition.SharedLogsNode;
import dev.naru.broker.txn.MarkerWriter.Marker;
import dev.naru.broker.txn.TransactionCommand.AddPartitions;
import dev.naru.broker.txn.TransactionCommand.EndTransaction;
import dev.naru.broker.txn.TransactionCommand.InitProducerId;
import dev.naru.broker.txn.TransactionVerifier.Mode;
import dev.naru.log.AppendOrigin;
import dev.naru.log.AppendSpec;
import dev.naru.log.PartitionLog;
import dev.naru.log.bookkeeper.MemoryCluster;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.errors.NotLeaderOrFollowerException;
import org.apache.kafka.common.errors.TransactionCoordinatorFencedException;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.requests.TransactionResult;
import org.apache.kafka.server.common.ProducerIdsBlock;
import org.apache.kafka.server.common.TransactionVersion;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Transactions whose coordinator moves from node to node. */
class TransactionMoveTest {
  private static final String STATE = Topic.TRANSACTION_STATE_TOPIC_NAME;
  private static final TopicPartition A0 = new TopicPartition("a", 0);
  private static final TransactionConfig CONFIG =
      new TransactionConfig(900_000, 604_800_000, 1000, 3_600_000, 3, 1 << 20, 1 << 20, false, 100);

  private final MemoryCluster cluster = new MemoryCluster();
  private final ManualTimers timers = new ManualTimers();
  private final Node one = new Node(1);
  private final Node two = new Node(2);
  private final List<Node> both = List.of(one, two);

  /** A node that coordinates, and writes the markers of what it has itself. */
  private final class Node implements Controller, AutoCloseable {
    final SharedLogsNode shared;
    final TransactionService service;

    /** While it is true, markers never arrive. */
    volatile boolean losesMarkers;

    private long nextProducerId;

    Node(int id) {
      nextProducerId = id * 1000L;
      shared = new SharedLogsNode(id, cluster.node(timers::nowMs));
      service =
          new TransactionService(
              new TransactionService.Surroundings(
                  this,
                  shared.view,
                  shared.lookup,
                  (partition, producerId, epoch, coordinatorEpoch, result, version) ->
                      CompletableFuture.completedFuture(null),
                  timers),
              CONFIG,
              null,
              local ->
                  (partition, marker) ->
                      losesMarkers ? new CompletableFuture<>() : local.write(partition, marker));
      shared.listener(service::onMetadata);
    }

    @Override
    public CompletionStage<Uuid> ensureTopic(String name, int count, Map<String, String> configs) {
      return CompletableFuture.completedFuture(SharedLogsNode.topicId(name));
    }

    @Override
    public synchronized CompletionStage<ProducerIdsBlock> allocateProducerIds() {
      nextProducerId += 10;
      return CompletableFuture.completedFuture(new ProducerIdsBlock(1, nextProducerId, 10));
    }

    Answer init() {
      return answered(service.initProducerId(new InitProducerId("t", 60_000, false, false, null)));
    }

    Errors add(ProducerIdentity producer) {
      return answered(
          service.addPartitions(
              new AddPartitions("t", producer, Set.of(A0), TransactionVersion.TV_2)));
    }

    Answer commit(ProducerIdentity producer) {
      return answered(
          service.endTransaction(
              new EndTransaction(
                  "t", producer, TransactionResult.COMMIT, TransactionVersion.TV_2)));
    }

    PartitionLog log() {
      return shared.registry.get(A0).log();
    }

    String state() {
      Transaction transaction = service.describe("t");
      return transaction == null ? "none" : transaction.state().stateName();
    }

    @Override
    public void close() {
      service.close();
    }
  }

  @BeforeEach
  void create() {
    for (Node node : both) {
      node.shared.createTopic("a", 1, 1);
      node.shared.createTopic(STATE, 3, 1);
    }
    one.shared.takeOver("a");
    one.shared.takeOver(STATE);
  }

  @AfterEach
  void close() {
    both.forEach(Node::close);
    cluster.close();
  }

  private void until(String what, BooleanSupplier condition) {
    long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (!condition.getAsBoolean()) {
      assertTrue(System.nanoTime() < deadlineNs, "Never came: " + what);
      timers.advance(1);
      Thread.onSpinWait();
    }
  }

  /** Lets time pass until the answer is there. */
  private <T> T answered(CompletionStage<T> stage) {
    until("an answer", stage.toCompletableFuture()::isDone);
    return await(stage);
  }

  private ProducerIdentity producerAt(Node node) {
    Answer[] answer = new Answer[1];
    until(
        "a producer id",
        () -> {
          answer[0] = node.init();
          return answer[0].error() == Errors.NONE;
        });
    return new ProducerIdentity(answer[0].producerId(), answer[0].producerEpoch());
  }

  private void produce(Node node, ProducerIdentity producer) {
    PartitionLog log = node.log();
    MemoryRecords batch =
        MemoryRecords.withTransactionalRecords(
            Compression.NONE,
            producer.id(),
            producer.epoch(),
            0,
            new SimpleRecord(timers.nowMs(), null, "v".getBytes(UTF_8)));
    log.append(
        batch.buffer(),
        new AppendSpec(
            AppendOrigin.CLIENT,
            0,
            timers.nowMs(),
            log.startVerification(producer.id(), producer.epoch(), 0, true)));
  }

  private void move(String topic, Node from, Node to) {
    both.forEach(node -> node.shared.lead(topic, to == one ? 1 : 2));
    from.shared.giveUp(topic);
    to.shared.takeOver(topic);
  }

  @Test
  void whatOneNodePreparedAnotherCompletes() {
    ProducerIdentity producer = producerAt(one);
    assertEquals(Errors.NONE, one.add(producer));
    produce(one, producer);
    one.losesMarkers = true;
    assertEquals(Errors.NONE, one.commit(producer).error());
    assertEquals("PrepareCommit", one.state());

    move(STATE, one, two);
    assertEquals(Errors.NOT_COORDINATOR, one.init().error());
    assertEquals(Errors.NOT_COORDINATOR, one.service.refusalFor("t"));
    assertEquals(List.of(), one.service.list());
    // The data is not at node two yet, and nobody writes markers to other nodes here.
    until("the state at node two", () -> two.state().equals("PrepareCommit"));
    assertTrue(one.log().lastStableOffset() < one.log().logEndOffset());

    move("a", one, two);
    until("completion", () -> two.state().equals("CompleteCommit"));
    until("an end", () -> two.log().lastStableOffset() == two.log().logEndOffset());
    assertEquals(2, two.log().logEndOffset());
    assertEquals(
        List.of(1), two.log().producers().stream().map(known -> known.coordinatorEpoch()).toList());
  }

  @Test
  void whatAnotherNodeWroteMeanwhileIsKnownAfterComingBack() {
    ProducerIdentity first = producerAt(one);
    move(STATE, one, two);
    ProducerIdentity second = producerAt(two);
    assertEquals(first.id(), second.id());
    assertEquals(first.epoch() + 1, second.epoch());

    move(STATE, two, one);
    until("the state", () -> one.service.refusalFor("t") == Errors.NONE);
    assertEquals(Errors.PRODUCER_FENCED, one.add(first));
    assertEquals(Errors.NONE, one.add(second));
    assertEquals(Errors.NOT_COORDINATOR, two.add(second));
    Map<TopicPartition, Errors> verdicts =
        await(two.service.addOrVerify("t", second.id(), second.epoch(), List.of(A0), Mode.VERIFY));
    assertEquals(Map.of(A0, Errors.NOT_COORDINATOR), verdicts);
  }

  @Test
  void aLossThatANodeLearnsTogetherWithTheReturnIsNotOverlooked() {
    ProducerIdentity first = producerAt(one);
    // Node one hears nothing while node two is the coordinator for a while.
    two.shared.lead(STATE, 2);
    two.shared.takeOver(STATE);
    ProducerIdentity second = producerAt(two);
    two.shared.lead(STATE, 1);
    two.shared.giveUp(STATE);

    one.shared.lead(STATE, 2, 1);
    assertEquals(Errors.COORDINATOR_LOAD_IN_PROGRESS, one.service.refusalFor("t"));
    one.shared.giveUp(STATE);
    one.shared.takeOver(STATE);
    until("the state", () -> one.service.refusalFor("t") == Errors.NONE);
    assertEquals(Errors.PRODUCER_FENCED, one.add(first));
    assertEquals(Errors.NONE, one.add(second));
  }

  @Test
  void aCoordinatorThatWasReplacedUnawaresAcknowledgesNothing() {
    ProducerIdentity producer = producerAt(one);
    two.shared.lead(STATE, 2);
    two.shared.takeOver(STATE);
    Errors error = one.add(producer);
    assertTrue(
        Set.of(Errors.COORDINATOR_NOT_AVAILABLE, Errors.NOT_COORDINATOR).contains(error),
        error.toString());
    until("the loss", () -> one.service.refusalFor("t") != Errors.NONE);
    one.shared.lead(STATE, 2);
    assertEquals(Errors.NOT_COORDINATOR, one.service.refusalFor("t"));
  }

  @Test
  void whoWaitsForALoadThatIsNotToBeIsSentAway() {
    both.forEach(node -> node.shared.lead(STATE, 2));
    CompletableFuture<Answer> waiting =
        two.service
            .initProducerId(new InitProducerId("t", 60_000, false, false, null))
            .toCompletableFuture();
    assertFalse(waiting.isDone());
    both.forEach(node -> node.shared.lead(STATE, 1));
    assertEquals(Errors.NOT_COORDINATOR, await(waiting).error());
  }

  @Test
  void onlyTheCoordinatorAbortsWhatTookTooLong() {
    ProducerIdentity producer = producerAt(one);
    assertEquals(Errors.NONE, one.add(producer));
    produce(one, producer);
    move(STATE, one, two);
    until("the state", () -> two.state().equals("Ongoing"));
    timers.advance(61_000);
    move("a", one, two);
    until("the abort", () -> two.state().equals("CompleteAbort"));
    assertEquals("none", one.state());
  }

  @Test
  void anOldCoordinatorEndsNothing() {
    ProducerIdentity producer = producerAt(one);
    assertEquals(Errors.NONE, one.add(producer));
    produce(one, producer);
    assertEquals(null, await(one.service.markerWriter().write(A0, marker(producer, 3))));
    ExecutionException refused =
        assertThrows(
            ExecutionException.class,
            () ->
                one.service
                    .markerWriter()
                    .write(A0, marker(producer, 2))
                    .toCompletableFuture()
                    .get(20, TimeUnit.SECONDS));
    assertEquals(TransactionCoordinatorFencedException.class, refused.getCause().getClass());

    move("a", one, two);
    ExecutionException moved =
        assertThrows(
            ExecutionException.class,
            () ->
                one.service
                    .markerWriter()
                    .write(A0, marker(producer, 4))
                    .toCompletableFuture()
                    .get(20, TimeUnit.SECONDS));
    assertEquals(NotLeaderOrFollowerException.class, moved.getCause().getClass());
  }

  private static Marker marker(ProducerIdentity producer, int coordinatorEpoch) {
    return new Marker(
        producer.id(), producer.epoch(), coordinatorEpoch, TransactionResult.COMMIT, (short) 1);
  }
}

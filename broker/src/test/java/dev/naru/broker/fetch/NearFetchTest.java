package dev.naru.broker.fetch;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.broker.Ask;
import dev.naru.broker.ManualTimers;
import dev.naru.broker.api.ApiHandler;
import dev.naru.broker.cluster.NodeAddress;
import dev.naru.broker.cluster.NodeLinks;
import dev.naru.broker.cluster.Peers;
import dev.naru.broker.net.SliceRecords;
import dev.naru.broker.partition.SharedLogsNode;
import dev.naru.log.AppendSpec;
import dev.naru.log.LocatedReads;
import dev.naru.log.LogSlice;
import dev.naru.log.PartitionLog;
import dev.naru.log.ReadLimit;
import dev.naru.log.bookkeeper.MemoryCluster;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.errors.NetworkException;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.metadata.PartitionChangeRecord;
import org.apache.kafka.common.metadata.RegisterBrokerRecord;
import org.apache.kafka.common.metadata.RegisterBrokerRecord.BrokerEndpoint;
import org.apache.kafka.common.metadata.RegisterBrokerRecord.BrokerEndpointCollection;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.FetchRequest;
import org.apache.kafka.common.requests.FetchResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Node 1 owns the partitions and is in the rack "far"; node 2 and the consumer are in "near". */
class NearFetchTest {
  private static final NodeAddress OWNER = new NodeAddress(1, "127.0.0.1", 1);
  private static final int MAX_BYTES = 1 << 20;
  private static final int TOLD_MS = 5_000;

  private final MemoryCluster cluster = new MemoryCluster();
  private final SharedLogsNode one = new SharedLogsNode(1, cluster.node(() -> 1_000));
  private final SharedLogsNode two = new SharedLogsNode(2, cluster.node(() -> 1_000));
  private final ExecutorService loop = Executors.newSingleThreadExecutor();
  private final ManualTimers timers = new ManualTimers();
  private final Links links = new Links();
  private final FetchHandler owner =
      new FetchHandler(
          one.lookup,
          new FetchSessions(10),
          timers,
          MAX_BYTES,
          new ReplicaSelector(one.view, timers),
          null);
  private FetchHandler near = near(cluster.reads());

  @BeforeEach
  void create() {
    for (SharedLogsNode node : List.of(one, two)) {
      rack(node, 1, "far", false);
      rack(node, 2, "near", false);
      node.createTopic("t", 2, 1);
    }
    one.takeOver("t");
  }

  @AfterEach
  void close() {
    loop.shutdown();
    cluster.close();
  }

  private FetchHandler near(LocatedReads reads) {
    return new FetchHandler(
        two.lookup,
        new FetchSessions(10),
        timers,
        MAX_BYTES,
        new ReplicaSelector(two.view, timers),
        new NearReads(two.view, new Peers(2, links, partition -> OWNER), reads, timers));
  }

  private static void rack(SharedLogsNode node, int id, String rack, boolean fenced) {
    BrokerEndpoint endpoint =
        new BrokerEndpoint().setName("PLAINTEXT").setHost("127.0.0.1").setPort(9000 + id);
    node.change(
        delta ->
            delta.replay(
                new RegisterBrokerRecord()
                    .setBrokerId(id)
                    .setRack(rack)
                    .setFenced(fenced)
                    .setEndPoints(new BrokerEndpointCollection(List.of(endpoint).iterator()))));
  }

  /** Node 2's way to node 1, over Kafka's bytes. */
  private final class Links implements NodeLinks {
    private final ApiHandler served = new NodeFetchHandler(one.lookup, timers, MAX_BYTES);
    private final AtomicInteger polls = new AtomicInteger();
    private volatile boolean cut;

    @Override
    public CompletionStage<AbstractResponse> send(
        NodeAddress to, AbstractRequest.Builder<?> request, int timeoutMs) {
      if (cut) {
        return CompletableFuture.failedFuture(new NetworkException("no way"));
      }
      short version = ApiKeys.FETCH.latestVersion();
      FetchRequestData sent = (FetchRequestData) request.build(version).data();
      polls.addAndGet(FetchRequest.replicaId(sent) < 0 ? 0 : 1);
      ByteBuffer asked = MessageUtil.toByteBufferAccessor(sent, version).buffer();
      FetchRequestData data = new FetchRequestData(new ByteBufferAccessor(asked), version);
      Ask arrived =
          new Ask(
              ApiKeys.FETCH,
              ApiKeys.FETCH.latestVersion(),
              data,
              "link" + FetchRequest.replicaId(data),
              loop);
      loop.execute(() -> served.handle(arrived));
      return arrived.answer.thenApply(
          answer -> {
            ByteBuffer bytes = MessageUtil.toByteBufferAccessor(answer, version).buffer();
            return FetchResponse.parse(new ByteBufferAccessor(bytes), version);
          });
    }

    @Override
    public void close() {}
  }

  private PartitionLog log(int partition) {
    return one.registry.get(new TopicPartition("t", partition)).log();
  }

  private void produce(int partition, String... values) throws Exception {
    produce(log(partition), values);
  }

  private static void produce(PartitionLog log, String... values) throws Exception {
    SimpleRecord[] records = new SimpleRecord[values.length];
    for (int i = 0; i < values.length; i++) {
      records[i] = new SimpleRecord(1_000, values[i].getBytes(UTF_8));
    }
    log.append(
        MemoryRecords.withRecords(Compression.NONE, records).buffer(), AppendSpec.client(0, 1_000));
    CompletableFuture<Void> durable = new CompletableFuture<>();
    log.whenDurable(log.logEndOffset(), problem -> durable.complete(null));
    durable.get(30, TimeUnit.SECONDS);
  }

  /** A consumer's fetch of both partitions, from these offsets on. */
  private Ask ask(
      FetchHandler handler, String rack, int waitMs, int minBytes, long from0, long from1) {
    return ask(handler, wish(rack, waitMs, minBytes, from0, from1));
  }

  private static FetchRequestData wish(
      String rack, int waitMs, int minBytes, long from0, long from1) {
    return new FetchRequestData()
        .setRackId(rack)
        .setMaxWaitMs(waitMs)
        .setMinBytes(minBytes)
        .setMaxBytes(MAX_BYTES)
        .setSessionEpoch(-1)
        .setTopics(
            List.of(
                new FetchTopic()
                    .setTopicId(SharedLogsNode.topicId("t"))
                    .setPartitions(List.of(partition(0, from0), partition(1, from1)))));
  }

  private Ask ask(FetchHandler handler, FetchRequestData data) {
    Ask request = new Ask(ApiKeys.FETCH, ApiKeys.FETCH.latestVersion(), data, "consumer", loop);
    loop.execute(() -> handler.handle(request));
    return request;
  }

  private static FetchPartition partition(int index, long from) {
    return new FetchPartition()
        .setPartition(index)
        .setFetchOffset(from)
        .setCurrentLeaderEpoch(0)
        .setPartitionMaxBytes(MAX_BYTES);
  }

  private static List<PartitionData> answer(Ask request) throws Exception {
    FetchResponseData answer = (FetchResponseData) request.answer.get(30, TimeUnit.SECONDS);
    List<PartitionData> partitions = new ArrayList<>();
    answer.responses().forEach(topic -> partitions.addAll(topic.partitions()));
    assertEquals(2, partitions.size());
    return partitions;
  }

  private static List<String> values(PartitionData data) {
    assertEquals(Errors.NONE, Errors.forCode(data.errorCode()));
    List<String> values = new ArrayList<>();
    if (data.records() instanceof SliceRecords records) {
      for (Record record : records.slice().toMemoryRecords().records()) {
        values.add(UTF_8.decode(record.value()).toString());
      }
      records.slice().close();
    }
    return values;
  }

  private static Errors error(PartitionData data) {
    assertEquals(0, data.records().sizeInBytes());
    return Errors.forCode(data.errorCode());
  }

  @Test
  void theOwnerSendsAConsumerToTheNodeInItsRack() throws Exception {
    produce(0, "a", "b");
    List<PartitionData> sent = answer(ask(owner, "near", 1_000, 1, 0, 0));
    for (PartitionData each : sent) {
      assertEquals(2, each.preferredReadReplica());
      assertEquals(List.of(), values(each));
    }
    assertEquals(2, sent.get(0).highWatermark());
    for (String rack : List.of("far", "elsewhere", "")) {
      PartitionData here = answer(ask(owner, rack, 0, 1, 0, 0)).get(0);
      assertEquals(-1, here.preferredReadReplica());
      assertEquals(List.of("a", "b"), values(here));
    }
  }

  @Test
  void severalNodesOfARackGetTheirShareAndKeepIt() throws Exception {
    rack(one, 3, "near", false);
    one.change(
        delta -> {
          for (int partition : List.of(0, 1)) {
            delta.replay(
                new PartitionChangeRecord()
                    .setTopicId(SharedLogsNode.topicId("t"))
                    .setPartitionId(partition)
                    .setReplicas(List.of(1, 2, 3)));
          }
        });
    List<PartitionData> sent = answer(ask(owner, "near", 0, 1, 0, 0));
    assertEquals(
        Set.of(2, 3),
        Set.of(sent.get(0).preferredReadReplica(), sent.get(1).preferredReadReplica()));
    timers.advance(10_000);
    List<PartitionData> again = answer(ask(owner, "near", 0, 1, 0, 0));
    for (int i = 0; i < 2; i++) {
      assertEquals(sent.get(i).preferredReadReplica(), again.get(i).preferredReadReplica());
    }
  }

  @Test
  void whoComesBackAtOnceIsServedByTheOwnerForAWhile() throws Exception {
    produce(0, "a");
    assertEquals(2, answer(ask(owner, "near", 0, 1, 0, 0)).get(0).preferredReadReplica());
    PartitionData again = answer(ask(owner, "near", 0, 1, 0, 0)).get(0);
    assertEquals(List.of("a"), values(again));
    timers.advance(10_000);
    assertEquals(2, answer(ask(owner, "near", 0, 1, 0, 0)).get(0).preferredReadReplica());
  }

  @Test
  void theOwnerItselfSaysWhatIsOutOfRangeAndServesWhenTheOtherIsGone() throws Exception {
    produce(0, "a");
    assertEquals(Errors.OFFSET_OUT_OF_RANGE, error(answer(ask(owner, "near", 0, 1, 5, 0)).get(0)));
    rack(one, 2, "near", true);
    timers.advance(10_000);
    assertEquals(List.of("a"), values(answer(ask(owner, "near", 0, 1, 0, 0)).get(0)));
  }

  @Test
  void theNearNodeGivesWhatTheOwnerHas() throws Exception {
    produce(0, "a", "b");
    produce(0, "c");
    produce(1, "x");
    List<PartitionData> all = answer(ask(near, "near", 0, 1, 0, 1));
    assertEquals(List.of("a", "b", "c"), values(all.get(0)));
    assertEquals(3, all.get(0).highWatermark());
    assertEquals(List.of(), values(all.get(1)));
    assertEquals(1, all.get(1).highWatermark());
    List<PartitionData> rest = answer(ask(near, "near", 0, 1, 2, 0));
    assertEquals(List.of("c"), values(rest.get(0)));
    assertEquals(List.of("x"), values(rest.get(1)));
    produce(0, "d");
    assertEquals(List.of("d"), values(answer(ask(near, "near", 0, 1, 3, 1)).get(0)));
  }

  /** As at the owner: or a consumer would never get beyond it. */
  @Test
  void theFirstBatchComesWhateverItsSizeAndNoOtherDoes() throws Exception {
    produce(0, "x".repeat(2_000));
    produce(0, "y");
    produce(1, "z".repeat(2_000));
    FetchRequestData data = wish("near", 0, 1, 0, 0).setMaxBytes(1_000);
    List<PartitionData> answer = answer(ask(near, data));
    assertEquals(List.of("x".repeat(2_000)), values(answer.get(0)));
    assertEquals(List.of(), values(answer.get(1)));
  }

  @Test
  void whatTheNodeOwnsItselfIsInTheSameFetch() throws Exception {
    for (SharedLogsNode node : List.of(one, two)) {
      node.createTopic("own", 1, 2);
    }
    two.takeOver("own");
    FetchTopic own =
        new FetchTopic()
            .setTopicId(SharedLogsNode.topicId("own"))
            .setPartitions(List.of(partition(0, 0)));
    FetchTopic other =
        new FetchTopic()
            .setTopicId(SharedLogsNode.topicId("t"))
            .setPartitions(List.of(partition(1, 0)));
    FetchRequestData both = wish("near", 60_000, 1, 0, 0).setTopics(List.of(own, other));
    Ask first = ask(near, both);
    awaitPoll();
    produce(two.registry.get(new TopicPartition("own", 0)).log(), "mine");
    assertEquals(List.of("mine"), values(answer(first).get(0)));
    own.partitions().get(0).setFetchOffset(1);
    Ask second = ask(near, both);
    produce(1, "theirs");
    List<PartitionData> answer = answer(second);
    assertEquals(List.of(), values(answer.get(0)));
    assertEquals(List.of("theirs"), values(answer.get(1)));
  }

  @Test
  void whoIsOfAnotherRackIsNotServedThere() throws Exception {
    produce(0, "a");
    for (String rack : List.of("far", "")) {
      PartitionData other = answer(ask(near, rack, 0, 1, 0, 0)).get(0);
      assertEquals(Errors.NOT_LEADER_OR_FOLLOWER, error(other));
      assertEquals(1, other.currentLeader().leaderId());
    }
  }

  @Test
  void aFetchWaitsAtTheNearNodeUntilTheOwnerHasSomething() throws Exception {
    Ask first = ask(near, "near", 60_000, 1, 0, 0);
    Ask second = ask(near, "near", 60_000, 1, 0, 0);
    awaitPoll();
    assertFalse(first.answer.isDone());
    produce(1, "x");
    assertEquals(List.of("x"), values(answer(first).get(1)));
    assertEquals(List.of("x"), values(answer(second).get(1)));
    Ask third = ask(near, "near", 60_000, 1, 0, 1);
    produce(0, "a");
    assertEquals(List.of("a"), values(answer(third).get(0)));
  }

  /** Or a client would wait for as long as it has patience. */
  @Test
  void aFetchThatADefectStopsEndsWithAnError() throws Exception {
    near =
        near(
            place -> {
              throw new IllegalStateException("a defect");
            });
    produce(0, "a");
    Ask atOnce = ask(near, "near", 60_000, 1, 0, 0);
    ExecutionException failure =
        assertThrows(ExecutionException.class, () -> atOnce.answer.get(30, TimeUnit.SECONDS));
    assertEquals("a defect", Errors.maybeUnwrapException(failure.getCause()).getMessage());
  }

  /** More consumers that wait are not more polls. */
  @Test
  void oneLongPollServesAllWhoWait() throws Exception {
    List<Ask> waiting = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      waiting.add(ask(near, "near", 60_000, 1, 0, 0));
    }
    awaitPoll();
    loop.submit(() -> {}).get(30, TimeUnit.SECONDS);
    produce(0, "a");
    for (Ask each : waiting) {
      assertEquals(List.of("a"), values(answer(each).get(0)));
    }
    assertTrue(links.polls.get() < 10, "polls: " + links.polls.get());
  }

  private void awaitPoll() {
    await(() -> links.polls.get() > 0);
  }

  private interface Condition {
    boolean holds();
  }

  private static void await(Condition condition) {
    long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (!condition.holds()) {
      assertTrue(System.nanoTime() < deadlineNs, "not in time");
      Thread.onSpinWait();
    }
  }

  @Test
  void aFetchWaitsForAsManyBytesAsItWants() throws Exception {
    Ask wanting = ask(near, "near", 60_000, 200, 0, 0);
    awaitPoll();
    produce(0, "few");
    produce(0, "x".repeat(300));
    assertEquals(2, values(answer(wanting).get(0)).size());
  }

  @Test
  void whenTimeIsUpThereIsAnAnswerWithoutRecords() throws Exception {
    Ask waiting = ask(near, "near", 500, 1, 0, 0);
    awaitPoll();
    loop.submit(() -> {}).get(30, TimeUnit.SECONDS);
    timers.advance(500);
    assertEquals(List.of(), values(answer(waiting).get(0)));
  }

  @Test
  void whatTheOwnerSaysOfTheOffsetIsPassedOn() throws Exception {
    produce(0, "a");
    List<PartitionData> beyond = answer(ask(near, "near", 60_000, 1, 7, 0));
    assertEquals(Errors.OFFSET_OUT_OF_RANGE, error(beyond.get(0)));
    assertEquals(Errors.NONE, error(beyond.get(1)));
  }

  @Test
  void anOwnerThatIsAwaySendsTheConsumerAway() throws Exception {
    produce(0, "a");
    Ask waiting = ask(near, "near", 60_000, 1, 1, 0);
    awaitPoll();
    links.cut = true;
    assertEquals(
        Errors.NOT_LEADER_OR_FOLLOWER, error(answer(ask(near, "near", 60_000, 1, 0, 0)).get(0)));
    loop.submit(() -> timers.advance(60_000));
    assertEquals(Errors.NOT_LEADER_OR_FOLLOWER, error(answer(waiting).get(0)));
  }

  @Test
  void whoWaitsHearsThatThePartitionMoved() throws Exception {
    Ask waiting = ask(near, "near", 60_000, 1, 0, 0);
    awaitPoll();
    loop.submit(() -> {}).get(30, TimeUnit.SECONDS);
    one.lead("t", 2);
    one.giveUp("t");
    assertEquals(Errors.NOT_LEADER_OR_FOLLOWER, error(answer(waiting).get(0)));
  }

  @Test
  void recordsThatDoNotComeInTimeSendTheConsumerToTheOwner() throws Exception {
    produce(0, "a");
    CompletableFuture<Optional<LogSlice>> slow = new CompletableFuture<>();
    AtomicInteger asked = new AtomicInteger();
    near =
        near(
            place -> {
              asked.incrementAndGet();
              return slow;
            });
    Ask request = ask(near, "near", 0, 1, 0, 0);
    await(() -> asked.get() > 0);
    loop.submit(() -> timers.advance(TOLD_MS)).get(30, TimeUnit.SECONDS);
    assertEquals(Errors.NOT_LEADER_OR_FOLLOWER, error(answer(request).get(0)));
    AtomicBoolean closed = new AtomicBoolean();
    slow.complete(Optional.of(LogSlice.of(ByteBuffer.allocate(5), () -> closed.set(true))));
    assertTrue(closed.get(), "what came too late is given back");
  }

  @Test
  void otherBytesThanTheOwnerSpokeOfAreNotGivenOut() throws Exception {
    produce(0, "a");
    produce(0, "b");
    ByteBuffer both = ByteBuffer.allocate(2_000);
    LogSlice right =
        cluster.reads().read(place()).toCompletableFuture().get(30, TimeUnit.SECONDS).orElseThrow();
    both.put(right.buffer()).flip();
    int half = both.limit() / 2;
    for (ByteBuffer wrong : List.of(both.slice(half, half), both.slice(0, half), flipped(both))) {
      AtomicBoolean closed = new AtomicBoolean();
      near =
          near(
              place ->
                  CompletableFuture.completedFuture(
                      Optional.of(LogSlice.of(wrong, () -> closed.set(true)))));
      assertEquals(
          Errors.NOT_LEADER_OR_FOLLOWER, error(answer(ask(near, "near", 0, 1, 0, 0)).get(0)));
      assertTrue(closed.get());
    }
  }

  private ByteBuffer place() throws Exception {
    return log(0)
        .locate(0, MAX_BYTES, true, ReadLimit.HIGH_WATERMARK)
        .toCompletableFuture()
        .get(30, TimeUnit.SECONDS)
        .place();
  }

  /** The second batch comes first. */
  private static ByteBuffer flipped(ByteBuffer both) {
    int half = both.limit() / 2;
    return ByteBuffer.allocate(both.limit())
        .put(both.slice(half, half))
        .put(both.slice(0, half))
        .flip();
  }

  /** Memory is short for a moment: the records come with a later fetch. */
  @Test
  void withoutRoomThereAreNoRecordsNow() throws Exception {
    produce(0, "a");
    near = near(place -> CompletableFuture.completedFuture(Optional.empty()));
    PartitionData nothing = answer(ask(near, "near", 0, 1, 0, 0)).get(0);
    assertEquals(List.of(), values(nothing));
    assertEquals(1, nothing.highWatermark());
  }
}

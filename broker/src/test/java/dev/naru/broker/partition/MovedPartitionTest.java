package dev.naru.broker.partition;

import static dev.naru.broker.partition.SharedLogsNode.topicId;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.broker.Ask;
import dev.naru.broker.Timers;
import dev.naru.broker.api.ApiHandler;
import dev.naru.broker.fetch.FetchHandler;
import dev.naru.broker.fetch.FetchSessions;
import dev.naru.broker.fetch.ListOffsetsHandler;
import dev.naru.broker.fetch.OffsetForLeaderEpochHandler;
import dev.naru.broker.produce.ProduceHandler;
import dev.naru.log.bookkeeper.MemoryCluster;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.message.ListOffsetsRequestData;
import org.apache.kafka.common.message.ListOffsetsRequestData.ListOffsetsPartition;
import org.apache.kafka.common.message.ListOffsetsRequestData.ListOffsetsTopic;
import org.apache.kafka.common.message.ListOffsetsResponseData;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData.OffsetForLeaderPartition;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData.OffsetForLeaderTopic;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData.OffsetForLeaderTopicCollection;
import org.apache.kafka.common.message.OffsetForLeaderEpochResponseData;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceDataCollection;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.message.ProduceResponseData.PartitionProduceResponse;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What clients are told of partitions that are at another node, or on their way. */
class MovedPartitionTest {
  private static final TopicPartition T0 = new TopicPartition("t", 0);
  private static final long PRODUCER = 77;

  private final MemoryCluster cluster = new MemoryCluster();
  private final SharedLogsNode one = new SharedLogsNode(1, cluster.node(() -> 1_000));
  private final SharedLogsNode two = new SharedLogsNode(2, cluster.node(() -> 1_000));
  private final List<SharedLogsNode> both = List.of(one, two);

  @BeforeEach
  void create() {
    both.forEach(node -> node.createTopic("t", 1, 1));
    one.takeOver("t");
  }

  @AfterEach
  void close() {
    cluster.close();
  }

  @Test
  void aClientIsToldWhereThePartitionIs() throws Exception {
    ProduceResponseData answer = produce(two, 13, 0);
    PartitionProduceResponse produced = partition(answer);
    assertEquals(Errors.NOT_LEADER_OR_FOLLOWER, Errors.forCode(produced.errorCode()));
    assertEquals(1, produced.currentLeader().leaderId());
    assertEquals(0, produced.currentLeader().leaderEpoch());
    assertEquals(9001, answer.nodeEndpoints().find(1).port());

    ProduceResponseData old = produce(two, 9, 0);
    assertEquals(Errors.NOT_LEADER_OR_FOLLOWER, Errors.forCode(partition(old).errorCode()));
    assertEquals(-1, partition(old).currentLeader().leaderId());
    assertEquals(0, old.nodeEndpoints().size());

    FetchResponseData fetched = fetch(two, 17, 500).get(20, TimeUnit.SECONDS);
    assertEquals(Errors.NOT_LEADER_OR_FOLLOWER, Errors.forCode(partition(fetched).errorCode()));
    assertEquals(1, partition(fetched).currentLeader().leaderId());
    assertEquals(9001, fetched.nodeEndpoints().find(1).port());
    assertEquals(0, fetch(two, 15, 500).get(20, TimeUnit.SECONDS).nodeEndpoints().size());
    assertEquals(Errors.NOT_LEADER_OR_FOLLOWER, listOffsets(two, -1));
    assertEquals(Errors.NOT_LEADER_OR_FOLLOWER, offsetForLeaderEpoch(two, -1));
  }

  @Test
  void onlyWhatNobodyHasIsUnknown() {
    assertEquals(Errors.UNKNOWN_TOPIC_OR_PARTITION, one.lookup.absence(new TopicPartition("t", 1)));
    assertEquals(
        Errors.UNKNOWN_TOPIC_OR_PARTITION, one.lookup.absence(new TopicPartition("other", 0)));
    assertEquals(Errors.UNKNOWN_TOPIC_ID, one.lookup.absence(null, 0));
  }

  @Test
  void whileATakeoverIsUnderWayClientsComeAgain() throws Exception {
    both.forEach(node -> node.lead("t", 2));
    one.giveUp("t");
    assertEquals(Errors.NOT_LEADER_OR_FOLLOWER, produced(two, 0));
    assertEquals(Errors.NOT_LEADER_OR_FOLLOWER, produced(one, 0));
    two.takeOver("t");
    assertEquals(Errors.NONE, produced(two, 0));
    assertEquals(Errors.NONE, listOffsets(two, 1));
    assertEquals(Errors.FENCED_LEADER_EPOCH, listOffsets(two, 0));
    assertEquals(Errors.UNKNOWN_LEADER_EPOCH, offsetForLeaderEpoch(two, 2));
  }

  @Test
  void anOfflineLogIsNotSaidToBeElsewhere() {
    PartitionLookup lookup = new PartitionLookup(one.view, new PartitionRegistry(), T0::equals);
    assertEquals(Errors.KAFKA_STORAGE_ERROR, lookup.absence(T0));
  }

  @Test
  void aParkedFetchEndsWhenItsPartitionLeaves() throws Exception {
    CompletableFuture<FetchResponseData> parked = fetch(one, 17, 60_000);
    assertFalse(parked.isDone());
    both.forEach(node -> node.lead("t", 2));
    one.giveUp("t");
    FetchResponseData answer = parked.get(20, TimeUnit.SECONDS);
    assertEquals(Errors.NOT_LEADER_OR_FOLLOWER, Errors.forCode(partition(answer).errorCode()));
    assertEquals(2, partition(answer).currentLeader().leaderId());
    assertEquals(1, partition(answer).currentLeader().leaderEpoch());
  }

  @Test
  void aParkedFetchEndsWhenItsPartitionHasAnotherLog() throws Exception {
    CompletableFuture<FetchResponseData> parked = fetch(one, 17, 60_000);
    assertFalse(parked.isDone());
    one.takeOver("t");
    assertEquals(
        Errors.NOT_LEADER_OR_FOLLOWER,
        Errors.forCode(partition(parked.get(20, TimeUnit.SECONDS)).errorCode()));
  }

  @Test
  void aProducerThatWasCutOffGoesOnWithItsSequence() throws Exception {
    assertEquals(Errors.NONE, produced(one, 0));
    // Node one does not know yet.
    two.lead("t", 2);
    two.takeOver("t");
    assertEquals(Errors.NOT_LEADER_OR_FOLLOWER, produced(one, 1));
    assertEquals(Errors.NOT_LEADER_OR_FOLLOWER, produced(one, 1));
    assertEquals(Errors.NONE, produced(two, 1));
    assertEquals(2, two.registry.get(T0).log().highWatermark());
  }

  @Test
  void aNodeThatLostItsLogJudgesNobodyByIt() throws Exception {
    assertEquals(Errors.NONE, produced(one, 0));
    // Node one does not know yet.
    two.lead("t", 2);
    two.takeOver("t");
    assertEquals(Errors.NONE, produced(two, 1));
    assertEquals(Errors.NOT_LEADER_OR_FOLLOWER, produced(one, 2));
    assertTrue(one.registry.get(T0).log().failure().isPresent(), "nobody would open it again");
    assertEquals(Errors.NOT_LEADER_OR_FOLLOWER, fetched(one, 2));
    assertEquals(Errors.NONE, fetched(two, 2));
  }

  @Test
  void theOwnerOfALogTellsWhatIsWrong() throws Exception {
    assertEquals(Errors.NONE, produced(one, 0));
    assertEquals(Errors.OUT_OF_ORDER_SEQUENCE_NUMBER, produced(one, 7));
    assertEquals(Errors.OFFSET_OUT_OF_RANGE, fetched(one, 7));
    assertEquals(Errors.NONE, produced(one, 1));
  }

  private static Errors fetched(SharedLogsNode node, long offset) throws Exception {
    return Errors.forCode(
        partition(fetch(node, 17, 0, offset).get(20, TimeUnit.SECONDS)).errorCode());
  }

  private Errors produced(SharedLogsNode node, int sequence) throws Exception {
    return Errors.forCode(partition(produce(node, 13, sequence)).errorCode());
  }

  private static ProduceResponseData produce(SharedLogsNode node, int version, int sequence)
      throws Exception {
    MemoryRecords records =
        MemoryRecords.withIdempotentRecords(
            Compression.NONE,
            PRODUCER,
            (short) 0,
            sequence,
            new SimpleRecord(1_000, "v".getBytes(StandardCharsets.UTF_8)));
    TopicProduceData topic =
        new TopicProduceData()
            .setName(version < 13 ? "t" : "")
            .setTopicId(version < 13 ? Uuid.ZERO_UUID : topicId("t"))
            .setPartitionData(List.of(new PartitionProduceData().setIndex(0).setRecords(records)));
    TopicProduceDataCollection topics = new TopicProduceDataCollection();
    topics.add(topic);
    ProduceRequestData data =
        new ProduceRequestData().setAcks((short) -1).setTimeoutMs(30_000).setTopicData(topics);
    ProduceHandler handler = new ProduceHandler(node.lookup, null, new Clock());
    return ask(handler, version, data, ProduceResponseData.class).get(20, TimeUnit.SECONDS);
  }

  private static PartitionProduceResponse partition(ProduceResponseData answer) {
    return answer.responses().iterator().next().partitionResponses().get(0);
  }

  private static CompletableFuture<FetchResponseData> fetch(
      SharedLogsNode node, int version, int maxWaitMs) {
    return fetch(node, version, maxWaitMs, 0);
  }

  private static CompletableFuture<FetchResponseData> fetch(
      SharedLogsNode node, int version, int maxWaitMs, long offset) {
    FetchTopic topic =
        new FetchTopic()
            .setTopicId(topicId("t"))
            .setPartitions(
                List.of(
                    new FetchPartition()
                        .setPartition(0)
                        .setFetchOffset(offset)
                        .setPartitionMaxBytes(1)));
    FetchRequestData data =
        new FetchRequestData()
            .setMaxWaitMs(maxWaitMs)
            .setMinBytes(1)
            .setMaxBytes(1 << 20)
            .setSessionEpoch(-1)
            .setTopics(List.of(topic));
    FetchHandler handler =
        new FetchHandler(node.lookup, new FetchSessions(0), new Clock(), 1 << 20);
    return ask(handler, version, data, FetchResponseData.class);
  }

  private static PartitionData partition(FetchResponseData answer) {
    return answer.responses().get(0).partitions().get(0);
  }

  private static Errors listOffsets(SharedLogsNode node, int epoch) throws Exception {
    ListOffsetsRequestData data =
        new ListOffsetsRequestData()
            .setTopics(
                List.of(
                    new ListOffsetsTopic()
                        .setName("t")
                        .setPartitions(
                            List.of(
                                new ListOffsetsPartition()
                                    .setPartitionIndex(0)
                                    .setCurrentLeaderEpoch(epoch)
                                    .setTimestamp(-1)))));
    ListOffsetsResponseData answer =
        ask(
                new ListOffsetsHandler(node.lookup, Runnable::run),
                9,
                data,
                ListOffsetsResponseData.class)
            .get(20, TimeUnit.SECONDS);
    return Errors.forCode(answer.topics().get(0).partitions().get(0).errorCode());
  }

  private static Errors offsetForLeaderEpoch(SharedLogsNode node, int epoch) throws Exception {
    OffsetForLeaderTopicCollection topics = new OffsetForLeaderTopicCollection();
    topics.add(
        new OffsetForLeaderTopic()
            .setTopic("t")
            .setPartitions(
                List.of(
                    new OffsetForLeaderPartition()
                        .setPartition(0)
                        .setCurrentLeaderEpoch(epoch)
                        .setLeaderEpoch(0))));
    OffsetForLeaderEpochResponseData answer =
        ask(
                new OffsetForLeaderEpochHandler(node.lookup),
                4,
                new OffsetForLeaderEpochRequestData().setTopics(topics),
                OffsetForLeaderEpochResponseData.class)
            .get(20, TimeUnit.SECONDS);
    return Errors.forCode(answer.topics().iterator().next().partitions().get(0).errorCode());
  }

  private static <T> CompletableFuture<T> ask(
      ApiHandler handler, int version, ApiMessage data, Class<T> type) {
    Ask request = new Ask(handler.api(), (short) version, data);
    handler.handle(request);
    return request.answer.thenApply(type::cast);
  }

  /** Time that stands still. */
  private static final class Clock implements Timers {
    @Override
    public long nowMs() {
      return 1_000;
    }

    @Override
    public Handle schedule(long delayMs, Runnable task) {
      return () -> {};
    }
  }
}

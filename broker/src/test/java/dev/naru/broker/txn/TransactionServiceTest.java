package dev.naru.broker.txn;

import static dev.naru.broker.txn.FakeRequest.ask;
import static dev.naru.broker.txn.ServiceFixture.await;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.broker.txn.TransactionVerifier.Mode;
import dev.naru.log.AppendOrigin;
import dev.naru.log.AppendSpec;
import dev.naru.log.PartitionLog;
import dev.naru.log.ReadLimit;
import dev.naru.log.ReadResult;
import dev.naru.log.VerificationGuard;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.errors.InvalidRegularExpression;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.message.AddOffsetsToTxnRequestData;
import org.apache.kafka.common.message.AddOffsetsToTxnResponseData;
import org.apache.kafka.common.message.AddPartitionsToTxnRequestData;
import org.apache.kafka.common.message.AddPartitionsToTxnRequestData.AddPartitionsToTxnTopic;
import org.apache.kafka.common.message.AddPartitionsToTxnRequestData.AddPartitionsToTxnTopicCollection;
import org.apache.kafka.common.message.AddPartitionsToTxnRequestData.AddPartitionsToTxnTransaction;
import org.apache.kafka.common.message.AddPartitionsToTxnRequestData.AddPartitionsToTxnTransactionCollection;
import org.apache.kafka.common.message.AddPartitionsToTxnResponseData;
import org.apache.kafka.common.message.DescribeTransactionsRequestData;
import org.apache.kafka.common.message.DescribeTransactionsResponseData;
import org.apache.kafka.common.message.EndTxnRequestData;
import org.apache.kafka.common.message.EndTxnResponseData;
import org.apache.kafka.common.message.InitProducerIdRequestData;
import org.apache.kafka.common.message.InitProducerIdResponseData;
import org.apache.kafka.common.message.ListTransactionsRequestData;
import org.apache.kafka.common.message.ListTransactionsResponseData;
import org.apache.kafka.common.message.WriteTxnMarkersRequestData;
import org.apache.kafka.common.message.WriteTxnMarkersRequestData.WritableTxnMarker;
import org.apache.kafka.common.message.WriteTxnMarkersRequestData.WritableTxnMarkerTopic;
import org.apache.kafka.common.message.WriteTxnMarkersResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.requests.AddPartitionsToTxnResponse;
import org.apache.kafka.common.requests.WriteTxnMarkersResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The APIs over real logs. */
class TransactionServiceTest {
  private static final TopicPartition A0 = new TopicPartition("a", 0);
  private static final TopicPartition A1 = new TopicPartition("a", 1);

  @TempDir Path directory;
  private ServiceFixture node;

  @BeforeEach
  void start() {
    node = ServiceFixture.start(directory);
    node.create("a", 2);
  }

  @AfterEach
  void stop() {
    node.close();
  }

  private InitProducerIdResponseData init(String id, int version) {
    return ask(
        new InitProducerIdHandler(node.service),
        new InitProducerIdRequestData().setTransactionalId(id).setTransactionTimeoutMs(60_000),
        version,
        InitProducerIdResponseData.class);
  }

  private EndTxnResponseData end(
      String id, long producerId, int epoch, boolean commit, int version) {
    return ask(
        new EndTxnHandler(node.service),
        new EndTxnRequestData()
            .setTransactionalId(id)
            .setProducerId(producerId)
            .setProducerEpoch((short) epoch)
            .setCommitted(commit),
        version,
        EndTxnResponseData.class);
  }

  private Map<TopicPartition, Errors> add(
      String id, long producerId, int epoch, TopicPartition... partitions) {
    return await(
        node.service.addOrVerify(id, producerId, (short) epoch, List.of(partitions), Mode.ADD));
  }

  /** Verifies and appends one record, as the produce path does. */
  private void produce(TopicPartition partition, long producerId, int epoch, int sequence) {
    PartitionLog log = node.partitions.get(partition).log();
    VerificationGuard guard = log.startVerification(producerId, (short) epoch, sequence, true);
    MemoryRecords batch =
        MemoryRecords.withTransactionalRecords(
            Compression.NONE,
            producerId,
            (short) epoch,
            sequence,
            new SimpleRecord(node.timers.nowMs(), null, "v".getBytes(UTF_8)));
    log.append(batch.buffer(), new AppendSpec(AppendOrigin.CLIENT, 0, node.timers.nowMs(), guard));
  }

  private PartitionLog log(TopicPartition partition) {
    return node.partitions.get(partition).log();
  }

  private void untilStable(TopicPartition partition) {
    node.until(
        partition + " has no open transaction",
        () ->
            log(partition).lastStableOffset() == log(partition).logEndOffset()
                && log(partition).highWatermark() == log(partition).logEndOffset());
  }

  private String state(String id) {
    Transaction transaction = node.service.describe(id);
    return transaction == null ? "none" : transaction.state().stateName();
  }

  @Test
  void commitsAndAbortsReachTheReaders() {
    InitProducerIdResponseData producer = init("t", 5);
    assertEquals(Errors.NONE.code(), producer.errorCode());
    long id = producer.producerId();
    assertEquals(Map.of(A0, Errors.NONE, A1, Errors.NONE), add("t", id, 0, A0, A1));
    produce(A0, id, 0, 0);
    produce(A1, id, 0, 0);
    assertEquals(0, log(A0).lastStableOffset());
    EndTxnResponseData ended = end("t", id, 0, true, 5);
    assertEquals(Errors.NONE.code(), ended.errorCode());
    assertEquals(id, ended.producerId());
    assertEquals(1, ended.producerEpoch());
    untilStable(A0);
    untilStable(A1);
    assertEquals(2, log(A0).logEndOffset(), "the record and the marker");
    assertEquals(Map.of(A0, Errors.NONE), add("t", id, 1, A0));
    produce(A0, id, 1, 0);
    assertEquals(Errors.NONE.code(), end("t", id, 1, false, 5).errorCode());
    untilStable(A0);
    ReadResult read = await(log(A0).read(2, 1 << 20, true, ReadLimit.LAST_STABLE_OFFSET));
    assertEquals(1, read.abortedTransactions().size());
    read.records().close();
    assertEquals(Map.of(A0, Errors.INVALID_PRODUCER_EPOCH), add("t", id, 0, A0));
    node.until("complete", () -> state("t").equals("CompleteAbort"));
  }

  @Test
  void aDecidedEndIsCompletedAfterARestart() {
    long id = init("t", 5).producerId();
    add("t", id, 0, A0);
    produce(A0, id, 0, 0);
    node.forget("a");
    assertEquals(Errors.NONE.code(), end("t", id, 0, true, 5).errorCode());
    node.until("tried", () -> state("t").equals("PrepareCommit"));
    node = node.restart(directory, "a");
    node.until("loaded", () -> state("t").equals("PrepareCommit"));
    node.openAll("a");
    assertEquals(0, log(A0).lastStableOffset());
    untilStable(A0);
    node.until("complete", () -> state("t").equals("CompleteCommit"));
    assertEquals(Errors.NONE.code(), end("t", id, 0, true, 5).errorCode(), "the retry");
  }

  @Test
  void anOpenTransactionOutlivesARestartAndThenTimesOut() {
    long id = init("t", 5).producerId();
    add("t", id, 0, A0);
    produce(A0, id, 0, 0);
    node = node.restart(directory);
    node.until("loaded", () -> state("t").equals("Ongoing"));
    assertEquals(
        Map.of(A0, Errors.NONE, A1, Errors.TRANSACTION_ABORTABLE),
        await(node.service.addOrVerify("t", id, (short) 0, List.of(A0, A1), Mode.VERIFY)));
    node.timers.advance(62_000);
    untilStable(A0);
    node.until("complete", () -> state("t").equals("CompleteAbort"));
    long other = init("u", 5).producerId();
    assertNotEquals(id, other);
  }

  @Test
  void committedOffsetsEndByWayOfTheGroups() {
    node.create("__consumer_offsets", 4);
    long id = init("t", 5).producerId();
    AddOffsetsToTxnResponseData added =
        ask(
            new AddOffsetsToTxnHandler(node.service, group -> 3),
            new AddOffsetsToTxnRequestData()
                .setTransactionalId("t")
                .setProducerId(id)
                .setProducerEpoch((short) 0)
                .setGroupId("g"),
            3,
            AddOffsetsToTxnResponseData.class);
    assertEquals(Errors.NONE.code(), added.errorCode());
    assertEquals(-1, end("t", id, 0, true, 3).producerId());
    node.until("ended", () -> state("t").equals("CompleteCommit"));
    assertEquals(List.of("__consumer_offsets-3 COMMIT " + id + "/0"), node.offsetsEnded);
  }

  @Test
  void idempotentProducersGetIdsOfTheirOwn() {
    InitProducerIdResponseData first = init(null, 5);
    InitProducerIdResponseData second = init(null, 0);
    assertEquals(Errors.NONE.code(), first.errorCode());
    assertEquals(0, second.producerEpoch());
    assertNotEquals(first.producerId(), second.producerId());
    InitProducerIdRequestData half = new InitProducerIdRequestData().setProducerId(5);
    assertThrows(
        InvalidRequestException.class,
        () ->
            ask(
                new InitProducerIdHandler(node.service),
                half,
                5,
                InitProducerIdResponseData.class));
  }

  @Test
  void oldVersionsAreToldTheErrorsThatTheyKnow() {
    long id = init("t", 5).producerId();
    init("t", 5);
    assertEquals(Errors.INVALID_PRODUCER_EPOCH.code(), end("t", id, 0, true, 1).errorCode());
    assertEquals(Errors.PRODUCER_FENCED.code(), end("t", id, 0, true, 2).errorCode());
    InitProducerIdRequestData zombie =
        new InitProducerIdRequestData()
            .setTransactionalId("t")
            .setTransactionTimeoutMs(1000)
            .setProducerId(id)
            .setProducerEpoch((short) 0);
    InitProducerIdHandler handler = new InitProducerIdHandler(node.service);
    assertEquals(
        Errors.INVALID_PRODUCER_EPOCH.code(),
        ask(handler, zombie, 3, InitProducerIdResponseData.class).errorCode());
    assertEquals(
        Errors.PRODUCER_FENCED.code(),
        ask(handler, zombie, 4, InitProducerIdResponseData.class).errorCode());
  }

  private static AddPartitionsToTxnTopicCollection topics(String name, Integer... indexes) {
    AddPartitionsToTxnTopicCollection topics = new AddPartitionsToTxnTopicCollection();
    topics.add(new AddPartitionsToTxnTopic().setName(name).setPartitions(List.of(indexes)));
    return topics;
  }

  private Map<String, Map<TopicPartition, Errors>> addPartitions(
      AddPartitionsToTxnRequestData data, int version) {
    return new AddPartitionsToTxnResponse(
            ask(
                new AddPartitionsToTxnHandler(node.service),
                data,
                version,
                AddPartitionsToTxnResponseData.class))
        .errors();
  }

  @Test
  void clientsAddPartitionsOneTransactionAtATime() {
    long id = init("t", 5).producerId();
    AddPartitionsToTxnRequestData data =
        new AddPartitionsToTxnRequestData()
            .setV3AndBelowTransactionalId("t")
            .setV3AndBelowProducerId(id)
            .setV3AndBelowProducerEpoch((short) 0)
            .setV3AndBelowTopics(topics("a", 0, 9));
    assertEquals(
        Map.of(
            A0,
            Errors.OPERATION_NOT_ATTEMPTED,
            new TopicPartition("a", 9),
            Errors.UNKNOWN_TOPIC_OR_PARTITION),
        addPartitions(data, 3).get(AddPartitionsToTxnResponse.V3_AND_BELOW_TXN_ID));
    assertEquals("Empty", state("t"));
    data.setV3AndBelowTopics(topics("a", 0, 1));
    assertEquals(
        Map.of(A0, Errors.NONE, A1, Errors.NONE),
        addPartitions(data, 3).get(AddPartitionsToTxnResponse.V3_AND_BELOW_TXN_ID));
    assertEquals("Ongoing", state("t"));
  }

  @Test
  void brokersAddAndVerifyInBatches() {
    long first = init("t", 5).producerId();
    long second = init("u", 5).producerId();
    AddPartitionsToTxnTransactionCollection both = new AddPartitionsToTxnTransactionCollection();
    both.add(
        new AddPartitionsToTxnTransaction()
            .setTransactionalId("t")
            .setProducerId(first)
            .setTopics(topics("a", 0)));
    both.add(
        new AddPartitionsToTxnTransaction()
            .setTransactionalId("u")
            .setProducerId(second)
            .setVerifyOnly(true)
            .setTopics(topics("a", 1)));
    assertEquals(
        Map.of("t", Map.of(A0, Errors.NONE), "u", Map.of(A1, Errors.TRANSACTION_ABORTABLE)),
        addPartitions(new AddPartitionsToTxnRequestData().setTransactions(both), 5));
    assertEquals(Map.of(), addPartitions(new AddPartitionsToTxnRequestData(), 5));
  }

  @Test
  void anOperatorEndsAHangingTransaction() {
    produce(A0, 77, 0, 0);
    WriteTxnMarkersRequestData data =
        new WriteTxnMarkersRequestData()
            .setMarkers(
                List.of(
                    new WritableTxnMarker()
                        .setProducerId(77)
                        .setProducerEpoch((short) 0)
                        .setCoordinatorEpoch(0)
                        .setTransactionResult(false)
                        .setTopics(
                            List.of(
                                new WritableTxnMarkerTopic()
                                    .setName("a")
                                    .setPartitionIndexes(List.of(0, 9))))));
    WriteTxnMarkersResponseData answer =
        ask(new WriteTxnMarkersHandler(node.service), data, 1, WriteTxnMarkersResponseData.class);
    assertEquals(
        Map.of(A0, Errors.NONE, new TopicPartition("a", 9), Errors.UNKNOWN_TOPIC_OR_PARTITION),
        new WriteTxnMarkersResponse(answer).errorsByProducerId().get(77L));
    untilStable(A0);
  }

  @Test
  void transactionsAreDescribedAndListed() {
    long first = init("orders-1", 5).producerId();
    add("orders-1", first, 0, A0, A1);
    node.timers.advance(5_000);
    long second = init("bills-1", 5).producerId();
    add("bills-1", second, 0, A0);
    DescribeTransactionsResponseData described =
        ask(
            new DescribeTransactionsHandler(node.service),
            new DescribeTransactionsRequestData()
                .setTransactionalIds(List.of("orders-1", "unknown", "")),
            0,
            DescribeTransactionsResponseData.class);
    DescribeTransactionsResponseData.TransactionState orders = described.transactionStates().get(0);
    assertEquals("Ongoing", orders.transactionState());
    assertEquals(first, orders.producerId());
    assertEquals(60_000, orders.transactionTimeoutMs());
    assertNotNull(orders.topics().find("a"));
    assertEquals(2, orders.topics().find("a").partitions().size());
    // Whether "unknown" is answered for depends on its partition being loaded, which takes a
    // moment.
    node.until("listed", () -> list(new ListTransactionsRequestData()).size() == 2);
    assertEquals(Errors.INVALID_REQUEST.code(), described.transactionStates().get(2).errorCode());
    assertEquals(
        Map.of("bills-1", "Ongoing"),
        list(new ListTransactionsRequestData().setTransactionalIdPattern("b.*")));
    assertEquals(
        Map.of("orders-1", "Ongoing"),
        list(new ListTransactionsRequestData().setDurationFilter(4_000)));
    assertEquals(
        Map.of("bills-1", "Ongoing"),
        list(new ListTransactionsRequestData().setProducerIdFilters(List.of(second))));
    assertEquals(
        Map.of(), list(new ListTransactionsRequestData().setStateFilters(List.of("Nonsense"))));
    assertEquals(
        2, list(new ListTransactionsRequestData().setStateFilters(List.of("Ongoing"))).size());
    assertThrows(
        InvalidRegularExpression.class,
        () -> list(new ListTransactionsRequestData().setTransactionalIdPattern("(")));
  }

  private Map<String, String> list(ListTransactionsRequestData filters) {
    ListTransactionsResponseData answer =
        ask(
            new ListTransactionsHandler(node.service),
            filters,
            2,
            ListTransactionsResponseData.class);
    if (answer.errorCode() == Errors.COORDINATOR_LOAD_IN_PROGRESS.code()) {
      return Map.of();
    }
    assertEquals(
        filters.stateFilters().contains("Nonsense"), !answer.unknownStateFilters().isEmpty());
    Map<String, String> states = new TreeMap<>();
    answer
        .transactionStates()
        .forEach(one -> states.put(one.transactionalId(), one.transactionState()));
    return states;
  }

  @Test
  void everyIdHasItsCoordinator() {
    int partition = await(node.service.coordinatorPartition("t"));
    assertTrue(partition >= 0 && partition < 3);
    assertEquals(partition, await(node.service.coordinatorPartition("t")));
    TransactionHandlers.all(node.service, group -> 0)
        .forEach(handler -> assertTrue(handler.maxVersion() >= handler.minVersion()));
  }
}

package dev.naru.broker.group;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.naru.broker.txn.TransactionVerifier;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.errors.CoordinatorLoadInProgressException;
import org.apache.kafka.common.errors.KafkaStorageException;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestPartition;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestTopic;
import org.apache.kafka.common.message.OffsetCommitResponseData;
import org.apache.kafka.common.message.OffsetFetchRequestData;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestGroup;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestTopics;
import org.apache.kafka.common.message.OffsetFetchResponseData;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponsePartitions;
import org.apache.kafka.common.message.TxnOffsetCommitRequestData;
import org.apache.kafka.common.message.TxnOffsetCommitRequestData.TxnOffsetCommitRequestPartition;
import org.apache.kafka.common.message.TxnOffsetCommitRequestData.TxnOffsetCommitRequestTopic;
import org.apache.kafka.common.message.TxnOffsetCommitResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.TransactionResult;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class GroupServiceTest {
  private static final String GROUP = "group";
  private FakeNode node;

  @BeforeEach
  void setUp() {
    node = new FakeNode();
    node.createTopic("t", 2);
  }

  @AfterEach
  void tearDown() {
    node.close();
  }

  @Test
  void committedOffsetsSurviveARestart() {
    node.start();
    assertEquals(Errors.NONE, commit(42));
    assertEquals(1, node.creations);
    node.restart();
    assertEquals(42, fetch(false).committedOffset());
    assertEquals(1, node.creations);
  }

  @Test
  void aCommitIsAnsweredWhenItIsDurable() {
    node.start();
    assertEquals(Errors.NONE, commit(1));
    node.log(GROUP).durable(false);
    CompletableFuture<ApiMessage> answer = node.send(ApiKeys.OFFSET_COMMIT, 9, commitRequest(2));
    awaitEnd(2);
    assertFalse(answer.isDone());
    assertEquals(1, fetch(false).committedOffset());
    node.log(GROUP).durable(true);
    assertEquals(Errors.NONE, errorOf((OffsetCommitResponseData) FakeNode.await(answer)));
    assertEquals(2, fetch(false).committedOffset());
  }

  @Test
  void aHalfWrittenAppendIsCutAndTheGroupIsServedAgain() {
    node.start();
    assertEquals(Errors.NONE, commit(7));
    node.log(GROUP).failNext(new KafkaStorageException("disk"), true);
    assertEquals(Errors.NOT_COORDINATOR, commit(8));
    assertEquals(Errors.NONE, commitUntilServed(9));
    assertEquals(9, fetch(false).committedOffset());
    assertEquals(2, node.log(GROUP).endOffset());
    node.restart();
    assertEquals(9, fetch(false).committedOffset());
  }

  @Test
  void anAppendThatLeftNothingBehindNeedsNoReload() {
    node.start();
    assertEquals(Errors.NONE, commit(7));
    node.log(GROUP).failNext(new KafkaStorageException("disk full"), false);
    assertEquals(Errors.NOT_COORDINATOR, commit(8));
    assertEquals(7, fetch(false).committedOffset());
    assertEquals(Errors.NONE, commit(9));
  }

  @Test
  void anOfflineLogIsServedAgainOnceItIsBack() {
    node.start();
    assertEquals(Errors.NONE, commit(7));
    FakeOffsetsLog log = node.log(GROUP);
    log.goOffline(new KafkaStorageException("fsync"));
    awaitError(Errors.NOT_COORDINATOR);
    node.timers.advance(10_000);
    awaitError(Errors.NOT_COORDINATOR);
    log.comeBack();
    assertEquals(Errors.NONE, commitUntilServed(9));
  }

  @Test
  void pendingOffsetsCountWhenTheTransactionCommits() {
    node.start();
    assertEquals(Errors.NONE, commit(1));
    assertEquals(Errors.NONE, txnCommit(5, 50));
    assertSame(TransactionVerifier.Mode.ADD, node.lastMode);
    assertNotNull(node.log(GROUP).handedOut());
    assertSame(node.log(GROUP).handedOut(), node.log(GROUP).givenBack());
    assertEquals(1, fetch(false).committedOffset());
    assertEquals(Errors.UNSTABLE_OFFSET_COMMIT.code(), fetch(true).errorCode());

    node.restart();
    assertEquals(Errors.UNSTABLE_OFFSET_COMMIT.code(), fetch(true).errorCode());
    complete(TransactionResult.COMMIT);
    assertEquals(50, fetch(true).committedOffset());
    node.restart();
    assertEquals(50, fetch(true).committedOffset());
  }

  @Test
  void pendingOffsetsAreDroppedWhenTheTransactionAborts() {
    node.start();
    assertEquals(Errors.NONE, commit(1));
    assertEquals(Errors.NONE, txnCommit(4, 50));
    assertSame(TransactionVerifier.Mode.VERIFY, node.lastMode);
    complete(TransactionResult.ABORT);
    assertEquals(1, fetch(true).committedOffset());
    node.restart();
    assertEquals(1, fetch(true).committedOffset());
  }

  @Test
  void whatTheTransactionCoordinatorRefusesIsNotWritten() {
    node.start();
    assertEquals(Errors.NONE, commit(1));
    node.verdict = Errors.TRANSACTION_ABORTABLE;
    assertEquals(Errors.INVALID_TXN_STATE, txnCommit(3, 50));
    assertEquals(Errors.TRANSACTION_ABORTABLE, txnCommit(5, 50));
    node.verdict = Errors.PRODUCER_FENCED;
    assertEquals(Errors.INVALID_PRODUCER_EPOCH, txnCommit(5, 50));
    assertEquals(1, node.log(GROUP).endOffset());
  }

  @Test
  void requestsWaitForTheCoordinatorToStart() {
    CompletableFuture<ApiMessage> answer = node.send(ApiKeys.OFFSET_COMMIT, 9, commitRequest(3));
    assertFalse(answer.isDone());
    node.start();
    assertEquals(Errors.NONE, errorOf((OffsetCommitResponseData) FakeNode.await(answer)));
  }

  @Test
  void requestsDoNotWaitForEverForTheCoordinatorToStart() {
    CompletableFuture<ApiMessage> answer = node.send(ApiKeys.OFFSET_COMMIT, 9, commitRequest(3));
    node.timers.advance(GroupService.MAX_WAIT_MS);
    assertThrows(CoordinatorLoadInProgressException.class, () -> FakeNode.await(answer));
    assertEquals(0, node.timers.waiting());
  }

  @Test
  void anExistingOffsetsTopicIsLoadedAtStart() {
    node.createTopic(Topic.GROUP_METADATA_TOPIC_NAME, 5);
    node.start();
    assertEquals(Errors.NONE, commit(42));
    assertEquals(0, node.creations);
  }

  @Test
  void aDeletedTopicTakesItsOffsetsAlong() {
    node.start();
    assertEquals(Errors.NONE, commit(42));
    node.deleteTopic("t");
    assertEquals(-1, fetch(false).committedOffset());
    assertEquals(2, node.log(GROUP).endOffset());
  }

  private Errors commit(long offset) {
    return errorOf(
        node.send(ApiKeys.OFFSET_COMMIT, 9, commitRequest(offset), OffsetCommitResponseData.class));
  }

  /** Turns time until the partition is served again. */
  private Errors commitUntilServed(long offset) {
    Errors error = Errors.NOT_COORDINATOR;
    long deadline = System.nanoTime() + 30_000_000_000L;
    while (error != Errors.NONE && System.nanoTime() < deadline) {
      node.timers.advance(100);
      error = commit(offset);
    }
    return error;
  }

  private void awaitError(Errors expected) {
    long deadline = System.nanoTime() + 30_000_000_000L;
    Errors error = Errors.NONE;
    while (error != expected && System.nanoTime() < deadline) {
      error =
          Errors.forCode(
              node.send(ApiKeys.OFFSET_FETCH, 9, fetchRequest(false), OffsetFetchResponseData.class)
                  .groups()
                  .get(0)
                  .errorCode());
    }
    assertEquals(expected, error);
  }

  private void awaitEnd(long endOffset) {
    long deadline = System.nanoTime() + 30_000_000_000L;
    while (node.log(GROUP).endOffset() < endOffset && System.nanoTime() < deadline) {
      Thread.onSpinWait();
    }
    assertEquals(endOffset, node.log(GROUP).endOffset());
  }

  private static OffsetCommitRequestData commitRequest(long offset) {
    return new OffsetCommitRequestData()
        .setGroupId(GROUP)
        .setTopics(
            List.of(
                new OffsetCommitRequestTopic()
                    .setName("t")
                    .setPartitions(
                        List.of(
                            new OffsetCommitRequestPartition()
                                .setPartitionIndex(1)
                                .setCommittedOffset(offset)))));
  }

  private static Errors errorOf(OffsetCommitResponseData response) {
    return Errors.forCode(response.topics().get(0).partitions().get(0).errorCode());
  }

  private static OffsetFetchRequestData fetchRequest(boolean requireStable) {
    return new OffsetFetchRequestData()
        .setRequireStable(requireStable)
        .setGroups(
            List.of(
                new OffsetFetchRequestGroup()
                    .setGroupId(GROUP)
                    .setTopics(
                        List.of(
                            new OffsetFetchRequestTopics()
                                .setName("t")
                                .setPartitionIndexes(List.of(1))))));
  }

  private OffsetFetchResponsePartitions fetch(boolean requireStable) {
    OffsetFetchResponseData response =
        node.send(
            ApiKeys.OFFSET_FETCH, 9, fetchRequest(requireStable), OffsetFetchResponseData.class);
    assertEquals(Errors.NONE.code(), response.groups().get(0).errorCode());
    return response.groups().get(0).topics().get(0).partitions().get(0);
  }

  private Errors txnCommit(int version, long offset) {
    TxnOffsetCommitResponseData response =
        node.send(
            ApiKeys.TXN_OFFSET_COMMIT,
            version,
            new TxnOffsetCommitRequestData()
                .setTransactionalId("tx")
                .setGroupId(GROUP)
                .setProducerId(10)
                .setProducerEpoch((short) 1)
                .setTopics(
                    List.of(
                        new TxnOffsetCommitRequestTopic()
                            .setName("t")
                            .setPartitions(
                                List.of(
                                    new TxnOffsetCommitRequestPartition()
                                        .setPartitionIndex(1)
                                        .setCommittedOffset(offset))))),
            TxnOffsetCommitResponseData.class);
    return Errors.forCode(response.topics().get(0).partitions().get(0).errorCode());
  }

  private void complete(TransactionResult result) {
    FakeNode.await(
        node.service.completeTransaction(
            node.offsetsPartition(GROUP), 10, (short) 1, 0, result, (short) 1));
  }
}

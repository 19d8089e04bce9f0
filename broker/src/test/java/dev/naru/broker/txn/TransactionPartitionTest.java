package dev.naru.broker.txn;

import static dev.naru.broker.txn.MachineTranscript.partitions;
import static dev.naru.broker.txn.MachineTranscript.producer;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.broker.ManualTimers;
import dev.naru.broker.metadata.Controller;
import dev.naru.broker.txn.TransactionCommand.AddPartitions;
import dev.naru.broker.txn.TransactionCommand.EndTransaction;
import dev.naru.broker.txn.TransactionCommand.InitProducerId;
import dev.naru.log.DurableCallback;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.KafkaStorageException;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.TransactionResult;
import org.apache.kafka.server.common.ProducerIdsBlock;
import org.apache.kafka.server.common.TransactionVersion;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The shells: what is answered when, over a log whose durability is cranked by hand. */
class TransactionPartitionTest {
  private static final int WAIT_MS = 100;

  /** A log in memory that is durable as far as the test says. */
  private static final class ManualLog implements TransactionStateLog {
    private record Waiting(long end, DurableCallback callback) {}

    private final List<TransactionRecord> records = new ArrayList<>();
    private final List<Waiting> waiting = new ArrayList<>();
    private long durable;
    private RuntimeException refusal;

    @Override
    public long append(List<TransactionRecord> batch, long nowMs) {
      if (refusal != null) {
        throw refusal;
      }
      records.addAll(batch);
      return records.size();
    }

    @Override
    public void whenDurable(long endOffset, DurableCallback callback) {
      if (endOffset <= durable) {
        callback.complete(null);
      } else {
        waiting.add(new Waiting(endOffset, callback));
      }
    }

    @Override
    public Optional<Throwable> failure() {
      return Optional.empty();
    }

    void sync() {
      while (durable < records.size()) {
        durable = records.size();
        List<Waiting> due = new ArrayList<>(waiting);
        waiting.clear();
        due.forEach(one -> one.callback().complete(null));
      }
    }

    void fail() {
      List<Waiting> due = new ArrayList<>(waiting);
      waiting.clear();
      due.forEach(one -> one.callback().complete(new KafkaStorageException("fsync failed")));
    }
  }

  /** Partitions that take markers, or refuse them as the test says. */
  private static final class ManualMarkers implements MarkerWriter {
    private final List<String> written = new ArrayList<>();
    private final Set<TopicPartition> offline = new HashSet<>();
    private final Set<TopicPartition> newer = new HashSet<>();

    @Override
    public CompletionStage<Void> write(TopicPartition partition, Marker marker) {
      if (offline.contains(partition)) {
        return CompletableFuture.failedFuture(new KafkaStorageException("offline"));
      }
      if (newer.contains(partition)) {
        return CompletableFuture.failedFuture(new InvalidProducerEpochException("newer"));
      }
      written.add(
          partition
              + " "
              + marker.result()
              + " "
              + marker.producerId()
              + "/"
              + marker.producerEpoch()
              + " by "
              + marker.coordinatorEpoch());
      return CompletableFuture.completedFuture(null);
    }
  }

  private static final class Blocks implements Controller {
    private long nextBlock = 100;

    @Override
    public CompletionStage<Uuid> ensureTopic(
        String name, int partitions, Map<String, String> configs) {
      throw new UnsupportedOperationException();
    }

    @Override
    public CompletionStage<ProducerIdsBlock> allocateProducerIds() {
      ProducerIdsBlock block = new ProducerIdsBlock(1, nextBlock, 3);
      nextBlock += 3;
      return CompletableFuture.completedFuture(block);
    }
  }

  private final ManualTimers timers = new ManualTimers();
  private final ManualLog log = new ManualLog();
  private final ManualMarkers markerLog = new ManualMarkers();
  private final Set<TopicPartition> deleted = new HashSet<>();
  private final ProducerIds producerIds = new ProducerIds(new Blocks());
  private final TransactionMarkers markers =
      new TransactionMarkers(markerLog, partition -> !deleted.contains(partition), timers);
  private final List<Throwable> failures = new ArrayList<>();
  private TransactionPartition partition;

  @BeforeEach
  void load() {
    partition = newPartition();
    activate();
  }

  private TransactionPartition newPartition() {
    return new TransactionPartition(
        0,
        5,
        timers,
        producerIds,
        new TransactionPartition.Owner() {
          @Override
          public void onPrepared(TransactionPartition from, Transaction prepared) {
            markers.start(from, prepared);
          }

          @Override
          public void onFailure(TransactionPartition from, Throwable cause) {
            failures.add(cause);
          }
        },
        Runnable::run);
  }

  private void activate() {
    TransactionStateMachine machine = new TransactionStateMachine(TransactionConfig.DEFAULTS);
    log.records.forEach(machine::replay);
    partition.activate(machine, log);
  }

  private void restart() {
    partition.close();
    log.waiting.clear();
    while (log.records.size() > log.durable) {
      log.records.remove(log.records.size() - 1);
    }
    partition = newPartition();
    activate();
  }

  private CompletableFuture<Answer> init() {
    return partition.run(new InitProducerId("tx", 60_000, false, false, null), WAIT_MS);
  }

  private CompletableFuture<Answer> add(int epoch, String... names) {
    return partition.run(
        new AddPartitions("tx", producer(100, epoch), partitions(names), TransactionVersion.TV_2),
        WAIT_MS);
  }

  private CompletableFuture<Answer> commit(int epoch) {
    return partition.run(
        new EndTransaction(
            "tx", producer(100, epoch), TransactionResult.COMMIT, TransactionVersion.TV_2),
        WAIT_MS);
  }

  private String state() {
    Transaction transaction = partition.get("tx");
    return transaction.state().stateName()
        + " "
        + transaction.producerId()
        + "/"
        + transaction.producerEpoch();
  }

  private void open(String... names) {
    init();
    add(0, names);
    log.sync();
  }

  @Test
  void nothingIsAnsweredBeforeItIsDurable() {
    CompletableFuture<Answer> init = init();
    assertFalse(init.isDone());
    CompletableFuture<Answer> add = add(0, "a-0");
    CompletableFuture<Answer> again = add(0, "a-0");
    CompletableFuture<Map<TopicPartition, Errors>> verified =
        partition.verify("tx", producer(100, 0), partitions("a-0"));
    assertFalse(add.isDone());
    assertFalse(again.isDone(), "what it rests on may still be lost");
    assertFalse(verified.isDone());
    log.sync();
    assertEquals(new Answer(Errors.NONE, 100, (short) 0), init.join());
    assertEquals(Errors.NONE, add.join().error());
    assertEquals(Errors.NONE, again.join().error());
    assertEquals(Errors.NONE, verified.join().get(new TopicPartition("a", 0)));
  }

  @Test
  void markersAreWrittenOnlyWhenTheEndIsDurable() {
    open("a-0", "b-1");
    CompletableFuture<Answer> end = commit(0);
    assertEquals(List.of(), markerLog.written);
    assertFalse(end.isDone());
    log.sync();
    assertEquals(new Answer(Errors.NONE, 100, (short) 1), end.join());
    assertEquals(
        Set.of("a-0 COMMIT 100/1 by 5", "b-1 COMMIT 100/1 by 5"), Set.copyOf(markerLog.written));
    assertEquals("CompleteCommit 100/1", state());
  }

  @Test
  void theNextTransactionWaitsForTheEndOfThePrevious() {
    open("a-0");
    markerLog.offline.add(new TopicPartition("a", 0));
    commit(0);
    log.sync();
    CompletableFuture<Answer> next = add(1, "a-0");
    assertFalse(next.isDone());
    markerLog.offline.clear();
    timers.advance(20);
    log.sync();
    assertEquals(Errors.NONE, next.join().error());
    assertEquals("Ongoing 100/1", state());
  }

  @Test
  void whoWaitsForTooLongIsToldToTryAgain() {
    open("a-0");
    markerLog.offline.add(new TopicPartition("a", 0));
    commit(0);
    log.sync();
    CompletableFuture<Answer> next = add(1, "a-0");
    timers.advance(WAIT_MS - 1);
    assertFalse(next.isDone());
    timers.advance(1);
    assertEquals(Errors.CONCURRENT_TRANSACTIONS, next.join().error());
    assertEquals(Set.of(new TopicPartition("a", 0)), markers.outstanding("tx"));
    markerLog.offline.clear();
    timers.advance(1000);
    log.sync();
    assertEquals("CompleteCommit 100/1", state());
    assertNull(markers.outstanding("tx"));
  }

  @Test
  void aCommitThatOvertookItsRecordsIsToldToComeAgain() {
    open("t-0");
    CompletableFuture<Answer> first = commit(0);
    log.sync();
    assertEquals(Errors.NONE, first.join().error());
    assertEquals(Errors.CONCURRENT_TRANSACTIONS, commit(1).join().error());
    CompletableFuture<Answer> added = add(1, "t-0");
    log.sync();
    assertEquals(Errors.NONE, added.join().error());
    CompletableFuture<Answer> second = commit(1);
    log.sync();
    assertEquals(Errors.NONE, second.join().error());
    assertEquals("CompleteCommit 100/2", state());
  }

  @Test
  void aCommitOfNothingIsRefusedAfterAFewTimes() {
    init();
    log.sync();
    for (int i = 0; i < 3; i++) {
      assertEquals(Errors.CONCURRENT_TRANSACTIONS, commit(0).join().error());
    }
    assertEquals(Errors.INVALID_TXN_STATE, commit(0).join().error());
    assertEquals(Errors.INVALID_TXN_STATE, commit(0).join().error());
    assertEquals(Errors.PRODUCER_FENCED, commit(7).join().error(), "not for others");
    assertEquals("Empty 100/0", state());
  }

  @Test
  void aSuccessorIsServedOnceTheOldTransactionIsAborted() {
    open("a-0");
    CompletableFuture<Answer> successor = init();
    assertFalse(successor.isDone());
    log.sync();
    assertEquals(new Answer(Errors.NONE, 100, (short) 2), successor.join());
    assertEquals(List.of("a-0 ABORT 100/1 by 5"), markerLog.written);
    assertEquals(Errors.PRODUCER_FENCED, commit(0).join().error());
  }

  @Test
  void deletedPartitionsAndNewerEpochsDoNotHoldAnEndUp() {
    open("a-0", "b-0", "c-0");
    deleted.add(new TopicPartition("a", 0));
    markerLog.newer.add(new TopicPartition("b", 0));
    commit(0);
    log.sync();
    assertEquals(List.of("c-0 COMMIT 100/1 by 5"), markerLog.written);
    assertEquals("CompleteCommit 100/1", state());
  }

  @Test
  void aPartitionThatIsDeletedWhileItsMarkerIsTriedIsDropped() {
    open("a-0");
    TopicPartition a0 = new TopicPartition("a", 0);
    markerLog.offline.add(a0);
    commit(0);
    log.sync();
    assertEquals("PrepareCommit 100/1", state());
    deleted.add(a0);
    timers.advance(1000);
    assertEquals("CompleteCommit 100/1", state());
  }

  @Test
  void aRestartGoesOnWithDecidedEnds() {
    open("a-0");
    markerLog.offline.add(new TopicPartition("a", 0));
    commit(0);
    log.sync();
    restart();
    assertEquals("PrepareCommit 100/1", state());
    markerLog.offline.clear();
    timers.advance(1000);
    assertEquals("CompleteCommit 100/1", state());
    assertEquals(List.of("a-0 COMMIT 100/1 by 5"), markerLog.written);
  }

  @Test
  void aCompletionThatWasLostInACrashIsDoneAgain() {
    open("a-0");
    commit(0);
    log.durable = log.records.size();
    List<ManualLog.Waiting> due = new ArrayList<>(log.waiting);
    log.waiting.clear();
    due.forEach(one -> one.callback().complete(null));
    assertEquals("CompleteCommit 100/1", state(), "complete, but not durably");
    restart();
    assertEquals("CompleteCommit 100/1", state());
    assertEquals(2, markerLog.written.size());
  }

  @Test
  void anUnknownOutcomeEndsThePartitionAndIsNeverASuccess() {
    open("a-0");
    CompletableFuture<Answer> end = commit(0);
    log.fail();
    assertEquals(Errors.COORDINATOR_NOT_AVAILABLE, end.join().error());
    assertEquals(1, failures.size());
    assertEquals(List.of(), markerLog.written);
    assertEquals(Errors.COORDINATOR_NOT_AVAILABLE, add(0, "a-1").join().error());
    assertEquals(Errors.COORDINATOR_NOT_AVAILABLE, partition.refusal());
  }

  @Test
  void aRefusedAppendChangesNothing() {
    open("a-0");
    log.refusal = new KafkaStorageException("offline");
    assertEquals(Errors.COORDINATOR_NOT_AVAILABLE, commit(0).join().error());
    assertEquals("Ongoing 100/0", state());
    log.refusal = null;
    CompletableFuture<Answer> end = commit(0);
    log.sync();
    assertEquals(Errors.NONE, end.join().error());
  }

  @Test
  void aCompletionThatCannotBeWrittenIsTriedAgain() {
    open("a-0");
    TopicPartition a0 = new TopicPartition("a", 0);
    markerLog.offline.add(a0);
    commit(0);
    log.sync();
    markerLog.offline.clear();
    log.refusal = new KafkaStorageException("offline");
    timers.advance(100);
    assertEquals("PrepareCommit 100/1", state());
    log.refusal = null;
    timers.advance(1000);
    assertEquals("CompleteCommit 100/1", state());
    assertEquals(1, markerLog.written.size());
  }

  @Test
  void requestsWaitForTheLoadAndNoLongerThanTheyMay() {
    log.sync();
    partition = newPartition();
    CompletableFuture<Answer> early = init();
    assertFalse(early.isDone());
    timers.advance(WAIT_MS);
    assertEquals(Errors.COORDINATOR_LOAD_IN_PROGRESS, early.join().error());
    CompletableFuture<Answer> later = init();
    activate();
    log.sync();
    assertEquals(Errors.NONE, later.join().error());
  }

  @Test
  void whoWaitsIsAnsweredWhenThePartitionIsClosed() {
    open("a-0");
    markerLog.offline.add(new TopicPartition("a", 0));
    commit(0);
    log.sync();
    CompletableFuture<Answer> next = add(1, "a-0");
    partition.close();
    assertEquals(Errors.NOT_COORDINATOR, next.join().error());
    assertEquals(Errors.NOT_COORDINATOR, add(1, "a-0").join().error());
  }

  @Test
  void timeoutsAndExpiryWriteWhatTheyDecide() {
    open("a-0");
    timers.advance(60_001);
    partition.abortTimedOut();
    log.sync();
    assertEquals("CompleteAbort 100/1", state());
    timers.advance(TransactionConfig.DEFAULTS.idExpirationMs());
    partition.expire();
    log.sync();
    assertNull(partition.get("tx"));
    restart();
    assertNull(partition.get("tx"));
  }

  @Test
  void timeoutsCountTimeThatPassesAndNotWhatTheClockIsSetTo() {
    open("a-0");
    timers.setClockBy(3_600_000);
    timers.advance(59_000);
    partition.abortTimedOut();
    log.sync();
    assertEquals("Ongoing 100/0", state());
    timers.setClockBy(-7_200_000);
    timers.advance(1_001);
    partition.abortTimedOut();
    log.sync();
    assertEquals("CompleteAbort 100/1", state());
  }

  @Test
  void anOpenTransactionIsAsOldAsItsLogSaysWhenItIsLoaded() {
    open("a-0");
    timers.advance(59_000);
    restart();
    partition.abortTimedOut();
    log.sync();
    assertEquals("Ongoing 100/0", state());
    timers.advance(1_001);
    partition.abortTimedOut();
    log.sync();
    assertEquals("CompleteAbort 100/1", state());
  }

  @Test
  void producerIdsAreUniqueAcrossBlocks() {
    Set<Long> seen = new HashSet<>();
    for (int i = 0; i < 20; i++) {
      assertTrue(seen.add(producerIds.next().join()));
    }
  }
}

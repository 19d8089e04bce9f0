package dev.naru.broker.txn;

import static dev.naru.broker.txn.MachineTranscript.ID;
import static dev.naru.broker.txn.MachineTranscript.partitions;
import static dev.naru.broker.txn.MachineTranscript.producer;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.naru.broker.txn.TransactionCommand.InitProducerId;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.server.common.TransactionVersion;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The protocol's behaviour as transcripts: what is asked, what is answered, what is kept. */
class TransactionStateMachineTest {
  private static final int LAST = Transaction.LAST_CLIENT_EPOCH;
  private final MachineTranscript t = new MachineTranscript();

  @Test
  void aTransactionOfVersionTwoBumpsTheEpochWhenItEnds() {
    assertEquals("NONE 100/0", t.init());
    assertEquals("NONE", t.add(100, 0, "a-0", "b-1"));
    t.expectState("Ongoing 100/0 [a-0, b-1]");
    assertEquals("NONE 100/1", t.commit(100, 0));
    t.expectState("PrepareCommit 100/1 [a-0, b-1]");
    assertEquals("NONE", t.complete());
    t.expectState("CompleteCommit 100/1 []");
    assertEquals("NONE", t.add(100, 1, "a-0"));
    assertEquals("NONE 100/2", t.abort(100, 1));
    t.expectState("PrepareAbort 100/2 [a-0]");
    t.complete();
    t.expectState("CompleteAbort 100/2 []");
  }

  @Test
  void aTransactionOfVersionOneKeepsTheEpoch() {
    t.version = TransactionVersion.TV_0;
    t.init();
    t.add(100, 0, "a-0");
    assertEquals("NONE", t.commit(100, 0));
    t.expectState("PrepareCommit 100/0 [a-0]");
    assertEquals("CONCURRENT_TRANSACTIONS", t.commit(100, 0));
    assertEquals("INVALID_TXN_STATE", t.abort(100, 0));
    t.complete();
    t.expectState("CompleteCommit 100/0 []");
    assertEquals("NONE", t.commit(100, 0), "a retry is answered as the first time");
    assertEquals("INVALID_TXN_STATE", t.abort(100, 0));
    assertEquals("NONE 100/1", t.init());
    assertEquals("INVALID_TXN_STATE", t.commit(100, 1), "nothing was begun");
    assertEquals("INVALID_TXN_STATE", t.abort(100, 1));
    assertEquals("PRODUCER_FENCED", t.commit(100, 0));
  }

  @Test
  void retriesOfEndTxnAreIdempotentInVersionTwo() {
    t.init();
    t.add(100, 0, "a-0");
    t.commit(100, 0);
    assertEquals("CONCURRENT_TRANSACTIONS", t.commit(100, 0));
    assertEquals("INVALID_TXN_STATE", t.abort(100, 0));
    t.complete();
    assertEquals("NONE 100/1", t.commit(100, 0));
    assertEquals("INVALID_TXN_STATE", t.abort(100, 0));
    assertEquals("INVALID_TXN_STATE", t.commit(100, 1), "nothing was begun with this epoch");
    t.expectState("CompleteCommit 100/1 []");
  }

  @Test
  void anEmptyTransactionMayBeAbortedInVersionTwo() {
    t.init();
    assertEquals("INVALID_TXN_STATE", t.commit(100, 0));
    assertEquals("NONE 100/1", t.abort(100, 0));
    t.expectState("PrepareAbort 100/1 []");
    t.complete();
    assertEquals("NONE 100/1", t.abort(100, 0));
    assertEquals("NONE 100/2", t.abort(100, 1));
    t.complete();
    t.expectState("CompleteAbort 100/2 []");
  }

  @Test
  void theEndOfTheNextTransactionWaitsForThatOfTheLastInVersionTwo() {
    t.init();
    t.add(100, 0, "a-0");
    t.commit(100, 0);
    t.expectState("PrepareCommit 100/1 [a-0]");
    assertEquals("CONCURRENT_TRANSACTIONS", t.abort(100, 1));
    assertEquals("CONCURRENT_TRANSACTIONS", t.commit(100, 1));
    t.complete();
    assertEquals("NONE 100/2", t.abort(100, 1));
  }

  @Test
  void strangersAndZombiesAreRefused() {
    assertEquals("INVALID_PRODUCER_ID_MAPPING", t.add(100, 0, "a-0"));
    assertEquals("INVALID_PRODUCER_ID_MAPPING", t.commit(100, 0));
    t.init();
    t.init();
    t.expectState("Empty 100/1 []");
    assertEquals("PRODUCER_FENCED", t.add(100, 0, "a-0"));
    assertEquals("PRODUCER_FENCED", t.commit(100, 0));
    assertEquals("PRODUCER_FENCED", t.abort(100, 0));
    assertEquals("INVALID_PRODUCER_ID_MAPPING", t.add(7, 1, "a-0"));
    assertEquals("INVALID_PRODUCER_ID_MAPPING", t.abort(7, 1));
    t.expectState("Empty 100/1 []");
  }

  @Test
  void aSuccessorAbortsTheOpenTransactionAndFencesItsPredecessor() {
    t.init();
    t.add(100, 0, "a-0");
    assertEquals("CONCURRENT_TRANSACTIONS", t.init());
    t.expectState("PrepareAbort 100/1 [a-0]");
    assertEquals("CONCURRENT_TRANSACTIONS", t.add(100, 1, "a-0"));
    t.complete();
    assertEquals("NONE 100/2", t.init());
    assertEquals("PRODUCER_FENCED", t.commit(100, 0));
    assertEquals("PRODUCER_FENCED", t.add(100, 0, "a-0"));
    assertEquals("PRODUCER_FENCED", t.init(60_000, producer(100, 0)));
    t.expectState("Empty 100/2 []");
  }

  @Test
  void aZombieThatRecoversDoesNotAbortItsSuccessorsTransaction() {
    t.init();
    t.init();
    t.add(100, 1, "a-0");
    assertEquals("PRODUCER_FENCED", t.init(60_000, producer(100, 0)));
    t.expectState("Ongoing 100/1 [a-0]");
  }

  @Test
  void aClientThatRecoversKeepsItsIdAndItsRetryIsRecognised() {
    t.init();
    assertEquals("NONE 100/1", t.init(60_000, producer(100, 0)));
    assertEquals("NONE 100/1", t.init(60_000, producer(100, 0)));
    assertEquals("NONE 100/2", t.init(60_000, producer(100, 1)));
    assertEquals("PRODUCER_FENCED", t.init(60_000, producer(100, 0)));
    assertEquals("PRODUCER_FENCED", t.init(60_000, producer(99, 2)));
  }

  @Test
  void anExhaustedEpochRotatesTheProducerIdAtTheEnd() {
    t.init();
    t.age(LAST);
    t.add(100, LAST, "a-0");
    assertEquals("NONE 101/0", t.commit(100, LAST));
    t.expectState("PrepareCommit 100/" + Short.MAX_VALUE + " [a-0]");
    t.restart();
    assertEquals("CONCURRENT_TRANSACTIONS", t.commit(100, LAST));
    t.complete();
    t.expectState("CompleteCommit 101/0 []");
    assertEquals("NONE 101/0", t.commit(100, LAST), "the retry learns the new id");
    assertEquals("NONE", t.add(101, 0, "a-0"));
    assertEquals("INVALID_PRODUCER_ID_MAPPING", t.add(100, LAST, "a-0"));
  }

  @Test
  void anExhaustedEpochRotatesTheProducerIdAtInitAndWhenFenced() {
    t.init();
    t.age(LAST);
    assertEquals("NONE 101/0", t.init(60_000, producer(100, LAST)));
    assertEquals("NONE 101/0", t.init(60_000, producer(100, LAST)), "a retry");
    t.age(LAST);
    assertEquals("NONE 102/0", t.init());
    t.age(LAST);
    t.add(102, LAST, "a-0");
    assertEquals("CONCURRENT_TRANSACTIONS", t.init());
    t.complete();
    t.expectState("CompleteAbort 103/0 []");
    assertEquals("NONE 103/1", t.init());
  }

  @Test
  void timeoutsAbortWithABumpedEpoch() {
    t.init(5_000, null);
    t.add(100, 0, "a-0");
    t.nowMs += 3_000;
    t.add(100, 0, "a-1");
    t.nowMs += 2_000;
    assertEquals(0, t.tick(), "exactly the timeout is not more than the timeout");
    t.nowMs += 1;
    assertEquals(1, t.tick());
    t.expectState("PrepareAbort 100/1 [a-0, a-1]");
    assertEquals(0, t.tick());
    assertEquals("PRODUCER_FENCED", t.commit(100, 0), "it is being aborted");
    t.complete();
    assertEquals("PRODUCER_FENCED", t.add(100, 0, "a-0"));
    assertEquals("PRODUCER_FENCED", t.commit(100, 0), "it cannot be committed any more");
    assertEquals("NONE 100/1", t.abort(100, 0), "its client aborts and goes on");
  }

  @Test
  void aTimedOutTransactionOfVersionOneFencesItsClient() {
    t.version = TransactionVersion.TV_0;
    t.init(5_000, null);
    t.add(100, 0, "a-0");
    t.nowMs += 5_001;
    t.tick();
    t.complete();
    assertEquals("PRODUCER_FENCED", t.commit(100, 0));
    assertEquals("PRODUCER_FENCED", t.abort(100, 0));
  }

  @Test
  void timeoutsMustBeSensible() {
    assertEquals("INVALID_TRANSACTION_TIMEOUT", t.init(0, null));
    assertEquals("INVALID_TRANSACTION_TIMEOUT", t.init(-1, null));
    assertEquals("INVALID_TRANSACTION_TIMEOUT", t.init(t.config.maxTimeoutMs() + 1, null));
    assertEquals("NONE 100/0", t.init(t.config.maxTimeoutMs(), null));
  }

  @Test
  void twoPhaseCommitIsRefusedWhileItIsOff() {
    assertEquals(
        "TRANSACTIONAL_ID_AUTHORIZATION_FAILED",
        t.run(new InitProducerId(ID, 1000, true, false, null)));
    assertEquals(
        "TRANSACTIONAL_ID_AUTHORIZATION_FAILED",
        t.run(new InitProducerId(ID, 1000, true, true, null)));
    assertEquals("UNSUPPORTED_VERSION", t.run(new InitProducerId(ID, 1000, false, true, null)));
    assertEquals("INVALID_REQUEST", t.run(new InitProducerId("", 1000, false, false, null)));
    t.expectState("none");
  }

  @Test
  void idleIdsExpireAndOpenOnesDoNot() {
    t.init();
    t.nowMs += t.config.idExpirationMs() - 1;
    t.expire();
    t.expectState("Empty 100/0 []");
    t.add(100, 0, "a-0");
    t.nowMs += 2 * t.config.idExpirationMs();
    t.expire();
    t.expectState("Ongoing 100/0 [a-0]");
    t.abort(100, 0);
    t.complete();
    t.nowMs += t.config.idExpirationMs();
    t.expire();
    t.expectState("none");
    t.restart();
    t.expectState("none");
    assertEquals("NONE 101/0", t.init());
  }

  @Test
  void verificationTellsWhatIsInTheTransaction() {
    Set<TopicPartition> asked = partitions("a-0", "a-1");
    TopicPartition in = new TopicPartition("a", 0);
    TopicPartition out = new TopicPartition("a", 1);
    assertEquals(Errors.INVALID_PRODUCER_ID_MAPPING, verify(0).get(in));
    t.init();
    assertEquals(Errors.TRANSACTION_ABORTABLE, verify(0).get(in));
    t.add(100, 0, "a-0");
    assertEquals(Map.of(in, Errors.NONE, out, Errors.TRANSACTION_ABORTABLE), verify(0));
    assertEquals(Errors.PRODUCER_FENCED, verify(1).get(in));
    t.commit(100, 0);
    assertEquals(Errors.CONCURRENT_TRANSACTIONS, verify(1).get(in));
    t.complete();
    assertEquals(asked, verify(0).keySet());
    assertEquals(Errors.PRODUCER_FENCED, verify(0).get(in), "late records of the old epoch");
  }

  private Map<TopicPartition, Errors> verify(int epoch) {
    return t.machine.verify(ID, producer(100, epoch), partitions("a-0", "a-1"));
  }

  @Test
  void onlyTheEndThatWasDecidedIsCompleted() {
    t.init();
    t.add(100, 0, "a-0");
    t.commit(100, 0);
    Transaction first = t.machine.get(ID);
    t.complete();
    t.add(100, 1, "a-0");
    t.commit(100, 1);
    assertEquals("INVALID_TXN_STATE", t.run(new TransactionCommand.Complete(first)));
    t.expectState("PrepareCommit 100/2 [a-0]");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 2})
  void aRestartAtAnyStepChangesNothing(int version) {
    t.version = TransactionVersion.fromFeatureLevel((short) version);
    int bump = version == 2 ? 1 : 0;
    restartHere("none");
    t.init();
    restartHere("Empty 100/0 []");
    t.add(100, 0, "a-0");
    restartHere("Ongoing 100/0 [a-0]");
    t.add(100, 0, "b-7");
    restartHere("Ongoing 100/0 [a-0, b-7]");
    t.commit(100, 0);
    restartHere("PrepareCommit 100/" + bump + " [a-0, b-7]");
    assertEquals(1, t.machine.prepared().size());
    t.complete();
    restartHere("CompleteCommit 100/" + bump + " []");
    assertEquals(0, t.machine.prepared().size());
    assertEquals("NONE", t.commit(100, 0).split(" ")[0], "the retry is still recognised");
    t.add(100, bump, "a-0");
    t.nowMs += 60_001;
    restartHere("Ongoing 100/" + bump + " [a-0]");
    assertEquals(1, t.tick(), "timeouts go on where they were");
    restartHere("PrepareAbort 100/" + (bump + 1) + " [a-0]");
    t.complete();
    restartHere("CompleteAbort 100/" + (bump + 1) + " []");
  }

  private void restartHere(String expected) {
    t.expectState(expected);
    Transaction before = t.machine.get(ID);
    t.restart();
    t.expectState(expected);
    if (before == null) {
      assertNull(t.machine.get(ID));
    } else {
      Transaction after = t.machine.get(ID);
      assertEquals(before.startMs(), after.startMs());
      assertEquals(before.timeoutMs(), after.timeoutMs());
      assertEquals(before.lastUpdateMs(), after.lastUpdateMs());
      assertEquals(before.nextProducerId(), after.nextProducerId());
      assertEquals(before.clientVersion(), after.clientVersion());
    }
  }
}

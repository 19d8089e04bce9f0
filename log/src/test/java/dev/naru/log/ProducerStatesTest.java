package dev.naru.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.OptionalLong;
import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.errors.CorruptRecordException;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.InvalidTxnStateException;
import org.apache.kafka.common.errors.OutOfOrderSequenceException;
import org.apache.kafka.common.errors.TransactionCoordinatorFencedException;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.DefaultRecordBatch;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.junit.jupiter.api.Test;

class ProducerStatesTest {
  private static final long DAY_MS = 24L * 60 * 60 * 1000;
  private static final long PID = 7;

  private ProducerStates states = new ProducerStates(DAY_MS);
  private long end;

  private ProducerStates.Prepared check(MemoryRecords records) {
    return states.prepare(records.batches(), AppendOrigin.CLIENT, null, 0);
  }

  private ProducerStates.Prepared check(MemoryRecords records, VerificationGuard guard) {
    return states.prepare(records.batches(), AppendOrigin.CLIENT, guard, 0);
  }

  private void checkMarker(MemoryRecords records, int transactionVersion) {
    states.prepare(records.batches(), AppendSpec.marker(0, 0, (short) transactionVersion));
  }

  private void take(MemoryRecords records) {
    records
        .batches()
        .forEach(
            batch -> {
              states.replay(batch, 0);
              end = batch.nextOffset();
            });
  }

  private MemoryRecords batch(int epoch, int sequence, int count) {
    return Batches.idempotent(end, PID, epoch, sequence, Batches.values(count));
  }

  private MemoryRecords txn(long producerId, int epoch, int sequence) {
    return Batches.transactional(end, producerId, epoch, sequence, Batches.values(1));
  }

  private MemoryRecords marker(long producerId, int epoch, boolean commit) {
    return Batches.marker(end, producerId, epoch, commit, 3);
  }

  @Test
  void answersARetryOfAnyOfTheLastFiveBatchesWithItsFirstOffsets() {
    for (int i = 0; i < 6; i++) {
      take(batch(0, i * 2, 2));
    }
    for (int i = 1; i < 6; i++) {
      ProducerStates.Prepared again = check(batch(0, i * 2, 2));
      assertEquals(new ProducerStates.Prepared(true, 2L * i, 2L * i + 1), again);
    }
    assertThrows(OutOfOrderSequenceException.class, () -> check(batch(0, 0, 2)));
    assertThrows(
        OutOfOrderSequenceException.class, () -> check(batch(0, 2, 1)), "another range of records");
    assertFalse(check(batch(0, 12, 1)).duplicate());
  }

  @Test
  void refusesAGap() {
    take(batch(0, 0, 3));
    assertThrows(OutOfOrderSequenceException.class, () -> check(batch(0, 4, 1)));
    assertEquals(ProducerStates.Prepared.NEW, check(batch(0, 3, 1)));
  }

  @Test
  void takesAnySequenceFromAProducerThatItDoesNotKnow() {
    assertFalse(check(batch(3, 17, 1)).duplicate());
  }

  @Test
  void wrapsSequencesFromTheLargestToZero() {
    take(batch(0, Integer.MAX_VALUE - 1, 2));
    take(batch(0, 0, 1));
    assertTrue(check(batch(0, Integer.MAX_VALUE - 1, 2)).duplicate());
    ProducerStates fresh = new ProducerStates(DAY_MS);
    states = fresh;
    take(batch(0, Integer.MAX_VALUE, 2));
    assertEquals(0, states.views().get(0).lastSequence());
    assertFalse(check(batch(0, 1, 1)).duplicate());
    assertTrue(check(batch(0, Integer.MAX_VALUE, 2)).duplicate());
  }

  @Test
  void fencesAnOldEpochAndStartsANewOneAtZero() {
    take(batch(1, 0, 3));
    assertThrows(InvalidProducerEpochException.class, () -> check(batch(0, 3, 1)));
    assertThrows(OutOfOrderSequenceException.class, () -> check(batch(2, 3, 1)));
    take(batch(2, 0, 1));
    assertThrows(InvalidProducerEpochException.class, () -> check(batch(1, 3, 1)));
    assertEquals((short) 2, states.views().get(0).producerEpoch());
  }

  @Test
  void takesOneBatchPerRequestAndNoControlRecordsFromClients() {
    MemoryRecords two = Batches.concat(batch(0, 0, 1), batch(0, 1, 1));
    assertThrows(InvalidRecordException.class, () -> check(two));
    assertThrows(InvalidRecordException.class, () -> check(marker(PID, 0, true)));
    MemoryRecords plain = Batches.plain(0, Batches.values(2));
    assertFalse(check(Batches.concat(plain, plain)).duplicate());
  }

  @Test
  void opensATransactionOnlyWithTheGuardOfItsVerification() {
    assertThrows(InvalidTxnStateException.class, () -> check(txn(PID, 0, 0)));
    VerificationGuard guard = states.startVerification(PID, (short) 0, 0, true);
    assertNotNull(guard);
    assertSame(guard, states.startVerification(PID, (short) 0, 0, true));
    assertThrows(
        InvalidTxnStateException.class, () -> check(txn(PID, 0, 0), new VerificationGuard()));
    check(txn(PID, 0, 0), guard);
    take(txn(PID, 0, 0));
    assertTrue(states.hasOngoingTransaction(PID, (short) 0));
    assertNull(states.startVerification(PID, (short) 0, 1, true));
    check(txn(PID, 0, 1));
  }

  @Test
  void makesAGuardStaleWhenAMarkerComesFirst() {
    VerificationGuard stale = states.startVerification(PID, (short) 0, 0, false);
    take(marker(PID, 0, false));
    assertThrows(InvalidTxnStateException.class, () -> check(txn(PID, 0, 0), stale));
    VerificationGuard fresh = states.startVerification(PID, (short) 0, 0, false);
    assertNotSame(stale, fresh);
    check(txn(PID, 0, 0), fresh);
  }

  @Test
  void keepsTheGuardOfTheNextTransactionWhenTheMarkerThatBumpsTheEpochComes() {
    take(txn(PID, 0, 0));
    VerificationGuard next = states.startVerification(PID, (short) 1, 0, true);
    take(marker(PID, 1, true));
    check(txn(PID, 1, 0), next);
  }

  @Test
  void verifiesTheLowestSequenceFirst() {
    VerificationGuard guard = states.startVerification(PID, (short) 0, 4, false);
    assertSame(guard, states.startVerification(PID, (short) 0, 2, false));
    assertThrows(OutOfOrderSequenceException.class, () -> check(txn(PID, 0, 4), guard));
    check(txn(PID, 0, 2), guard);
    VerificationGuard second = states.startVerification(8, (short) 0, 4, true);
    assertThrows(
        OutOfOrderSequenceException.class,
        () -> check(txn(8, 0, 4), second),
        "transactions v2 begin at 0");
  }

  @Test
  void refusesAVerificationOfAnOldEpoch() {
    take(marker(PID, 5, true));
    assertThrows(
        InvalidProducerEpochException.class,
        () -> states.startVerification(PID, (short) 4, 0, true));
    assertThrows(InvalidProducerEpochException.class, () -> check(txn(PID, 4, 0), null));
  }

  @Test
  void forgetsVerificationsThatNobodyEnded() {
    VerificationGuard guard = states.startVerification(PID, (short) 0, 0, false);
    states.expire(5);
    states.expire(4 + DAY_MS);
    assertSame(guard, states.startVerification(PID, (short) 0, 0, false));
    states.expire(5 + DAY_MS);
    assertNotSame(guard, states.startVerification(PID, (short) 0, 0, false));
  }

  @Test
  void refusesOrdinaryRecordsInsideATransaction() {
    take(txn(PID, 0, 0));
    assertThrows(InvalidTxnStateException.class, () -> check(batch(0, 1, 1)));
  }

  @Test
  void fencesOldCoordinatorsAndOldProducersByTheirMarkers() {
    take(txn(PID, 2, 0));
    take(marker(PID, 2, true));
    assertThrows(
        TransactionCoordinatorFencedException.class,
        () -> checkMarker(Batches.marker(end, PID, 2, true, 2), 0));
    assertThrows(
        InvalidProducerEpochException.class,
        () -> checkMarker(Batches.marker(end, PID, 1, true, 3), 0));
    checkMarker(Batches.marker(end, PID, 2, true, 3), 0);
  }

  @Test
  void aDelayedMarkerOfTransactionsV2DoesNotEndTheNextTransaction() {
    take(txn(PID, 0, 0));
    checkMarker(marker(PID, 1, true), 2);
    take(marker(PID, 1, true));
    checkMarker(marker(PID, 1, true), 2);
    take(txn(PID, 1, 0));
    assertThrows(InvalidProducerEpochException.class, () -> checkMarker(marker(PID, 1, true), 2));
    checkMarker(marker(PID, 1, true), 1);
    checkMarker(marker(PID, 2, true), 2);
  }

  @Test
  void aMarkerThatBumpsTheEpochStartsSequencesAtZero() {
    take(txn(PID, 0, 0));
    take(marker(PID, 1, true));
    VerificationGuard guard = states.startVerification(PID, (short) 1, 0, true);
    assertThrows(OutOfOrderSequenceException.class, () -> check(txn(PID, 1, 1), guard));
    check(txn(PID, 1, 0), guard);
  }

  @Test
  void keepsSequencesGoingAfterAMarkerOfTheSameEpoch() {
    take(txn(PID, 0, 0));
    take(marker(PID, 0, true));
    assertThrows(OutOfOrderSequenceException.class, () -> check(batch(0, 0, 2)));
    assertFalse(check(batch(0, 1, 1)).duplicate());
  }

  @Test
  void theFirstUnstableOffsetWaitsForTheMarkerToBeDurable() {
    assertEquals(Long.MAX_VALUE, states.firstUnstableOffset());
    take(Batches.plain(0, Batches.values(3)));
    take(txn(1, 0, 0));
    take(txn(2, 0, 0));
    assertEquals(3, states.firstUnstableOffset());
    take(marker(1, 0, true));
    assertEquals(3, states.firstUnstableOffset());
    states.onHighWatermark(5);
    assertEquals(3, states.firstUnstableOffset());
    states.onHighWatermark(6);
    assertEquals(4, states.firstUnstableOffset());
    take(marker(2, 0, false));
    states.onHighWatermark(7);
    assertEquals(Long.MAX_VALUE, states.firstUnstableOffset());
  }

  @Test
  void theFirstUnstableOffsetIsNeverBeforeTheStartOfTheLog() {
    take(txn(1, 0, 0));
    states.onLogStart(1);
    assertEquals(1, states.firstUnstableOffset());
    assertEquals(OptionalLong.of(0), states.views().get(0).currentTransactionFirstOffset());
  }

  @Test
  void handsOutAbortedTransactionsOnceWithTheStableOffsetOfThatMoment() {
    take(txn(1, 0, 0));
    take(txn(2, 0, 0));
    take(txn(3, 0, 0));
    take(marker(1, 0, false));
    take(marker(2, 0, true));
    take(marker(3, 0, false));
    assertEquals(
        List.of(new AbortedSpan(1, 0, 3, 1), new AbortedSpan(3, 2, 5, 6)), states.drainAborted());
    assertEquals(List.of(), states.drainAborted());
    take(marker(3, 0, false));
    assertEquals(List.of(), states.drainAborted(), "nothing was open");
  }

  @Test
  void checksEachBatchOfACoordinatorAfterTheOnesBefore() {
    VerificationGuard guard = states.startVerification(PID, (short) 0, 0, true);
    MemoryRecords one = Batches.transactional(0, PID, 0, 0, Batches.values(1));
    MemoryRecords two = Batches.concat(one, Batches.transactional(1, PID, 0, 0, Batches.values(1)));
    states.prepare(two.batches(), AppendOrigin.COORDINATOR, guard, 0);
    assertThrows(
        InvalidTxnStateException.class,
        () -> states.prepare(two.batches(), AppendOrigin.COORDINATOR, null, 0));
    MemoryRecords broken = Batches.concat(one, batch(0, 0, 1));
    assertThrows(
        InvalidTxnStateException.class,
        () -> states.prepare(broken.batches(), AppendOrigin.COORDINATOR, guard, 0));
    assertEquals(List.of(), states.views(), "a check changes nothing");
  }

  @Test
  void forgetsSilentProducersByWhenTheyWereSeenAndKeepsOpenTransactions() {
    states.replay(Batches.only(batch(0, 0, 1)), 10 * DAY_MS);
    take(txn(8, 0, 0));
    states.expire(11 * DAY_MS - 1);
    assertEquals(2, states.views().size(), "its records say 1970, it was seen just now");
    states.expire(11 * DAY_MS);
    assertEquals(List.of(8L), states.views().stream().map(ProducerView::producerId).toList());
  }

  @Test
  void continuesFromASnapshotAsIfNothingHadHappened() {
    take(batch(4, 0, 2));
    take(batch(4, 2, 1));
    take(txn(8, 1, 0));
    take(marker(9, 2, true));
    ByteBuffer snapshot = states.snapshot(end);
    assertEquals(end, ProducerStates.endOffset(snapshot));
    ProducerStates before = states;
    states = ProducerStates.load(snapshot, DAY_MS);
    assertEquals(before.views(), states.views());
    assertEquals(before.lastBatches(), states.lastBatches());
    assertEquals(new ProducerStates.Prepared(true, 0, 1), check(batch(4, 0, 2)));
    assertEquals(3, states.firstUnstableOffset());
    take(marker(8, 1, false));
    assertEquals(1, states.drainAborted().size());
    assertEquals(
        ProducerStates.load(states.snapshot(end), DAY_MS).snapshot(end), states.snapshot(end));
  }

  @Test
  void noticesEveryDamagedByteOfASnapshot() {
    take(batch(4, 0, 2));
    ByteBuffer good = states.snapshot(end);
    for (int i = 0; i < good.limit(); i++) {
      ByteBuffer bad = ByteBuffer.allocate(good.limit()).put(good.duplicate()).flip();
      bad.put(i, (byte) (bad.get(i) ^ 4));
      assertThrows(CorruptRecordException.class, () -> ProducerStates.load(bad, DAY_MS));
      ByteBuffer cut = good.duplicate().limit(i);
      assertThrows(CorruptRecordException.class, () -> ProducerStates.load(cut, DAY_MS));
    }
  }

  @Test
  void ignoresAMarkerThatCompactionEmptied() {
    take(txn(PID, 0, 0));
    ByteBuffer header = ByteBuffer.allocate(61);
    DefaultRecordBatch.writeEmptyHeader(
        header,
        (byte) Batches.MAGIC,
        PID,
        (short) 0,
        -1,
        5,
        5,
        0,
        TimestampType.CREATE_TIME,
        0,
        true,
        true);
    take(MemoryRecords.readableRecords(header.flip()));
    assertTrue(states.hasOngoingTransaction(PID, (short) 0));
  }
}

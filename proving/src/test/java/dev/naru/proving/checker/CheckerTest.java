package dev.naru.proving.checker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.proving.checker.History.Entry;
import dev.naru.proving.checker.History.Send;
import dev.naru.proving.checker.History.Stint;
import dev.naru.proving.checker.History.Transaction;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class CheckerTest {
  private static final PartitionId P0 = new PartitionId("t", 0);
  private static final PartitionId P1 = new PartitionId("t", 1);

  private final History history = new History();
  private long nowNs;

  private Send acknowledged(String value, long offset) {
    Send send = history.send(value, "p", P0, ++nowNs);
    send.ok(offset, ++nowNs);
    return send;
  }

  private void finalRead(Entry... entries) {
    history.finalRead("java", P0, List.of(entries));
    history.finalRead("python", P0, List.of(entries));
  }

  private static Entry at(long offset, String value) {
    return new Entry(offset, value);
  }

  private void assertFound(Flaw... types) {
    Verdict verdict = Checker.check(history);
    Set<Flaw> found =
        verdict.violations().stream().map(Violation::flaw).collect(Collectors.toSet());
    assertEquals(Set.of(types), found, verdict::toString);
    assertEquals(types.length == 0, verdict.passed(), verdict::toString);
  }

  @Test
  void passesAHistoryInWhichEverythingIsWhereItShouldBe() {
    acknowledged("a", 0);
    Transaction committed = history.begin("t1");
    history.send("b", "q", P0, committed, ++nowNs).ok(1, ++nowNs);
    committed.end(Outcome.OK);
    Transaction aborted = history.begin("t2");
    history.send("c", "q", P0, aborted, ++nowNs).ok(3, ++nowNs);
    aborted.end(Outcome.FAIL);
    acknowledged("d", 5);
    Stint stint = history.assigned("r", P0);
    stint.saw(0, "a");
    stint.saw(1, "b");
    stint.saw(5, "d");
    finalRead(at(0, "a"), at(1, "b"), at(5, "d"));
    assertFound();
  }

  @Test
  void findsAnAcknowledgedRecordThatIsLost() {
    acknowledged("a", 0);
    acknowledged("b", 1);
    finalRead(at(0, "a"));
    assertFound(Flaw.LOST);
  }

  @Test
  void findsARecordOfACommittedTransactionThatIsLost() {
    Transaction transaction = history.begin("t1");
    history.send("a", "p", P0, transaction, ++nowNs).ok(0, ++nowNs);
    transaction.end(Outcome.OK);
    finalRead();
    assertFound(Flaw.LOST);
  }

  @Test
  void allowsAnUnknownRecordToBeThereOrNot() {
    IntStream.range(0, 20).forEach(i -> acknowledged("a" + i, i));
    history.send("u", "q", P0, ++nowNs);
    history.send("v", "q", P0, ++nowNs);
    Entry[] entries =
        IntStream.rangeClosed(0, 20)
            .mapToObj(i -> at(i, i < 20 ? "a" + i : "v"))
            .toArray(Entry[]::new);
    finalRead(entries);
    assertFound();
  }

  @Test
  void findsAValueThatStandsTwice() {
    acknowledged("a", 0);
    finalRead(at(0, "a"), at(1, "a"));
    assertFound(Flaw.DUPLICATED);
  }

  @Test
  void findsAFailedRecordThatIsVisible() {
    acknowledged("a", 0);
    history.send("b", "p", P0, ++nowNs).fail(++nowNs);
    finalRead(at(0, "a"), at(1, "b"));
    assertFound(Flaw.ABORTED_READ);
  }

  @Test
  void findsARecordOfAnAbortedTransactionThatIsVisible() {
    Transaction transaction = history.begin("t1");
    history.send("a", "p", P0, transaction, ++nowNs).ok(0, ++nowNs);
    transaction.end(Outcome.FAIL);
    finalRead(at(0, "a"));
    assertFound(Flaw.ABORTED_READ);
  }

  @Test
  void findsATransactionOfUnknownOutcomeThatIsVisibleInPart() {
    IntStream.range(0, 20).forEach(i -> acknowledged("a" + i, i));
    Transaction transaction = history.begin("t1");
    history.send("x", "q", P1, transaction, ++nowNs).ok(0, ++nowNs);
    history.send("y", "q", P1, transaction, ++nowNs).ok(1, ++nowNs);
    finalRead(IntStream.range(0, 20).mapToObj(i -> at(i, "a" + i)).toArray(Entry[]::new));
    history.finalRead("java", P1, List.of(at(0, "x")));
    history.finalRead("python", P1, List.of(at(0, "x")));
    assertFound(Flaw.TORN);
  }

  @Test
  void findsARecordBehindOneThatBeganAfterItHadEnded() {
    history.send("a", "p", P0, 1).ok(1, 2);
    history.send("b", "q", P0, 3).ok(0, 4);
    finalRead(at(0, "b"), at(1, "a"));
    assertFound(Flaw.REORDERED);
  }

  @Test
  void allowsAnyOrderOfRecordsThatOverlapInTime() {
    history.send("a", "p", P0, 1).ok(1, 4);
    history.send("b", "q", P0, 3).ok(0, 5);
    finalRead(at(0, "b"), at(1, "a"));
    assertFound();
  }

  @Test
  void findsThePipelinedRecordsOfOneProducerInTheWrongOrder() {
    Send first = history.send("a", "p", P0, 1);
    Send second = history.send("b", "p", P0, 2);
    first.ok(1, 9);
    second.ok(0, 9);
    finalRead(at(0, "b"), at(1, "a"));
    assertFound(Flaw.REORDERED);
  }

  @Test
  void findsReadersThatDisagree() {
    acknowledged("a", 0);
    history.finalRead("java", P0, List.of(at(0, "a")));
    history.finalRead("python", P0, List.of());
    assertFound(Flaw.DIVERGED);
  }

  @Test
  void findsARecordThatIsNotWhereItWasAcknowledged() {
    acknowledged("a", 7);
    finalRead(at(8, "a"));
    assertFound(Flaw.DIVERGED);
  }

  @Test
  void findsARecordThatWasSeenOnceAndIsGone() {
    acknowledged("a", 0);
    IntStream.range(1, 9).forEach(i -> acknowledged("a" + i, i));
    history.send("u", "q", P0, ++nowNs);
    Stint stint = history.assigned("r", P0);
    stint.saw(8, "a8");
    stint.saw(9, "u");
    finalRead(
        IntStream.range(0, 9).mapToObj(i -> at(i, i == 0 ? "a" : "a" + i)).toArray(Entry[]::new));
    assertFound(Flaw.DIVERGED);
  }

  @Test
  void findsAConsumerThatGoesBack() {
    acknowledged("a", 0);
    acknowledged("b", 1);
    Stint stint = history.assigned("r", P0);
    stint.saw(0, "a");
    stint.saw(1, "b");
    stint.saw(0, "a");
    finalRead(at(0, "a"), at(1, "b"));
    assertFound(Flaw.WENT_BACK);
  }

  @Test
  void findsAConsumerThatSkips() {
    acknowledged("a", 0);
    acknowledged("b", 1);
    acknowledged("c", 2);
    Stint stint = history.assigned("r", P0);
    stint.saw(0, "a");
    stint.saw(2, "c");
    finalRead(at(0, "a"), at(1, "b"), at(2, "c"));
    assertFound(Flaw.SKIPPED);
  }

  @Test
  void passesAGroupWhoseMembersSawWhatItCommitted() {
    acknowledged("a", 0);
    acknowledged("b", 1);
    acknowledged("c", 2);
    history.assigned("m1", "g", P0).saw(0, "a");
    history.committed("g", P0, 1);
    Stint next = history.assigned("m2", "g", P0);
    next.saw(0, "a");
    next.saw(1, "b");
    history.committed("g", P0, 2);
    finalRead(at(0, "a"), at(1, "b"), at(2, "c"));
    assertFound();
  }

  @Test
  void findsAGroupThatCommittedWhatNoMemberSaw() {
    acknowledged("a", 0);
    acknowledged("b", 1);
    history.assigned("m1", "g", P0).saw(0, "a");
    history.assigned("m1", "h", P0).saw(1, "b");
    history.committed("g", P0, 2);
    finalRead(at(0, "a"), at(1, "b"));
    assertFound(Flaw.SKIPPED);
  }

  @Test
  void findsACommitThatWentBack() {
    acknowledged("a", 0);
    history.assigned("m1", "g", P0).saw(0, "a");
    history.committed("g", P0, 1);
    history.committed("g", P0, 0);
    finalRead(at(0, "a"));
    assertFound(Flaw.WENT_BACK);
  }

  @Test
  void countsWhatWasAcknowledgedAndHowLongThatTook() {
    Send slow = history.send("a", "p", P0, 0);
    slow.ok(0, 90_000_000);
    history.send("b", "p", P0, 10).ok(1, 10_000_010);
    history.send("c", "p", P1, 10).ok(0, 20);
    history.send("d", "p", P0, 20);
    history.send("e", "p", P0, 1_000_000_000).ok(2, 1_000_000_001);
    Acknowledged found = Acknowledged.of(history, P0::equals, 0, 1_000_000_000);
    assertEquals(2, found.perSecond());
    assertEquals(90, found.percentileMs(99));
    assertEquals(10, found.percentileMs(0));
  }

  @Test
  void findsAValueThatNobodySent() {
    acknowledged("a", 0);
    finalRead(at(0, "a"), at(1, "z"));
    assertFound(Flaw.UNEXPECTED);
  }

  @Test
  void callsAHistoryWithTooManyUnknownsInconclusive() {
    acknowledged("a", 0);
    history.send("u", "q", P0, ++nowNs);
    finalRead(at(0, "a"));
    Verdict verdict = Checker.check(history);
    assertTrue(verdict.violations().isEmpty());
    assertTrue(verdict.inconclusive());
    assertFalse(verdict.passed());
  }

  @Test
  void refusesToJudgeWithoutAFinalRead() {
    acknowledged("a", 0);
    assertThrows(IllegalArgumentException.class, () -> Checker.check(history));
  }
}

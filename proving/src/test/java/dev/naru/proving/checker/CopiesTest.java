package dev.naru.proving.checker;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.naru.proving.checker.History.Entry;
import java.util.List;
import org.junit.jupiter.api.Test;

class CopiesTest {
  private static final PartitionId OUT = new PartitionId("out", 0);
  private static final List<Entry> INPUT = List.of(new Entry(0, "a"), new Entry(2, "b"));

  private static Entry copy(long offset, String value, String attempt) {
    return new Entry(offset, Copies.copyOf(value, attempt));
  }

  private static List<Flaw> flaws(Entry... copies) {
    return Copies.check(OUT, INPUT, List.of(copies)).stream().map(Violation::flaw).toList();
  }

  @Test
  void passesOneCopyOfEachInOrder() {
    assertEquals(List.of(), flaws(copy(0, "a", "1"), copy(5, "b", "2")));
  }

  @Test
  void findsAValueThatWasCopiedByTwoAttempts() {
    assertEquals(
        List.of(Flaw.DUPLICATED), flaws(copy(0, "a", "1"), copy(1, "a", "2"), copy(5, "b", "2")));
  }

  @Test
  void findsAValueWithoutACopy() {
    assertEquals(List.of(Flaw.LOST), flaws(copy(0, "a", "1")));
  }

  @Test
  void findsCopiesInTheWrongOrder() {
    assertEquals(List.of(Flaw.REORDERED), flaws(copy(0, "b", "1"), copy(1, "a", "1")));
  }

  @Test
  void findsACopyOfNothing() {
    assertEquals(
        List.of(Flaw.UNEXPECTED), flaws(copy(0, "a", "1"), copy(1, "b", "1"), copy(2, "z", "1")));
  }
}

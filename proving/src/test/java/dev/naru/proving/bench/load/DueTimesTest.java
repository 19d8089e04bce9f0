package dev.naru.proving.bench.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class DueTimesTest {
  private final DueTimes due = new DueTimes();

  @Test
  void whatIsDueFirstIsTakenFirstHoweverManyThereAre() {
    for (int i = 1; i < 5; i++) {
      due.addLast(i);
    }
    assertEquals(1, due.takeFirst());
    for (int i = 5; i < 1_000; i++) {
      due.addLast(i);
    }
    for (int i = 2; i < 1_000; i++) {
      assertEquals(i, due.takeFirst());
    }
    assertTrue(due.isEmpty());
  }

  /** A stalled node pays from when a request was due, not from when it was sent again. */
  @Test
  void whatIsSentAgainKeepsItsPlace() {
    for (int i = 1; i <= 8; i++) {
      due.addLast(i);
    }
    long first = due.takeFirst();
    long second = due.takeFirst();
    due.addLast(9);
    due.addLast(10);
    due.addFirst(second);
    due.addFirst(first);
    for (int i = 1; i <= 10; i++) {
      assertEquals(i, due.takeFirst());
    }
    assertThrows(IllegalStateException.class, due::takeFirst);
  }
}

package dev.naru.broker.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class InFlightBudgetTest {
  @Test
  void waitersResumeWhenBytesComeBack() {
    InFlightBudget budget = new InFlightBudget(100);
    AtomicInteger resumed = new AtomicInteger();
    budget.take(120);
    assertTrue(budget.exhausted());
    budget.whenRoom(resumed::incrementAndGet);
    assertEquals(0, resumed.get());

    budget.giveBack(30);

    assertFalse(budget.exhausted());
    assertEquals(1, resumed.get());
  }
}

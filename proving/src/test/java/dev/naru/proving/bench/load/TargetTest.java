package dev.naru.proving.bench.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class TargetTest {
  private final Target target = new Target(0, null, 0);

  @Test
  void aSilenceCountsFromWhereItBeganAlthoughItWasAskedForLater() {
    target.served(1, 50);
    target.served(1, 60);
    target.forgetSilence();
    target.served(2, 200);
    target.served(2, 210);
    assertEquals(140, target.longestSilenceNs());
  }

  @Test
  void itIsServedAgainWhenAnotherNodeAcknowledgesAfterTheKill() {
    target.served(2, 50);
    target.served(1, 60);
    assertFalse(target.isServedWithout(1, 100), "the victim was the last to serve it");
    target.served(1, 101);
    assertFalse(target.isServedWithout(1, 100), "an answer that was on its way");
    target.served(2, 200);
    assertTrue(target.isServedWithout(1, 100));
    assertFalse(target.isServedWithout(1, 300), "not since then");
  }
}

package dev.naru.proving.bench.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.TimeUnit;
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

  @Test
  void whoIsRefusedAgainAndAgainAsksLessOftenUntilItIsServedOrLedByAnother() {
    assertEquals(20, pauseMs());
    assertEquals(40, pauseMs());
    assertEquals(80, pauseMs());
    assertEquals(160, pauseMs());
    assertEquals(160, pauseMs());
    target.led(2, 0);
    assertTrue(target.isDue(0), "another leader is asked at once");
    assertEquals(20, pauseMs());
    assertEquals(40, pauseMs());
    target.served(2, 0);
    assertEquals(20, pauseMs());
  }

  /** How long it waits when it is refused at time 0. */
  private int pauseMs() {
    target.hold(0);
    int ms = 0;
    while (!target.isDue(TimeUnit.MILLISECONDS.toNanos(ms))) {
      ms++;
    }
    return ms;
  }
}

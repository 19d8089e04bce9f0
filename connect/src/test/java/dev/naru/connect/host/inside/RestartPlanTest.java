package dev.naru.connect.host.inside;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RestartPlanTest {
  private static final RestartPlan.Pauses PAUSES = new RestartPlan.Pauses(1_000, 8_000, 60_000);

  private final RestartPlan<String> plan = new RestartPlan<>();

  @Test
  void pausesDoubleUpToTheLimit() {
    List<Long> restarts = new ArrayList<>();
    for (long nowMs = 0; nowMs <= 40_000; nowMs += 500) {
      if (plan.failed("a", "why", PAUSES, nowMs)) {
        restarts.add(nowMs);
      }
    }
    assertEquals(List.of(1_000L, 3_000L, 7_000L, 15_000L, 23_000L, 31_000L, 39_000L), restarts);
    assertEquals(7, plan.trouble("a").restarts());
    assertEquals("why", plan.trouble("a").why());
  }

  @Test
  void healthForAWhileForgetsWhatWas() {
    plan.failed("a", "why", PAUSES, 0);
    assertTrue(plan.failed("a", "why", PAUSES, 1_000));
    plan.running("a", PAUSES, 1_500);
    assertEquals(0, plan.trouble("a").nextMs());
    plan.running("a", PAUSES, 61_000);
    assertEquals(1, plan.trouble("a").restarts(), "not long enough");
    plan.running("a", PAUSES, 61_500);
    assertNull(plan.trouble("a"));
  }

  @Test
  void healthForAMomentDoesNotShortenThePause() {
    plan.failed("a", "why", PAUSES, 0);
    assertTrue(plan.failed("a", "why", PAUSES, 1_000));
    plan.running("a", PAUSES, 1_500);
    assertFalse(plan.failed("a", "again", PAUSES, 2_000));
    assertEquals(4_000, plan.trouble("a").nextMs());
    assertFalse(plan.failed("a", "again", PAUSES, 3_999));
    assertTrue(plan.failed("a", "again", PAUSES, 4_000));
  }

  @Test
  void whatIsGoneIsForgotten() {
    plan.failed("a", "why", PAUSES, 0);
    plan.failed("b", "why", PAUSES, 0);
    plan.retain(Set.of("b"));
    assertNull(plan.trouble("a"));
    assertEquals(1_000, plan.trouble("b").nextMs());
  }

  @Test
  void hugePausesDoNotOverflow() {
    RestartPlan.Pauses huge = new RestartPlan.Pauses(1, Long.MAX_VALUE / 4, 1);
    assertTrue(huge.afterMs(1_000) > 0);
  }
}

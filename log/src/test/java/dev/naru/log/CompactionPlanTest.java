package dev.naru.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import org.junit.jupiter.api.Test;

/** When a log is compacted. */
class CompactionPlanTest {
  private final CompactedLog log = new CompactedLog();

  @Test
  void aPlanWaitsForDirtAndForTheMinimumLagButNotBeyondTheMaximum() throws IOException {
    log.put("a", "1");
    log.compact();
    assertFalse(log.plan().due(log.config));
    String big = "x".repeat(200);
    log.put("b", big, "c", big);
    log.compact();
    log.put("d", "1");
    log.roll();
    assertEquals(5, log.end() + 1);
    assertTrue(log.plan().dirtyRatio() > 0 && log.plan().dirtyRatio() < 0.5);
    assertFalse(log.plan().due(log.config));
    log.config = CompactedLog.config(0, log.nowMs - 1_001);
    assertTrue(log.plan().due(log.config), "older than max.compaction.lag.ms");
    log.config = CompactedLog.config(0, log.nowMs - 1_000);
    assertFalse(log.plan().due(log.config));
    log.put("e", big, "f", big, "g", big);
    log.roll();
    assertTrue(log.plan().due(log.config));
    log.config = CompactedLog.config(log.nowMs - 999, Long.MAX_VALUE);
    assertFalse(log.plan().due(log.config), "younger than min.compaction.lag.ms");
    assertEquals(log.cleanedTo, log.plan().endOffset());
  }
}

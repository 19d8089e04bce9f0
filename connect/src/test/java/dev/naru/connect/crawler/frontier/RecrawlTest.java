package dev.naru.connect.crawler.frontier;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.connect.crawler.frontier.Recrawl.Visit;
import org.junit.jupiter.api.Test;

class RecrawlTest {
  private static final long HOUR_MS = 3_600_000;
  private static final long DAY_MS = 24 * HOUR_MS;
  private final Recrawl recrawl = new Recrawl(HOUR_MS, 10 * DAY_MS);

  @Test
  void aPageThatNeverChangesIsAskedForLessAndLess() {
    long pauseMs = recrawl.pauseMs(Visit.NEW, 0);
    assertEquals(HOUR_MS, pauseMs);
    int visits = 0;
    for (long ageMs = 0; ageMs < 100 * DAY_MS; ageMs += pauseMs) {
      pauseMs = recrawl.pauseMs(Visit.SAME, pauseMs);
      visits++;
    }
    assertEquals(10 * DAY_MS, pauseMs);
    assertTrue(visits < 20, visits + " visits in a hundred days");
  }

  /** A page that changes once a day, asked for with the pauses that follow from that. */
  @Test
  void thePauseSettlesAroundHowOftenAPageChanges() {
    long pauseMs = recrawl.pauseMs(Visit.NEW, 0);
    long seenVersion = 0;
    int visits = 0;
    int late = 0;
    for (long nowMs = pauseMs; nowMs < 100 * DAY_MS; nowMs += pauseMs) {
      long version = nowMs / DAY_MS;
      pauseMs = recrawl.pauseMs(version > seenVersion ? Visit.CHANGED : Visit.SAME, pauseMs);
      late += version > seenVersion + 1 ? 1 : 0;
      seenVersion = version;
      visits++;
    }
    assertTrue(visits > 100 && visits < 300, visits + " visits for a hundred changes");
    assertTrue(late <= 50, late + " times a version was missed");
  }

  @Test
  void boundsHold() {
    assertEquals(HOUR_MS, recrawl.pauseMs(Visit.CHANGED, HOUR_MS));
    assertEquals(10 * DAY_MS, recrawl.pauseMs(Visit.SAME, Long.MAX_VALUE - 1));
    assertEquals(10 * DAY_MS, recrawl.pauseMs(Visit.NOT_A_PAGE, HOUR_MS));
    assertEquals(5 * HOUR_MS, recrawl.pauseMs(Visit.UNKNOWN, 5 * HOUR_MS));
    assertEquals(1, new Recrawl(0, 1_000).pauseMs(Visit.NEW, 0));
    assertEquals(2, new Recrawl(0, 1_000).pauseMs(Visit.SAME, 1));
    assertFalse(new Recrawl(-1, 1_000).isOn());
    assertTrue(recrawl.isOn());
  }
}

package dev.naru.log;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class WarmRangesTest {
  private static final int MIB = 1 << 20;

  private final PageCache cache = new PageCache(100L * MIB);
  private final WarmRanges ranges = new WarmRanges(cache);

  @Test
  void nothingIsWarmThatNobodyTouched() {
    assertFalse(ranges.isWarm(0, 1));
    assertTrue(ranges.isWarm(0, 0));
  }

  @Test
  void whatIsAppendedIsWarmUntilEnoughElseCameThrough() {
    ranges.appended(0, MIB);
    ranges.appended(MIB, MIB);
    assertTrue(ranges.isWarm(0, 2 * MIB));
    cache.touch(90L * MIB);
    assertTrue(ranges.isWarm(0, 2 * MIB));
    cache.touch(20L * MIB);
    assertFalse(ranges.isWarm(0, 1));
  }

  @Test
  void theEndOfASlowLogIsWarmWhileItsBeginningIsNot() {
    int end = 0;
    for (int i = 0; i < 50; i++) {
      ranges.appended(end, 1_000);
      end += 1_000;
      cache.touch(10L * MIB);
      assertTrue(ranges.isWarm(end - 1_000, 1_000), "what was appended last, round " + i);
    }
    assertFalse(ranges.isWarm(0, 1_000));
    assertFalse(ranges.isWarm(30_000, end - 30_000), "a part of it is cold");
    assertTrue(ranges.isWarm(end - 5_000, 5_000), "half of the cache reaches back five rounds");
  }

  @Test
  void chunksThatWereReadAreWarmForAWhile() {
    ranges.read(2, MIB);
    assertTrue(ranges.isWarm(2 * MIB, MIB));
    assertTrue(ranges.isWarm(2 * MIB + 7, 100));
    assertFalse(ranges.isWarm(2 * MIB - 1, 2));
    assertFalse(ranges.isWarm(3 * MIB - 1, 2));
    ranges.read(3, MIB);
    assertTrue(ranges.isWarm(3 * MIB - 1, 2));
    cache.touch(200L * MIB);
    assertFalse(ranges.isWarm(2 * MIB, 1));
  }

  @Test
  void aRangeMayBeWarmForTwoReasons() {
    ranges.appended(0, 5 * MIB);
    cache.touch(200L * MIB);
    ranges.appended(5 * MIB, MIB);
    assertFalse(ranges.isWarm(4 * MIB, 2 * MIB));
    ranges.read(4, MIB);
    assertTrue(ranges.isWarm(4 * MIB, 2 * MIB));
  }

  @Test
  void aCacheWithoutLimitForgetsNothing() {
    PageCache endless = new PageCache(Long.MAX_VALUE);
    WarmRanges warm = new WarmRanges(endless);
    warm.appended(0, 10);
    endless.touch(Long.MAX_VALUE / 2);
    assertTrue(warm.isWarm(0, 10));
    assertFalse(new WarmRanges(endless).isWarm(0, 10));
    WarmRanges read = new WarmRanges(endless);
    read.read(3, MIB);
    assertTrue(read.isWarm(3 * MIB, MIB));
    assertFalse(read.isWarm(2 * MIB, MIB));
  }
}

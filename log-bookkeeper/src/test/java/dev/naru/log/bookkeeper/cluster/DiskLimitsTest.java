package dev.naru.log.bookkeeper.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class DiskLimitsTest {
  private static final double EXACT = 1e-9;

  private static void assertLimits(DiskLimits limits, double... parts) {
    assertEquals(parts[0], limits.readOnly(), EXACT);
    assertEquals(parts[1], limits.writableAgain(), EXACT);
    assertEquals(parts[2], limits.produceRefused(), EXACT);
    assertEquals(parts[3], limits.produceAccepted(), EXACT);
  }

  @Test
  void aPartOfASmallDiskIsKeptFree() {
    assertLimits(DiskLimits.of(64 << 20), 0.95, 0.93, 0.90, 0.88);
    assertLimits(DiskLimits.of(20 * DiskLimits.SPARE_BYTES), 0.95, 0.93, 0.90, 0.88);
  }

  @Test
  void ofALargeDiskNoMoreThanIsNeeded() {
    assertLimits(DiskLimits.of(100 * DiskLimits.SPARE_BYTES), 0.99, 0.986, 0.98, 0.976);
  }

  /** Nobody can tell how large it is. */
  @Test
  void aDiskWithoutASizeIsASmallOne() {
    assertLimits(DiskLimits.of(0), 0.95, 0.93, 0.90, 0.88);
  }
}

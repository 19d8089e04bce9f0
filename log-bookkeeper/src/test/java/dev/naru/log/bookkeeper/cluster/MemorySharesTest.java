package dev.naru.log.bookkeeper.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** Memory for entries: by the heap, or as it was given. */
class MemorySharesTest {
  private static final long MIB = 1 << 20;
  private static final long GIB = 1 << 30;

  private static MemoryShares byHeap(long heap) {
    return MemoryShares.of(-1, -1, -1, heap, heap);
  }

  private static String refusal(long cache, long unacknowledged, long bookie) {
    return assertThrows(
            ClusterException.class,
            () -> MemoryShares.of(cache, unacknowledged, bookie, 512 * MIB, 512 * MIB))
        .getMessage();
  }

  @Test
  void theHeapDecidesWhatIsNotGiven() {
    assertEquals(new MemoryShares(64 * MIB, 64 * MIB, 32 * MIB), byHeap(512 * MIB));
    assertEquals(new MemoryShares(8 * MIB, 8 * MIB, 8 * MIB), byHeap(64 * MIB));
    assertEquals(new MemoryShares(256 * MIB, 256 * MIB, 256 * MIB), byHeap(64 * GIB));
    assertEquals(32, byHeap(512 * MIB).bookieMib());
  }

  @Test
  void whatIsGivenCounts() {
    assertEquals(
        new MemoryShares(5 * MIB, 64 * MIB, 9 * MIB),
        MemoryShares.of(5 * MIB, -1, 9 * MIB, 512 * MIB, 512 * MIB));
  }

  @Test
  void tooLittleAndTooMuchAreRefused() {
    assertTrue(refusal(1000, -1, -1).startsWith("entry.cache.bytes is 1000; it needs at least"));
    assertTrue(refusal(-1, 0, -1).startsWith("entry.unacknowledged.bytes is 0; it needs"));
    assertTrue(refusal(-1, -1, MIB).startsWith("bookie.cache.bytes is 1048576; it needs"));
    String tooMuch = refusal(500 * MIB, -1, -1);
    assertTrue(tooMuch.contains("628 MiB together, and 384 MiB are the most"), tooMuch);
  }
}

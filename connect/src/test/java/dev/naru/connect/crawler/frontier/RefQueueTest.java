package dev.naru.connect.crawler.frontier;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RefQueueTest {
  private final MemoryChunks chunks = new MemoryChunks();
  private final RefQueue queue = new RefQueue(chunks);

  @Test
  void keepsTheOrderWhateverIsAddedAndRemovedMeanwhile() {
    Random random = new Random(7);
    ArrayDeque<Long> expected = new ArrayDeque<>();
    for (long i = 0; i < 100_000; i++) {
      // Grows in the first half and shrinks in the second.
      if (random.nextInt(100) < (i < 50_000 ? 60 : 35)) {
        queue.add(i);
        expected.add(i);
      } else if (!expected.isEmpty()) {
        assertEquals(expected.remove(), queue.remove());
      }
      assertEquals(expected.size(), queue.size());
    }
    while (!expected.isEmpty()) {
      assertEquals(expected.remove(), queue.remove());
    }
    assertTrue(queue.isEmpty());
    assertTrue(chunks.kept.isEmpty(), "what was taken is not kept");
    assertThrows(IllegalStateException.class, queue::remove);
  }

  @Test
  void aLongQueueIsInTheStoreButForItsEnds() {
    for (int i = 0; i < 64_000; i++) {
      queue.add(i);
    }
    assertTrue(chunks.kept.size() >= 998, "chunks kept: " + chunks.kept.size());
    queue.clear();
    assertTrue(queue.isEmpty());
    assertTrue(chunks.kept.isEmpty());
    queue.add(5);
    assertEquals(5, queue.remove());
  }
}

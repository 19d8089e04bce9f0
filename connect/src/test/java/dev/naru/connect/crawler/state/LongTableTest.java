package dev.naru.connect.crawler.state;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.connect.crawler.frontier.LongMap;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LongTableTest {
  @TempDir Path folder;

  @Test
  void isAMapInMemoryAndOnDisk() throws IOException {
    Random random = new Random(3);
    Map<Long, Long> expected = new HashMap<>();
    try (LongTable table = new LongTable(folder.resolve("t"))) {
      assertEquals(LongMap.ABSENT, table.get(0));
      table.put(0, 9);
      expected.put(0L, 9L);
      for (int i = 0; i < 400_000; i++) {
        long key = random.nextLong() >> (random.nextInt(2) * 46); // Some come twice.
        table.put(key, i);
        expected.put(key, (long) i);
      }
      assertEquals(expected.size(), table.size());
      expected.forEach((key, value) -> assertEquals(value, table.get(key), () -> "key " + key));
      assertEquals(LongMap.ABSENT, table.get(random.nextLong()));
      assertTrue(table.fileBytes() > 16L * expected.size(), "it is in a file by now");
      assertTrue(table.fileBytes() < 48L * expected.size());
      assertEquals(1, files(), "the smaller ones are gone");
      assertThrows(IllegalArgumentException.class, () -> table.put(1, LongMap.ABSENT));
    }
    assertEquals(0, files());
  }

  private long files() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.count();
    }
  }

  @Test
  void isLookedThroughALittleAtATime() {
    for (int count : new int[] {100, 100_000}) {
      Set<Long> seen = new HashSet<>();
      try (LongTable table = new LongTable(folder.resolve("t" + count))) {
        Random random = new Random(5);
        for (int i = 0; i < count; i++) {
          table.put(random.nextLong(), i);
        }
        long at = 0;
        int calls = 0;
        do {
          at =
              table.scan(
                  at,
                  table.slots() / 10,
                  (key, value) -> {
                    table.put(key, -value);
                    assertTrue(seen.add(value), "each once");
                  });
          calls++;
        } while (at != 0);
        assertTrue(calls == 1 || (calls >= 10 && calls <= 11), calls + " calls");
      }
      assertEquals(count, seen.size());
    }
  }

  @Test
  void aFolderThatIsNotThereIsSaid() {
    try (LongTable table = new LongTable(folder.resolve("nowhere").resolve("t"))) {
      java.io.UncheckedIOException said =
          assertThrows(
              java.io.UncheckedIOException.class,
              () -> {
                for (long i = 1; i < 100_000; i++) {
                  table.put(i * 0x9E3779B97F4A7C15L, i);
                }
              });
      assertTrue(said.getMessage().contains("cannot be written"), said.getMessage());
    }
  }
}

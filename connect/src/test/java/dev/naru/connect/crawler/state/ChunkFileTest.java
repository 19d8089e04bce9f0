package dev.naru.connect.crawler.state;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.naru.connect.crawler.frontier.ChunkStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChunkFileTest {
  @TempDir Path folder;

  private static long[] chunk(long start) {
    return LongStream.range(start, start + ChunkStore.CHUNK).toArray();
  }

  @Test
  void givesBackWhatWasPutAndUsesItsPlaceAgain() throws IOException {
    Path path = folder.resolve("queues");
    try (ChunkFile file = new ChunkFile(path)) {
      assertFalse(Files.exists(path), "nothing is written before there is something");
      long first = file.put(chunk(1));
      long second = file.put(chunk(-7_000));
      long[] into = new long[ChunkStore.CHUNK];
      file.take(first, into);
      assertArrayEquals(chunk(1), into);
      assertEquals(first, file.put(chunk(5)));
      file.take(second, into);
      assertArrayEquals(chunk(-7_000), into);
      file.take(first, into);
      assertArrayEquals(chunk(5), into);
      assertEquals(2 * ChunkStore.CHUNK * Long.BYTES, file.fileBytes());
    }
    assertFalse(Files.exists(path));
  }
}

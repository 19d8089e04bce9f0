package dev.naru.proving.bench.node;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HeldBytesTest {
  @TempDir private Path folder;

  @Test
  void whatWasAllocatedAheadDoesNotCount() throws IOException {
    byte[] journal = new byte[300_000];
    Arrays.fill(journal, 0, 150_000, (byte) 7);
    Files.createDirectories(folder.resolve("a/b"));
    Files.write(folder.resolve("a/b/1.txn"), journal);
    Files.write(folder.resolve("2.txn"), new byte[] {0, 0, 1, 0});
    Files.write(folder.resolve("empty.txn"), new byte[0]);
    Files.write(folder.resolve("zeros.txn"), new byte[100_000]);
    Files.write(folder.resolve("other"), journal);
    assertEquals(150_003, HeldBytes.below(folder, file -> file.toString().endsWith(".txn")));
  }
}

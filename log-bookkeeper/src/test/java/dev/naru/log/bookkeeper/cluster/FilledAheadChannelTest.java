package dev.naru.log.bookkeeper.cluster;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FilledAheadChannelTest {
  private static final int SMALL = 3_000;

  private final Random random = new Random(7);
  private byte[] expected = {};
  private Path path;

  @BeforeEach
  void makeName(@TempDir Path directory) {
    path = directory.resolve("journal");
  }

  private FileChannel open() throws IOException {
    return FileChannel.open(
        path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
  }

  /** Appends and forces, again and again. */
  private void append(FileChannel file, int times, int bytes) throws IOException {
    for (int i = 0; i < times; i++) {
      byte[] some = new byte[bytes];
      random.nextBytes(some);
      ByteBuffer buffer = ByteBuffer.wrap(some);
      while (buffer.hasRemaining()) {
        file.write(buffer);
      }
      file.force(false);
      int before = expected.length;
      expected = Arrays.copyOf(expected, before + bytes);
      System.arraycopy(some, 0, expected, before, bytes);
    }
  }

  /** Everything that was appended is there, and behind it are zeros. */
  private void assertWhole() throws IOException {
    byte[] found = Files.readAllBytes(path);
    assertArrayEquals(Arrays.copyOf(expected, found.length), found);
    assertTrue(found.length >= expected.length, "nothing is missing");
  }

  private long ahead() throws IOException {
    return Files.size(path) - expected.length;
  }

  @Test
  void aFileThatIsForcedInSmallPiecesIsFilledAhead() throws IOException {
    try (FileChannel file = new FilledAheadChannel(open())) {
      append(file, FilledAheadChannel.JUDGED_FORCES, SMALL);
      assertEquals(0, ahead(), "not before it is known to be forced often");
      append(file, 1, SMALL);
      assertEquals(FilledAheadChannel.AHEAD_BYTES, ahead());
      long sizeThen = Files.size(path);
      append(file, 20, SMALL);
      assertEquals(sizeThen, Files.size(path), "these found their blocks there");
      append(file, 200, SMALL);
      assertTrue(ahead() > 0, "filled again");
      assertWhole();
      assertEquals(expected.length, file.position());
    }
  }

  @Test
  void largePiecesAreWrittenOnce() throws IOException {
    try (FileChannel file = new FilledAheadChannel(open())) {
      append(file, 2 * FilledAheadChannel.JUDGED_FORCES, FilledAheadChannel.SMALL_BYTES + 1);
      assertEquals(0, ahead());
      assertWhole();
    }
  }

  @Test
  void aFileThatGetsLargePiecesLaterIsNotFilledAnyMore() throws IOException {
    try (FileChannel file = new FilledAheadChannel(open())) {
      append(file, 2 * FilledAheadChannel.JUDGED_FORCES, SMALL);
      append(file, 3 * FilledAheadChannel.JUDGED_FORCES, 2 * FilledAheadChannel.SMALL_BYTES);
      assertEquals(0, ahead());
      assertWhole();
    }
  }

  /** As BookKeeper does. */
  @Test
  void aFileThatIsMadeLongerByZerosIsFilledAllTheSame() throws IOException {
    try (FileChannel file = new FilledAheadChannel(open())) {
      file.write(ByteBuffer.allocate(512), (1 << 20) - 512);
      append(file, 500, SMALL);
      assertWhole();
    }
  }

  @Test
  void whatIsInAFileAlreadyStays() throws IOException {
    try (FileChannel file = open()) {
      append(file, 1, 100 * SMALL);
    }
    byte[] before = expected;
    expected = new byte[0];
    try (FileChannel file = new FilledAheadChannel(open())) {
      append(file, 2 * FilledAheadChannel.JUDGED_FORCES, 2);
    }
    System.arraycopy(expected, 0, before, 0, expected.length);
    expected = before;
    assertWhole();
    assertEquals(0, ahead());
  }
}

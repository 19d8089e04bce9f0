package dev.naru.log;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class FaultyDiskTest {
  private static final Path DIR = Path.of("/data");
  private static final Path A = DIR.resolve("a");
  private static final Path B = DIR.resolve("b");
  private static final int SEEDS = 400;

  private static FaultyDisk disk(long seed) {
    FaultyDisk disk = new FaultyDisk(seed);
    disk.format(DIR);
    return disk;
  }

  private static DiskFile durableFile(FaultyDisk disk, Path path, String text) throws IOException {
    DiskFile file = disk.open(path, true);
    write(file, text, 0);
    file.force();
    disk.syncDirectory(DIR);
    return file;
  }

  private static void write(DiskFile file, String text, long position) throws IOException {
    file.write(ByteBuffer.wrap(text.getBytes(UTF_8)), position);
  }

  private static String text(FaultyDisk disk, Path path) throws IOException {
    return new String(disk.contents(path), UTF_8);
  }

  @Test
  void readsWhatWasWritten() throws IOException {
    FaultyDisk disk = disk(1);
    DiskFile file = disk.open(A, true);
    write(file, "hello", 0);
    write(file, "J", 0);
    write(file, "end", 7);
    ByteBuffer into = ByteBuffer.allocate(20);
    assertEquals(10, file.read(into, 0));
    assertEquals("Jello\0\0end", new String(into.array(), 0, 10, UTF_8));
    assertEquals(0, file.read(ByteBuffer.allocate(1), 10));
    file.truncate(3);
    assertEquals(3, file.size());
    write(file, "x", 4);
    assertEquals("Jel\0x", text(disk, A));
    assertNull(file.channel());
    file.close();
    assertThrows(IOException.class, file::size);
    assertThrows(NoSuchFileException.class, () -> disk.open(B, false));
    assertEquals(List.of("a"), disk.list(DIR));
    assertEquals(List.of(), disk.list(B));
  }

  @Test
  void whatWasForcedSurvivesAndTheRestMay() throws IOException {
    Set<String> outcomes = new HashSet<>();
    for (int seed = 0; seed < SEEDS; seed++) {
      FaultyDisk disk = disk(seed);
      DiskFile file = durableFile(disk, A, "sure.");
      write(file, "12", 5);
      write(file, "34", 7);
      String after = text(disk.restart(), A);
      assertTrue(after.startsWith("sure."), "seed " + seed + ": " + after);
      outcomes.add(after.substring(5).replace('\0', '0'));
    }
    assertTrue(outcomes.containsAll(Set.of("", "1", "12", "123", "1234")), "outcomes: " + outcomes);
    assertTrue(
        outcomes.stream().anyMatch(o -> o.endsWith("0")), "a size without content: " + outcomes);
  }

  @Test
  void pagesAreWrittenBackInAnyOrder() throws IOException {
    boolean secondOnly = false;
    boolean firstOnly = false;
    boolean torn = false;
    for (int seed = 0; seed < SEEDS; seed++) {
      FaultyDisk disk = disk(seed);
      DiskFile file = durableFile(disk, A, "");
      byte[] ones = new byte[8192];
      Arrays.fill(ones, (byte) 1);
      file.write(ByteBuffer.wrap(ones), 0);
      byte[] after = Arrays.copyOf(disk.restart().contents(A), 8192);
      secondOnly |= after[0] == 0 && after[4096] == 1;
      firstOnly |= after[4095] == 1 && after[4096] == 0;
      torn |= after[0] == 1 && after[4095] == 0;
    }
    assertTrue(secondOnly && firstOnly && torn);
  }

  @Test
  void namesSurviveForSureOnceTheirDirectoryIsSynced() throws IOException {
    Set<Boolean> seen = new HashSet<>();
    for (int seed = 0; seed < SEEDS; seed++) {
      FaultyDisk disk = disk(seed);
      durableFile(disk, A, "a");
      DiskFile late = disk.open(B, true);
      write(late, "b", 0);
      late.force();
      FaultyDisk after = disk.restart();
      assertTrue(after.exists(A));
      seen.add(after.exists(B));
    }
    assertEquals(Set.of(true, false), seen);
  }

  @Test
  void aRenameIsAtomicAndAnUnsyncedDeletionMayComeBack() throws IOException {
    Set<String> renamed = new HashSet<>();
    Set<Boolean> deleted = new HashSet<>();
    for (int seed = 0; seed < SEEDS; seed++) {
      FaultyDisk disk = disk(seed);
      durableFile(disk, A, "new");
      durableFile(disk, B, "old");
      disk.rename(A, B);
      assertEquals("new", text(disk, B));
      FaultyDisk after = disk.restart();
      assertEquals(text(after, B).equals("old"), after.exists(A), "seed " + seed);
      renamed.add(text(after, B));
      after.delete(B);
      deleted.add(after.restart().exists(B));
      after = disk(seed);
      durableFile(after, A, "x");
      after.delete(A);
      after.syncDirectory(DIR);
      assertFalse(after.restart().exists(A));
    }
    assertEquals(Set.of("new", "old"), renamed);
    assertEquals(Set.of(true, false), deleted);
  }

  @Test
  void aDirectoryMovesWithAllThatIsInIt() throws IOException {
    FaultyDisk disk = disk(3);
    Path inner = DIR.resolve("x");
    disk.createDirectories(inner);
    disk.open(inner.resolve("f"), true).force();
    disk.syncDirectory(inner);
    disk.rename(inner, DIR.resolve("y"));
    assertThrows(DirectoryNotEmptyException.class, () -> disk.delete(DIR.resolve("y")));
    disk.syncDirectory(DIR);
    FaultyDisk after = disk.restart();
    assertEquals(List.of(DIR.resolve("y").resolve("f")), after.files(DIR));
  }

  @Test
  void aFailedForceIsNotMadeGoodByTheNextOne() throws IOException {
    for (int seed = 0; seed < 50; seed++) {
      FaultyDisk disk = disk(seed);
      DiskFile file = durableFile(disk, A, "sure.");
      write(file, "gone", 5);
      disk.intercept(
          (operation, path) -> {
            if (operation == FaultyDisk.Operation.FORCE) {
              throw new IOException("I/O error");
            }
          });
      assertThrows(IOException.class, file::force);
      disk.intercept(null);
      file.force();
      assertEquals("sure.gone", text(disk, A));
      String after = text(disk.restart(), A).replace("\0", "");
      assertEquals("sure.", after, "a size may survive, the bytes do not");
    }
  }

  @Test
  void losesPowerAtTheOperationThatWasNamed() throws IOException {
    Set<String> outcomes = new HashSet<>();
    for (int seed = 0; seed < SEEDS; seed++) {
      FaultyDisk disk = disk(seed);
      DiskFile file = durableFile(disk, A, "sure.");
      disk.losePowerAt(disk.operations() + 1);
      write(file, "+", 5);
      assertThrows(IOException.class, file::force);
      assertTrue(disk.powerLost());
      assertThrows(IOException.class, () -> write(file, "late", 6));
      assertThrows(IOException.class, () -> file.read(ByteBuffer.allocate(1), 0));
      assertThrows(IOException.class, () -> disk.list(DIR));
      outcomes.add(text(disk.restart(), A));
    }
    assertEquals(Set.of("sure.", "sure.+", "sure.\0"), outcomes);
  }

  @Test
  void aFullDiskTakesWhatFitsAndGoesOnWhenThereIsRoom() throws IOException {
    FaultyDisk disk = disk(5);
    DiskFile file = durableFile(disk, A, "1234");
    disk.capacity(6);
    IOException full = assertThrows(IOException.class, () -> write(file, "5678", 4));
    assertTrue(full.getMessage().contains("No space left"));
    assertEquals("123456", text(disk, A));
    write(file, "x", 0);
    disk.capacity(8);
    write(file, "78", 6);
    assertEquals("x2345678", text(disk, A));
  }

  @Test
  void aFlippedBitStays() throws IOException {
    FaultyDisk disk = disk(6);
    durableFile(disk, A, "aaaa");
    disk.flipBit(A, 1, 1);
    assertEquals("acaa", text(disk, A));
    assertEquals("acaa", text(disk.restart(), A));
  }

  @Test
  void aLockIsHeldByOneAndDiesWithTheProcess() throws Exception {
    FaultyDisk disk = disk(7);
    AutoCloseable held = disk.tryLock(A);
    assertNotNull(held);
    assertNull(disk.tryLock(A));
    held.close();
    assertNotNull(disk.tryLock(A));
    assertNotNull(disk.restart().tryLock(A));
  }

  @Test
  void theSameSeedGivesTheSameOutcome() throws IOException {
    byte[][] outcomes = new byte[2][];
    for (int i = 0; i < 2; i++) {
      FaultyDisk disk = disk(99);
      DiskFile file = durableFile(disk, A, "x");
      write(file, "abcdefgh".repeat(2000), 1);
      outcomes[i] = disk.restart().contents(A);
    }
    assertArrayEquals(outcomes[0], outcomes[1]);
  }
}

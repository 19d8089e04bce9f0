package dev.naru.log;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileHomeTest {
  private static final Path DIR = Path.of("/data/logs/x");

  private static FileHome open(Disk disk, Path directory) throws IOException {
    Graveyard graveyard = new Graveyard(disk, () -> 0);
    Journal journal = new Journal(disk, directory.getParent(), Runnable::run, Journal.Size.USUAL);
    FileRoot root = new FileRoot(disk, directory.getParent(), graveyard, Runnable::run, journal);
    return FileHome.open(root, directory.getFileName().toString());
  }

  @Nested
  class OnRealFiles extends ContractKit {
    @TempDir Path directory;

    @Override
    protected SegmentHome open() throws Exception {
      return FileHomeTest.open(Disk.real(), directory.resolve("log"));
    }

    @Override
    protected SegmentHome crashAndOpen(SegmentHome crashed) throws Exception {
      crashed.close();
      return open();
    }
  }

  @Nested
  class OnADiskThatLosesPower extends ContractKit {
    private FaultyDisk disk = formatted(17);

    @Override
    protected SegmentHome open() throws Exception {
      return FileHomeTest.open(disk, DIR);
    }

    @Override
    protected SegmentHome crashAndOpen(SegmentHome crashed) throws Exception {
      disk = disk.restart();
      return open();
    }
  }

  private static FaultyDisk formatted(long seed) {
    FaultyDisk disk = new FaultyDisk(seed);
    disk.format(DIR.getParent());
    return disk;
  }

  private static void append(HomeSegment segment, String text) throws IOException {
    segment.append(ByteBuffer.wrap(text.getBytes(UTF_8)));
  }

  private static List<String> contents(FileHome home) throws IOException {
    List<String> all = new ArrayList<>();
    for (HomeSegment segment : home.segments()) {
      ByteBuffer bytes = ByteBuffer.allocate(segment.size());
      segment.read(bytes, 0);
      all.add(segment.baseOffset() + "=" + UTF_8.decode(bytes.flip()));
    }
    return all;
  }

  private static FileHome threeSegments(FaultyDisk disk) throws Exception {
    FileHome home = open(disk, DIR);
    for (int i = 0; i < 3; i++) {
      HomeSegment segment = home.create(i * 10L, 0);
      append(segment, "old" + i);
      segment.seal(true);
    }
    return home;
  }

  private static void merge(FileHome home) throws IOException {
    HomeSegment merged = home.createDetached(0);
    append(merged, "new");
    home.replace(home.segments().subList(0, 2), List.of(merged), 1_000);
  }

  /** Power is lost at each operation of a replacement, and again at each one of the recovery. */
  @Test
  void aReplacementHappensWhollyOrNotAtAll() throws Exception {
    FaultyDisk counted = formatted(0);
    FileHome home = threeSegments(counted);
    long begin = counted.operations();
    merge(home);
    long end = counted.operations();
    List<String> before = List.of("0=old0", "10=old1", "20=old2");
    List<String> after = List.of("0=new", "20=old2");
    Set<String> seen = new TreeSet<>();
    for (long at = begin; at < end; at++) {
      for (long seed = 0; seed < 40; seed++) {
        FaultyDisk disk = formatted(seed);
        FileHome victim = threeSegments(disk);
        disk.losePowerAt(at);
        assertThrows(IOException.class, () -> merge(victim));
        FaultyDisk first = disk.restart();
        if (seed % 2 == 0) {
          first.losePowerAt(seed / 2 % 6);
          try {
            open(first, DIR);
          } catch (IOException expected) {
            assertTrue(first.powerLost());
          }
          first = first.restart();
        }
        List<String> found = contents(open(first, DIR));
        assertTrue(
            found.equals(before) || found.equals(after),
            "operation " + at + ", seed " + seed + ": " + found);
        seen.add(found.get(0));
      }
    }
    assertEquals(Set.of("0=new", "0=old0"), seen);
  }

  /** The next force looks at the last segment only. */
  @Test
  void whatWasSealedWithForceIsDurableBeforeAnythingFollows() throws Exception {
    for (long seed = 0; seed < 40; seed++) {
      FaultyDisk disk = formatted(seed);
      FileHome home = threeSegments(disk);
      append(home.create(30, 0), "lost?");
      List<String> found = contents(open(disk.restart(), DIR));
      assertEquals(List.of("0=old0", "10=old1", "20=old2"), found.subList(0, 3));
    }
  }

  @Test
  void aForceReachesBackIntoSegmentsThatWereSealedWithoutOne() throws Exception {
    for (long seed = 0; seed < 40; seed++) {
      FaultyDisk disk = formatted(seed);
      FileHome home = open(disk, DIR);
      for (int i = 0; i < 3; i++) {
        HomeSegment segment = home.create(i, 0);
        append(segment, "data" + i);
        segment.seal(false);
      }
      home.force().toCompletableFuture().get();
      assertEquals(List.of("0=data0", "1=data1", "2=data2"), contents(open(disk.restart(), DIR)));
    }
  }

  @Test
  void aFailedForceIsFinal() throws Exception {
    FaultyDisk disk = formatted(3);
    FileHome home = open(disk, DIR);
    HomeSegment segment = home.create(0, 0);
    append(segment, "lost");
    disk.intercept(
        (operation, path) -> {
          if (operation == FaultyDisk.Operation.FORCE) {
            throw new IOException("I/O error");
          }
        });
    assertThrows(ExecutionException.class, () -> home.force().toCompletableFuture().get());
    disk.intercept(null);
    assertThrows(
        ExecutionException.class,
        () -> home.force().toCompletableFuture().get(),
        "a second fsync would say yes to what was never written");
  }

  @Test
  void aFullDiskRefusesAnAppendAndGoesOnWhenThereIsRoom() throws Exception {
    FaultyDisk disk = formatted(4);
    FileHome home = open(disk, DIR);
    HomeSegment segment = home.create(0, 0);
    append(segment, "1234");
    disk.capacity(6);
    assertThrows(IOException.class, () -> append(segment, "5678"));
    assertEquals(List.of("0=1234"), contents(home));
    disk.capacity(100);
    append(segment, "abcd");
    assertEquals(List.of("0=1234abcd"), contents(home));
    home.force().toCompletableFuture().get();
    FaultyDisk after = disk.restart();
    assertEquals(List.of("0=1234abcd"), contents(open(after, DIR)));
  }
}

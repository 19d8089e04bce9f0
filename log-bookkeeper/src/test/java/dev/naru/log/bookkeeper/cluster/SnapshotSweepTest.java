package dev.naru.log.bookkeeper.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.zookeeper.server.DataTree;
import org.apache.zookeeper.server.persistence.FileTxnSnapLog;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SnapshotSweepTest {
  @TempDir Path directory;

  private void snapshot(long zxid) throws IOException {
    DataTree tree = new DataTree();
    tree.lastProcessedZxid = zxid;
    FileTxnSnapLog files = new FileTxnSnapLog(directory.toFile(), directory.toFile());
    files.save(tree, new ConcurrentHashMap<>(), false);
    files.close();
  }

  private void transactions(long zxid) throws IOException {
    Files.createFile(directory.resolve("version-2").resolve("log." + Long.toHexString(zxid)));
  }

  private Set<String> names() throws IOException {
    try (Stream<Path> files = Files.list(directory.resolve("version-2"))) {
      return files
          .map(file -> file.getFileName().toString())
          .collect(Collectors.toCollection(TreeSet::new));
    }
  }

  private void sweep() throws IOException {
    try (SnapshotSweep sweep = new SnapshotSweep(directory)) {
      sweep.sweep();
    }
  }

  /** The transactions of the oldest snapshot that is kept begin in the file before it. */
  @Test
  void theLastThreeSnapshotsAndTheirTransactionsStay() throws IOException {
    for (long zxid : new long[] {0x10, 0x20, 0x30, 0x40, 0x50}) {
      snapshot(zxid);
      transactions(zxid + 1);
    }
    sweep();
    assertEquals(
        Set.of("snapshot.30", "snapshot.40", "snapshot.50", "log.21", "log.31", "log.41", "log.51"),
        names());
  }

  /** A crash leaves snapshots that end too early. */
  @Test
  void aBrokenSnapshotIsNotCounted() throws IOException {
    for (long zxid : new long[] {0x10, 0x20, 0x30}) {
      snapshot(zxid);
    }
    Files.write(directory.resolve("version-2").resolve("snapshot.40"), new byte[20]);
    sweep();
    assertEquals(Set.of("snapshot.10", "snapshot.20", "snapshot.30", "snapshot.40"), names());
  }

  @Test
  void withoutAnySnapshotEverythingStays() throws IOException {
    Files.createDirectories(directory.resolve("version-2"));
    transactions(1);
    sweep();
    assertEquals(Set.of("log.1"), names());
  }
}

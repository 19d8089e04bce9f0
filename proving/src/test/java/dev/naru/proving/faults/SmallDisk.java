package dev.naru.proving.faults;

import dev.naru.proving.Scripts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;

/** A file system of its own with little room, of which a part can be given back. Root's only. */
final class SmallDisk implements AutoCloseable {
  private final Path mounted;
  private final Path ballast;

  /**
   * Mounts one over a directory, which is made.
   *
   * @param ballastMb what is in the way until {@link #giveRoom}
   */
  SmallDisk(Path directory, int sizeMb, int ballastMb) throws IOException {
    Assumptions.assumeTrue(
        System.getProperty("user.name").equals("root"), "only root can mount a file system");
    mounted = Files.createDirectories(directory);
    run("mount", "-t", "tmpfs", "-o", "size=" + sizeMb + "m", "naru-small", mounted.toString());
    ballast = mounted.resolve("ballast");
    Files.write(ballast, new byte[ballastMb << 20]);
  }

  private void run(String... command) {
    Scripts.run(mounted.getParent(), Map.of(), List.of(command));
  }

  /** An administrator has found something to delete. */
  void giveRoom() throws IOException {
    Files.deleteIfExists(ballast);
  }

  @Override
  public void close() {
    run("umount", mounted.toString());
  }
}

package dev.naru.cli.cluster;

import dev.naru.log.LogStore;
import dev.naru.log.bookkeeper.cluster.ClusterData;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Tells whether a node runs on a data directory, be it alone or a member of a cluster. */
public final class DataInUse {
  private DataInUse() {}

  /** Whether a node has the directory at this moment; one that cannot be read, nobody has. */
  public static boolean isIt(Path data) {
    return isLocked(data.resolve(LogStore.LOCK)) || isLocked(data.resolve(ClusterData.LOCK));
  }

  private static boolean isLocked(Path file) {
    if (!Files.isRegularFile(file)) {
      return false;
    }
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
        FileLock shared = channel.tryLock(0, Long.MAX_VALUE, true)) {
      return shared == null;
    } catch (OverlappingFileLockException e) {
      return true;
    } catch (IOException e) {
      return false;
    }
  }
}

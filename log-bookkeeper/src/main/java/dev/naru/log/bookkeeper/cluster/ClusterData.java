package dev.naru.log.bookkeeper.cluster;

import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Tells the directory of a node of a cluster from others. Apart from everything else here, so that
 * a node of its own can ask without loading any of it.
 */
public final class ClusterData {
  /** Says whose directory it is. */
  static final String FILE = "cluster.properties";

  /** The process that uses it holds a lock on this file. */
  public static final String LOCK = "cluster.lock";

  private ClusterData() {}

  /** Whether a directory is that of a node of a cluster; one that cannot be read is not. */
  public static boolean isIn(Path directory) {
    return Files.exists(directory.resolve(FILE));
  }
}

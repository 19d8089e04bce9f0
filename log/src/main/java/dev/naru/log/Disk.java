package dev.naru.log;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * The one narrow door to files. Everything that the log keeps goes through it, so that its faulty
 * in-memory twin can lose power at any write, fail an fsync, flip bits or run full.
 *
 * <p>Calls block. Thread-safe.
 */
public interface Disk {
  /**
   * Opens for reading and writing; creates the file when {@code create} is set and it is absent.
   */
  DiskFile open(Path path, boolean create) throws IOException;

  /** Names of a directory's entries, unsorted; empty when the directory does not exist. */
  List<String> list(Path directory) throws IOException;

  boolean exists(Path path);

  /** Bytes of a file. */
  long size(Path path) throws IOException;

  void createDirectories(Path directory) throws IOException;

  /** Deletes a file or an empty directory; nothing happens when it is absent. */
  void delete(Path path) throws IOException;

  /** Renames atomically, replacing the target. Durable after {@link #syncDirectory}. */
  void rename(Path from, Path to) throws IOException;

  /** Makes creations, renames and deletions in a directory durable. */
  void syncDirectory(Path directory) throws IOException;

  /** Takes an exclusive lock that dies with the process; null when another process has it. */
  AutoCloseable tryLock(Path path) throws IOException;

  /** How many bytes of files are likely kept in memory; a cautious guess. */
  long cacheBytes();

  /** The operating system's files. */
  static Disk real() {
    return new RealDisk();
  }
}

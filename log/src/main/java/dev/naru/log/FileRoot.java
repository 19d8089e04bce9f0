package dev.naru.log;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The directory in which the logs have their directories, and what their homes share. Thread-safe.
 */
final class FileRoot {
  /** The number of all directories that an earlier process may have left unsure. */
  static final long FOUND = 1;

  final Disk disk;
  final Graveyard graveyard;
  final PageCache cache;
  final Executor readers;
  final Journal journal;
  private final Path directory;
  private final AtomicLong made = new AtomicLong(FOUND);
  private long sure;
  private IOException broken;

  /**
   * @param readers where reads run that may wait for the disk
   * @param journal what makes the ends of several logs durable at once
   */
  FileRoot(Disk disk, Path directory, Graveyard graveyard, Executor readers, Journal journal) {
    this.journal = journal;
    this.disk = disk;
    this.cache = new PageCache(disk.cacheBytes());
    this.readers = readers;
    this.directory = directory;
    this.graveyard = graveyard;
  }

  Path resolve(String name) {
    return directory.resolve(name);
  }

  /** A log's directory was made; returns its number for {@link #makeSure}. */
  long made() {
    return made.incrementAndGet();
  }

  /**
   * Makes a log's directory durable. One sync does so for all that were made before it began, so
   * that of many new logs only the first waits. A failure is final, as for a file.
   */
  synchronized void makeSure(long number) throws IOException {
    if (broken != null) {
      throw new IOException("An earlier fsync of " + directory + " failed", broken);
    }
    if (number > sure) {
      sync();
    }
  }

  private void sync() throws IOException {
    long upTo = made.get();
    try {
      disk.syncDirectory(directory);
    } catch (IOException e) {
      broken = e;
      throw e;
    }
    sure = upTo;
  }
}

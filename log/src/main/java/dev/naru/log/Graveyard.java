package dev.naru.log;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Files that are deleted some time after they went out of service. Thread-safe. */
final class Graveyard {
  private static final Logger LOG = LoggerFactory.getLogger(Graveyard.class);

  private record Grave(long dueMs, Path path, boolean directory) {}

  private final Disk disk;
  private final LogClock clock;
  private final PriorityQueue<Grave> graves =
      new PriorityQueue<>(Comparator.comparingLong(Grave::dueMs));

  Graveyard(Disk disk, LogClock clock) {
    this.disk = disk;
    this.clock = clock;
  }

  void buryFile(Path path, long delayMs) {
    add(new Grave(due(delayMs), path, false));
  }

  /** A directory of files, without directories in it. */
  void buryDirectory(Path path, long delayMs) {
    add(new Grave(due(delayMs), path, true));
  }

  /** Deletes what is due. */
  void sweep(long nowMs) {
    delete(take(nowMs));
  }

  /** Deletes a directory now that was buried earlier. */
  void exhume(Path directory) {
    synchronized (this) {
      graves.removeIf(grave -> grave.path().equals(directory));
    }
    delete(List.of(new Grave(0, directory, true)));
  }

  private long due(long delayMs) {
    long now = clock.nowMs();
    return delayMs > Long.MAX_VALUE - now ? Long.MAX_VALUE : now + delayMs;
  }

  private synchronized void add(Grave grave) {
    graves.add(grave);
  }

  private synchronized List<Grave> take(long nowMs) {
    List<Grave> due = new ArrayList<>();
    while (!graves.isEmpty() && graves.peek().dueMs() <= nowMs) {
      due.add(graves.poll());
    }
    return due;
  }

  private void delete(List<Grave> due) {
    for (Grave grave : due) {
      try {
        if (grave.directory()) {
          deleteDirectory(grave.path());
        } else {
          disk.delete(grave.path());
        }
      } catch (IOException e) {
        LOG.warn("Deleting {} failed; it is tried again at the next start", grave.path(), e);
      }
    }
  }

  private void deleteDirectory(Path directory) throws IOException {
    for (String name : disk.list(directory)) {
      // The mark goes last: a crash in between must find it again.
      if (!name.equals(LogDirectory.DELETED)) {
        disk.delete(directory.resolve(name));
      }
    }
    disk.delete(directory.resolve(LogDirectory.DELETED));
    disk.delete(directory);
  }
}

package dev.naru.connect.files;

import dev.naru.connect.files.FilesSourceConfig.After;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.zip.ZipException;
import org.apache.kafka.connect.errors.ConnectException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The files of a folder that a task reads: which there are, how far each was read, and what becomes
 * of them then. Belongs to the task's thread, but for {@link #file}.
 */
final class WatchedFolder {
  private static final Logger LOG = LoggerFactory.getLogger(WatchedFolder.class);
  private static final int FILES_MAX = 100_000;
  private static final int DONE_MAX = 100_000;

  private final FilesSourceConfig config;
  private final Function<String, Mark> marks;
  private final Map<String, WatchedFile> files = new ConcurrentHashMap<>();
  private final Deque<WatchedFile> waiting = new ArrayDeque<>();

  /** Names of files that were moved or deleted: what comes by such a name is another file. */
  private final Set<String> done =
      Collections.newSetFromMap(
          new LinkedHashMap<>() {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
              return size() > DONE_MAX;
            }
          });

  /**
   * A folder that was not looked into yet.
   *
   * @param marks where Connect says that a file was read up to
   */
  WatchedFolder(FilesSourceConfig config, Function<String, Mark> marks) {
    this.config = config;
    this.marks = marks;
  }

  /** The file of this name, or null. */
  WatchedFile file(String name) {
    return files.get(name);
  }

  /** Whether there are files to open that were seen already. */
  boolean hasMore() {
    return !waiting.isEmpty();
  }

  /** Opens the next file that has something to read; null when there is none. */
  OpenFile openNext() throws IOException {
    if (waiting.isEmpty()) {
      look();
    }
    while (!waiting.isEmpty()) {
      WatchedFile file = waiting.poll();
      Path path = config.folder().resolve(file.name());
      OpenFile opened = open(path, file);
      if (opened != null) {
        return opened;
      }
    }
    return null;
  }

  private OpenFile open(Path path, WatchedFile file) throws IOException {
    try {
      BasicFileAttributes now = Files.readAttributes(path, BasicFileAttributes.class);
      long modifiedMs = now.lastModifiedTime().toMillis();
      boolean quiet = isQuiet(modifiedMs);
      try {
        return new OpenFile(path, file, config, quiet);
      } catch (EOFException | ZipException e) {
        LOG.warn("{} is not a whole compressed file: {}", path, reason(e));
        file.atEnd(now.size(), modifiedMs, quiet);
      }
    } catch (NoSuchFileException e) {
      LOG.info("{} is gone.", path);
    }
    return null;
  }

  private void look() throws IOException {
    Map<String, BasicFileAttributes> present = new TreeMap<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(config.folder())) {
      for (Path entry : entries) {
        String name = entry.getFileName().toString();
        if (config.isOurs(name)) {
          add(entry, name, present);
        }
      }
    } catch (java.nio.file.DirectoryIteratorException e) {
      throw e.getCause();
    }
    files.keySet().retainAll(present.keySet());
    present.forEach(this::judge);
  }

  private void add(Path entry, String name, Map<String, BasicFileAttributes> present)
      throws IOException {
    try {
      BasicFileAttributes attributes = Files.readAttributes(entry, BasicFileAttributes.class);
      if (attributes.isRegularFile()) {
        present.put(name, attributes);
      }
    } catch (NoSuchFileException e) {
      LOG.debug("{} is gone already.", entry);
    }
    if (present.size() > FILES_MAX) {
      throw new ConnectException(
          "There are more than "
              + FILES_MAX
              + " files in "
              + config.folder()
              + "; have those that were read moved away (files.after), or use more tasks.");
    }
  }

  private void judge(String name, BasicFileAttributes now) {
    WatchedFile file =
        files.computeIfAbsent(
            name, n -> new WatchedFile(n, done.remove(n) ? Mark.START : marks.apply(n)));
    long modifiedMs = now.lastModifiedTime().toMillis();
    if (!file.isRead(now.size(), modifiedMs)) {
      waiting.add(file);
    } else if (isQuiet(modifiedMs)) {
      if (!file.isRestRead()) {
        waiting.add(file);
      } else if (config.after() != After.KEEP && file.isAllSent()) {
        finish(file);
      }
    }
  }

  private boolean isQuiet(long modifiedMs) {
    return System.currentTimeMillis() - modifiedMs >= config.quietMs();
  }

  private void finish(WatchedFile file) {
    Path path = config.folder().resolve(file.name());
    try {
      if (config.after() == After.DELETE) {
        Files.deleteIfExists(path);
      } else {
        Files.createDirectories(config.doneFolder());
        Files.move(path, free(config.doneFolder(), file.name()));
      }
      LOG.info("{} was read and is {}d.", path, config.after() == After.DELETE ? "delete" : "move");
      files.remove(file.name());
      done.add(file.name());
    } catch (IOException e) {
      LOG.warn("{} was read, but cannot be moved or deleted: {}", path, reason(e));
    }
  }

  private static Path free(Path folder, String name) {
    Path target = folder.resolve(name);
    for (int i = 1; Files.exists(target); i++) {
      target = folder.resolve(name + "." + i);
    }
    return target;
  }

  /** What went wrong, in a few words. */
  static String reason(IOException e) {
    return e.getMessage() == null
        ? e.getClass().getSimpleName()
        : e.getClass().getSimpleName() + ", " + e.getMessage();
  }
}

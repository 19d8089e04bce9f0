package dev.naru.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.Uuid;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The few files of the data directory that belong to no single log, and its lock. */
final class StoreFiles {
  static final int FORMAT_VERSION = 1;

  private static final Logger LOG = LoggerFactory.getLogger(StoreFiles.class);
  private static final String PROPERTIES = "naru.properties";
  private static final String CLEAN_STOP = "clean-stop";
  private static final String RECOVERY_POINTS = "recovery-points";
  private static final int POINT_BYTES = 36;
  private static final String VERSION_KEY = "format.version=";

  private final Disk disk;
  private final Path directory;
  private final AutoCloseable lock;

  private StoreFiles(Disk disk, Path directory, AutoCloseable lock) {
    this.disk = disk;
    this.directory = directory;
    this.lock = lock;
  }

  /** Takes the lock and checks the format, writing it into a directory that is new. */
  static StoreFiles take(Disk disk, Path directory) {
    AutoCloseable lock;
    try {
      disk.createDirectories(LogDirectory.logs(directory));
      lock = disk.tryLock(directory.resolve(LogStore.LOCK));
    } catch (IOException e) {
      throw notWritable(directory, e);
    }
    if (lock == null) {
      throw new LogStoreException(
          "The data directory "
              + directory
              + " is in use by another node; stop that one or use"
              + " another directory.");
    }
    StoreFiles files = new StoreFiles(disk, directory, lock);
    try {
      files.checkVersion();
      return files;
    } catch (IOException e) {
      files.release();
      throw notWritable(directory, e);
    } catch (LogStoreException e) {
      files.release();
      throw e;
    }
  }

  private static LogStoreException notWritable(Path directory, IOException e) {
    return new LogStoreException(
        "The data directory "
            + directory
            + " cannot be written ("
            + e.getClass().getSimpleName()
            + ": "
            + e.getMessage()
            + "); give a directory that this user may write to.",
        e);
  }

  private void checkVersion() throws IOException {
    Path path = directory.resolve(PROPERTIES);
    if (!disk.exists(path)) {
      writeVersion(path);
      return;
    }
    int found = readVersion(path);
    if (found > FORMAT_VERSION) {
      throw new LogStoreException(
          "The data directory "
              + directory
              + " was made by a newer version (format "
              + found
              + "); this version reads format "
              + FORMAT_VERSION
              + " and older.");
    }
  }

  private void writeVersion(Path path) throws IOException {
    String text = "# The data directory of a Naru node.\n" + VERSION_KEY + FORMAT_VERSION + "\n";
    Path temporary = path.resolveSibling(PROPERTIES + CheckedFile.TEMPORARY);
    try (DiskFile file = disk.open(temporary, true)) {
      file.truncate(0);
      file.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)), 0);
      file.force();
    }
    disk.rename(temporary, path);
    disk.syncDirectory(directory);
    disk.syncDirectory(directory.toAbsolutePath().getParent());
  }

  private int readVersion(Path path) throws IOException {
    String text;
    try (DiskFile file = disk.open(path, false)) {
      ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(file.size(), 64 << 10));
      file.read(bytes, 0);
      text = StandardCharsets.UTF_8.decode(bytes.flip()).toString();
    }
    for (String line : text.lines().toList()) {
      if (line.trim().matches("format\\.version=[0-9]{1,9}")) {
        return Integer.parseInt(line.trim().substring(VERSION_KEY.length()));
      }
    }
    throw new LogStoreException(
        path + " does not say a format version; it should have a line " + VERSION_KEY + "N.");
  }

  void release() {
    try {
      lock.close();
    } catch (Exception e) {
      LOG.warn("Letting go of the lock on {} failed; it ends with the process", directory, e);
    }
  }

  /** What a clean stop wrote, null when there was none. It counts only once. */
  Map<LogId, LogState.Clean> takeCleanStop() throws IOException {
    Path path = directory.resolve(CLEAN_STOP);
    ByteBuffer bytes = CheckedFile.read(disk, path);
    disk.delete(path);
    // Also when it was not there: a process may have been killed before its deletion was durable.
    disk.syncDirectory(directory);
    if (bytes == null) {
      return null;
    }
    Map<LogId, LogState.Clean> states = new HashMap<>();
    for (int n = bytes.getInt(); n > 0; n--) {
      states.put(decodeId(bytes), LogState.Clean.decode(bytes));
    }
    return states;
  }

  void saveCleanStop(Map<LogId, LogState.Clean> states) throws IOException {
    int size = 4;
    for (LogState.Clean state : states.values()) {
      size = Math.addExact(size, 20 + state.encodedBytes());
    }
    ByteBuffer bytes = ByteBuffer.allocate(size).putInt(states.size());
    states.forEach(
        (id, state) -> {
          encode(id, bytes);
          state.encode(bytes);
        });
    CheckedFile.write(disk, directory.resolve(CLEAN_STOP), bytes.flip(), true);
  }

  Map<LogId, RecoveryPoint> loadRecoveryPoints() throws IOException {
    Map<LogId, RecoveryPoint> points = new HashMap<>();
    ByteBuffer bytes = CheckedFile.read(disk, directory.resolve(RECOVERY_POINTS));
    int count = bytes == null ? 0 : bytes.getInt();
    if (count > 0 && bytes.remaining() != count * POINT_BYTES) {
      LOG.warn("The recovery points are of another version; this start takes longer");
      count = 0;
    }
    for (int n = count; n > 0; n--) {
      points.put(decodeId(bytes), new RecoveryPoint(bytes.getLong(), bytes.getLong()));
    }
    return points;
  }

  void saveRecoveryPoints(Map<LogId, RecoveryPoint> points) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(4 + POINT_BYTES * points.size()).putInt(points.size());
    points.forEach(
        (id, point) -> {
          encode(id, bytes);
          bytes.putLong(point.offset()).putLong(point.logStart());
        });
    CheckedFile.write(disk, directory.resolve(RECOVERY_POINTS), bytes.flip(), true);
  }

  private static void encode(LogId id, ByteBuffer into) {
    into.putLong(id.topicId().getMostSignificantBits());
    into.putLong(id.topicId().getLeastSignificantBits());
    into.putInt(id.partition());
  }

  private static LogId decodeId(ByteBuffer from) {
    return new LogId(new Uuid(from.getLong(), from.getLong()), from.getInt());
  }
}

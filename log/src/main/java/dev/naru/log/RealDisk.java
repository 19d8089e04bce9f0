package dev.naru.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@link Disk} over the operating system's files. */
final class RealDisk implements Disk {
  private static final Logger LOG = LoggerFactory.getLogger(RealDisk.class);
  private static final Path MEMORY_INFO = Path.of("/proc/meminfo");
  private static final Path CONTAINER_LIMIT = Path.of("/sys/fs/cgroup/memory.max");

  /** Also where nothing is known of the system. */
  private static final long MIN_CACHE_BYTES = 64 << 20;

  @Override
  public DiskFile open(Path path, boolean create) throws IOException {
    FileChannel channel =
        create
            ? FileChannel.open(
                path, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE)
            : FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
    return new RealFile(channel);
  }

  @Override
  public List<String> list(Path directory) throws IOException {
    List<String> names = new ArrayList<>();
    try (var entries = Files.newDirectoryStream(directory)) {
      entries.forEach(entry -> names.add(entry.getFileName().toString()));
    } catch (NoSuchFileException e) {
      return List.of();
    }
    return names;
  }

  @Override
  public boolean exists(Path path) {
    return Files.exists(path);
  }

  @Override
  public long size(Path path) throws IOException {
    return Files.size(path);
  }

  @Override
  public void createDirectories(Path directory) throws IOException {
    Files.createDirectories(directory);
  }

  @Override
  public void delete(Path path) throws IOException {
    Files.deleteIfExists(path);
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  @Override
  public void syncDirectory(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  @Override
  public AutoCloseable tryLock(Path path) throws IOException {
    FileChannel channel =
        FileChannel.open(path, StandardOpenOption.WRITE, StandardOpenOption.CREATE);
    try {
      FileLock lock = channel.tryLock();
      if (lock != null) {
        return channel;
      }
    } catch (OverlappingFileLockException e) {
      // This very process holds it: answered below like any other holder.
    }
    channel.close();
    return null;
  }

  /** Half of what the operating system says it could give, within the limit of a container. */
  @Override
  public long cacheBytes() {
    long available = firstNumber(MEMORY_INFO, "MemAvailable:") * 1024;
    long limit = firstNumber(CONTAINER_LIMIT, "");
    long usable = limit > 0 && limit < available ? limit : available;
    return Math.max(MIN_CACHE_BYTES, usable / 2);
  }

  /** The number that follows a word in a small file of the kernel's; -1 when there is none. */
  private static long firstNumber(Path file, String word) {
    try {
      for (String line : Files.readAllLines(file)) {
        String digits = line.startsWith(word) ? line.replaceAll("[^0-9]", "") : "";
        if (!digits.isEmpty() && digits.length() < 16) {
          return Long.parseLong(digits);
        }
      }
    } catch (IOException e) {
      LOG.debug("{} cannot be read; another system has no such file", file, e);
    }
    return -1;
  }

  private record RealFile(FileChannel channel) implements DiskFile {
    @Override
    public void write(ByteBuffer bytes, long position) throws IOException {
      long at = position;
      while (bytes.hasRemaining()) {
        at += channel.write(bytes, at);
      }
    }

    @Override
    public int read(ByteBuffer into, long position) throws IOException {
      int total = 0;
      while (into.hasRemaining()) {
        int n = channel.read(into, position + total);
        if (n < 0) {
          break;
        }
        total += n;
      }
      return total;
    }

    @Override
    public void force() throws IOException {
      channel.force(false);
    }

    @Override
    public void truncate(long size) throws IOException {
      channel.truncate(size);
    }

    @Override
    public long size() throws IOException {
      return channel.size();
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }
}

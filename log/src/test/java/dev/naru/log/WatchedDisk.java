package dev.naru.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/** Real files; tells who reads them, and how much. */
final class WatchedDisk implements Disk {
  private final Disk real = Disk.real();
  final Set<String> readers = ConcurrentHashMap.newKeySet();
  final AtomicLong bytesRead = new AtomicLong();
  long cacheBytes = Long.MAX_VALUE;

  @Override
  public DiskFile open(Path path, boolean create) throws IOException {
    return new WatchedFile(real.open(path, create));
  }

  @Override
  public List<String> list(Path path) throws IOException {
    return real.list(path);
  }

  @Override
  public boolean exists(Path path) {
    return real.exists(path);
  }

  @Override
  public long size(Path path) throws IOException {
    return real.size(path);
  }

  @Override
  public void createDirectories(Path path) throws IOException {
    real.createDirectories(path);
  }

  @Override
  public void delete(Path path) throws IOException {
    real.delete(path);
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    real.rename(from, to);
  }

  @Override
  public void syncDirectory(Path path) throws IOException {
    real.syncDirectory(path);
  }

  @Override
  public AutoCloseable tryLock(Path path) throws IOException {
    return real.tryLock(path);
  }

  @Override
  public long cacheBytes() {
    return cacheBytes;
  }

  private final class WatchedFile implements DiskFile {
    private final DiskFile file;

    WatchedFile(DiskFile file) {
      this.file = file;
    }

    @Override
    public void write(ByteBuffer bytes, long position) throws IOException {
      file.write(bytes, position);
    }

    @Override
    public int read(ByteBuffer into, long position) throws IOException {
      readers.add(Thread.currentThread().getName());
      int bytes = file.read(into, position);
      bytesRead.addAndGet(bytes);
      return bytes;
    }

    @Override
    public void force() throws IOException {
      file.force();
    }

    @Override
    public void truncate(long size) throws IOException {
      file.truncate(size);
    }

    @Override
    public long size() throws IOException {
      return file.size();
    }

    @Override
    public FileChannel channel() {
      return file.channel();
    }

    @Override
    public void close() throws IOException {
      file.close();
    }
  }
}

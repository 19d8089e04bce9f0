package dev.naru.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.List;

/**
 * A disk that takes a segment's bytes by copying them to one place in memory, over those that came
 * before: what is appended costs its copy, no system call and no room, however long it goes on.
 * Other files are the operating system's. Nothing is ever forced. What was appended cannot be read.
 */
final class ForgetfulDisk implements Disk {
  private static final String SEGMENT = ".log";

  private final Disk real = Disk.real();

  @Override
  public DiskFile open(Path path, boolean create) throws IOException {
    DiskFile file = real.open(path, create);
    return path.toString().endsWith(SEGMENT) ? new ForgetfulFile(file) : file;
  }

  @Override
  public List<String> list(Path directory) throws IOException {
    return real.list(directory);
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
  public void createDirectories(Path directory) throws IOException {
    real.createDirectories(directory);
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
  public void syncDirectory(Path directory) {
    // The directory is deleted when the benchmark ends.
  }

  @Override
  public AutoCloseable tryLock(Path path) throws IOException {
    return real.tryLock(path);
  }

  @Override
  public long cacheBytes() {
    return Long.MAX_VALUE;
  }

  private static final class ForgetfulFile implements DiskFile {
    private static final int MEMORY_BYTES = 1 << 20;

    private final DiskFile empty;
    private final ByteBuffer memory = ByteBuffer.allocateDirect(MEMORY_BYTES);
    private long size;

    ForgetfulFile(DiskFile empty) {
      this.empty = empty;
    }

    @Override
    public void write(ByteBuffer bytes, long position) {
      size = Math.max(size, position + bytes.remaining());
      if (memory.remaining() < bytes.remaining()) {
        memory.clear();
      }
      memory.put(bytes);
    }

    @Override
    public int read(ByteBuffer into, long position) {
      throw new IllegalStateException("what was appended is forgotten");
    }

    @Override
    public void force() {
      // There is nothing to force.
    }

    @Override
    public void truncate(long to) {
      size = to;
    }

    @Override
    public long size() {
      return size;
    }

    @Override
    public FileChannel channel() {
      return null;
    }

    @Override
    public void close() throws IOException {
      empty.close();
    }
  }
}

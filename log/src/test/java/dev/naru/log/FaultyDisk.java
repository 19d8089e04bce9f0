package dev.naru.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * The in-memory twin of {@link Disk}, with the faults that real ones have. What was written is seen
 * by everybody at once, yet survives a power loss for sure only after {@link DiskFile#force}; a
 * name survives for sure only after {@link #syncDirectory} of its directory. What was not made sure
 * survives wholly, partly, torn, or in another order across pages: the seed decides.
 *
 * <p>Thread-safe. Once power is lost every call fails until {@link #restart}.
 */
public final class FaultyDisk implements Disk {

  /** The operations that change something: each is a point where power can be lost. */
  public enum Operation {
    CREATE,
    WRITE,
    FORCE,
    TRUNCATE,
    RENAME,
    DELETE,
    MAKE_DIRECTORY,
    SYNC_DIRECTORY
  }

  /** Is called before each operation, without a lock; may block, count, or fail it. */
  @FunctionalInterface
  public interface Interceptor {
    /**
     * An exception fails the operation. A failed FORCE drops what was to be forced, as Linux does:
     * a later one succeeds and does not bring it back.
     */
    void before(Operation operation, Path path) throws IOException;
  }

  private final SplittableRandom random;
  private final FaultyNames names;
  private final Set<Path> locks = new HashSet<>();
  private volatile Interceptor interceptor = (operation, path) -> {};
  private long operations;
  private long powerLossAt = -1;
  private long capacityBytes = Long.MAX_VALUE;
  private boolean powerLost;

  public FaultyDisk(long seed) {
    this(new SplittableRandom(seed), new FaultyNames());
  }

  private FaultyDisk(SplittableRandom random, FaultyNames names) {
    this.random = random;
    this.names = names;
  }

  /** Operations so far. */
  public synchronized long operations() {
    return operations;
  }

  /** Loses power at the operation with this number, counted from 0; it may happen in part. */
  public synchronized void losePowerAt(long operation) {
    powerLossAt = operation;
  }

  public synchronized void losePower() {
    powerLost = true;
  }

  public synchronized boolean powerLost() {
    return powerLost;
  }

  /** Loses power, if it is there still; returns the disk as it is found afterwards. */
  public synchronized FaultyDisk restart() {
    powerLost = true;
    return new FaultyDisk(random.split(), names.survivor(random));
  }

  /** Replaces the interceptor; null for none. */
  public void intercept(Interceptor newInterceptor) {
    interceptor = newInterceptor == null ? (operation, path) -> {} : newInterceptor;
  }

  /** Files may take this many bytes together; more fails as on a full disk. */
  public synchronized void capacity(long bytes) {
    capacityBytes = bytes;
  }

  /** Makes a directory and its parents, for sure. */
  public synchronized void format(Path directory) {
    names.createDirectories(directory);
    names.syncAll();
  }

  /** Damages a file on disk. */
  public synchronized void flipBit(Path path, long position, int bit) throws IOException {
    file(path).flipBit(Math.toIntExact(position), bit);
  }

  /** What a reader sees now. */
  public synchronized byte[] contents(Path path) throws IOException {
    return file(path).contents();
  }

  /** All files, at any depth. */
  public synchronized List<Path> files(Path directory) {
    List<Path> found = new ArrayList<>();
    names.walk(directory, found);
    return found;
  }

  @Override
  public DiskFile open(Path path, boolean create) throws IOException {
    synchronized (this) {
      checkPower();
      FaultyNames.Node node = names.find(path);
      if (node instanceof FaultyInode inode) {
        return new OpenFile(path, inode);
      }
      if (node != null) {
        throw new IOException(path + " is a directory");
      }
      if (!create || names.directory(path.getParent()) == null) {
        throw new NoSuchFileException(path.toString());
      }
    }
    FaultyInode inode = new FaultyInode();
    change(Operation.CREATE, path, () -> names.put(path, inode));
    return new OpenFile(path, inode);
  }

  @Override
  public synchronized List<String> list(Path directory) throws IOException {
    checkPower();
    FaultyNames.Directory found = names.directory(directory);
    return found == null ? List.of() : List.copyOf(found.now.keySet());
  }

  @Override
  public synchronized boolean exists(Path path) {
    return !powerLost && names.find(path) != null;
  }

  @Override
  public void createDirectories(Path directory) throws IOException {
    if (names.directory(directory) == null) {
      if (names.find(directory) != null) {
        throw new FileAlreadyExistsException(directory.toString());
      }
      change(Operation.MAKE_DIRECTORY, directory, () -> names.createDirectories(directory));
    }
  }

  @Override
  public void delete(Path path) throws IOException {
    synchronized (this) {
      checkPower();
      FaultyNames.Node node = names.find(path);
      if (node == null) {
        return;
      }
      if (node instanceof FaultyNames.Directory directory && !directory.now.isEmpty()) {
        throw new DirectoryNotEmptyException(path.toString());
      }
    }
    change(Operation.DELETE, path, () -> names.remove(path));
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    synchronized (this) {
      checkPower();
      if (names.find(from) == null || names.directory(to.getParent()) == null) {
        throw new NoSuchFileException(from.toString(), to.toString(), "cannot be renamed");
      }
      if (names.find(to) instanceof FaultyNames.Directory directory && !directory.now.isEmpty()) {
        throw new DirectoryNotEmptyException(to.toString());
      }
    }
    change(Operation.RENAME, to, () -> names.rename(from, to));
  }

  @Override
  public void syncDirectory(Path directory) throws IOException {
    synchronized (this) {
      checkPower();
      if (names.directory(directory) == null) {
        throw new NoSuchFileException(directory.toString());
      }
    }
    change(Operation.SYNC_DIRECTORY, directory, () -> names.sync(directory));
  }

  @Override
  public synchronized AutoCloseable tryLock(Path path) throws IOException {
    open(path, true).close();
    if (!locks.add(path)) {
      return null;
    }
    return () -> {
      synchronized (this) {
        locks.remove(path);
      }
    };
  }

  private interface Change {
    void apply() throws IOException;
  }

  private void change(Operation operation, Path path, Change change) throws IOException {
    interceptor.before(operation, path);
    synchronized (this) {
      if (dies()) {
        if (random.nextBoolean()) {
          change.apply();
        }
        throw lost();
      }
      change.apply();
    }
  }

  /** Counts an operation; true when power goes while it runs. */
  private boolean dies() throws IOException {
    checkPower();
    powerLost = operations++ == powerLossAt;
    return powerLost;
  }

  private void checkPower() throws IOException {
    if (powerLost) {
      throw lost();
    }
  }

  private static IOException lost() {
    return new IOException("Power is lost");
  }

  private FaultyInode file(Path path) throws IOException {
    if (names.find(path) instanceof FaultyInode inode) {
      return inode;
    }
    throw new NoSuchFileException(path.toString());
  }

  private long room() {
    return capacityBytes == Long.MAX_VALUE ? Long.MAX_VALUE : capacityBytes - names.usedBytes();
  }

  private final class OpenFile implements DiskFile {
    private final Path path;
    private final FaultyInode inode;
    private volatile boolean closed;

    OpenFile(Path path, FaultyInode inode) {
      this.path = path;
      this.inode = inode;
    }

    @Override
    public void write(ByteBuffer bytes, long position) throws IOException {
      checkOpen();
      byte[] copy = new byte[bytes.remaining()];
      bytes.get(copy);
      interceptor.before(Operation.WRITE, path);
      synchronized (FaultyDisk.this) {
        int at = Math.toIntExact(position);
        if (dies()) {
          inode.write(at, Arrays.copyOf(copy, random.nextInt(copy.length + 1)));
          throw lost();
        }
        long growth = Math.max(0, at + (long) copy.length - inode.size());
        long room = room();
        if (growth > room) {
          int fits = (int) Math.max(0, copy.length - (growth - Math.max(0, room)));
          inode.write(at, Arrays.copyOf(copy, fits));
          throw new IOException("No space left on device");
        }
        inode.write(at, copy);
      }
    }

    @Override
    public int read(ByteBuffer into, long position) throws IOException {
      checkOpen();
      synchronized (FaultyDisk.this) {
        checkPower();
        return inode.read(into, position);
      }
    }

    @Override
    public void force() throws IOException {
      checkOpen();
      try {
        interceptor.before(Operation.FORCE, path);
      } catch (IOException e) {
        synchronized (FaultyDisk.this) {
          inode.dropUnforced();
        }
        throw e;
      }
      synchronized (FaultyDisk.this) {
        boolean dies = dies();
        if (!dies || random.nextBoolean()) {
          inode.force();
        }
        if (dies) {
          throw lost();
        }
      }
    }

    @Override
    public void truncate(long size) throws IOException {
      checkOpen();
      change(Operation.TRUNCATE, path, () -> inode.truncate(Math.toIntExact(size)));
    }

    @Override
    public long size() throws IOException {
      checkOpen();
      synchronized (FaultyDisk.this) {
        checkPower();
        return inode.size();
      }
    }

    @Override
    public FileChannel channel() {
      return null;
    }

    @Override
    public void close() {
      closed = true;
    }

    private void checkOpen() throws IOException {
      if (closed) {
        throw new ClosedChannelException();
      }
    }
  }

  /** Contents of every file, for comparing two disks. */
  public synchronized Map<Path, byte[]> dump(Path directory) throws IOException {
    Map<Path, byte[]> contents = new TreeMap<>();
    for (Path path : files(directory)) {
      contents.put(path, contents(path));
    }
    return contents;
  }
}

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
import java.util.function.BiPredicate;
import java.util.function.UnaryOperator;

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

  /** Is told before each operation; it may look at what would be left if it all ended here. */
  @FunctionalInterface
  public interface Boundary {
    void reached(Moment moment) throws IOException;

    /** The operation is done; who asked for it does not know yet. */
    default void passed(Operation operation, Path path) throws IOException {}
  }

  /** The point where an operation is about to happen. */
  public final class Moment {
    private final Operation operation;
    private final Path path;
    private final Change change;

    private Moment(Operation operation, Path path, Change change) {
      this.operation = operation;
      this.path = path;
      this.change = change;
    }

    @Override
    public String toString() {
      return operation + " of " + path;
    }

    public Operation operation() {
      return operation;
    }

    public Path path() {
      return path;
    }

    /**
     * The disk as it is found after power is lost while this operation runs, which may then have
     * happened in part. This disk goes on as if nothing had been.
     */
    public FaultyDisk afterPowerLoss(long seed) {
      SplittableRandom choices = new SplittableRandom(seed);
      synchronized (FaultyDisk.this) {
        FaultyNames fork = names.fork();
        change.applyInPart(fork, fork::twin, choices);
        return new FaultyDisk(choices.split(), fork.survivor(choices));
      }
    }

    /**
     * The disk as the next process finds it when this one is killed before the operation: all that
     * was written is seen, and what was not made sure is still not. This disk goes on.
     */
    public FaultyDisk afterKill(long seed) {
      synchronized (FaultyDisk.this) {
        return new FaultyDisk(new SplittableRandom(seed), names.fork());
      }
    }
  }

  private final SplittableRandom random;
  private final FaultyNames names;
  private final Set<Path> locks = new HashSet<>();
  private volatile Interceptor interceptor = (operation, path) -> {};
  private volatile BiPredicate<Operation, Path> lies = (operation, path) -> false;
  private volatile Boundary boundary;
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

  /** Who is told before each operation, without a lock; null for nobody. */
  public void atEachOperation(Boundary newBoundary) {
    boundary = newBoundary;
  }

  /**
   * Lets forces and directory syncs say that they are done without having done anything, as a
   * program does that leaves them out. Shows that a test would notice. Null for none.
   */
  public void lieAbout(BiPredicate<Operation, Path> newLies) {
    lies = newLies == null ? (operation, path) -> false : newLies;
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
    change(Operation.CREATE, path, (names, twin) -> names.put(path, twin.apply(inode)));
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
  public synchronized long size(Path path) throws IOException {
    checkPower();
    return file(path).size();
  }

  @Override
  public void createDirectories(Path directory) throws IOException {
    if (names.directory(directory) == null) {
      if (names.find(directory) != null) {
        throw new FileAlreadyExistsException(directory.toString());
      }
      change(
          Operation.MAKE_DIRECTORY, directory, (names, twin) -> names.createDirectories(directory));
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
    change(Operation.DELETE, path, (names, twin) -> names.remove(path));
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
    change(Operation.RENAME, to, (names, twin) -> names.rename(from, to));
  }

  @Override
  public void syncDirectory(Path directory) throws IOException {
    synchronized (this) {
      checkPower();
      if (names.directory(directory) == null) {
        throw new NoSuchFileException(directory.toString());
      }
    }
    change(Operation.SYNC_DIRECTORY, directory, (names, twin) -> names.sync(directory));
  }

  @Override
  public long cacheBytes() {
    return Long.MAX_VALUE;
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

  /** What an operation does to the names and, through {@code twin}, to a file. */
  private interface Change {
    void apply(FaultyNames names, UnaryOperator<FaultyInode> twin);

    /** What is left of it when power goes meanwhile. */
    default void applyInPart(
        FaultyNames names, UnaryOperator<FaultyInode> twin, SplittableRandom random) {
      if (random.nextBoolean()) {
        apply(names, twin);
      }
    }
  }

  private void change(Operation operation, Path path, Change change) throws IOException {
    interceptor.before(operation, path);
    perform(operation, path, change);
  }

  private void perform(Operation operation, Path path, Change change) throws IOException {
    tell(operation, path, change);
    synchronized (this) {
      if (dies()) {
        change.applyInPart(names, inode -> inode, random);
        throw lost();
      }
      if (!lies.test(operation, path)) {
        change.apply(names, inode -> inode);
      }
    }
    tellPassed(operation, path);
  }

  private void tell(Operation operation, Path path, Change change) throws IOException {
    Boundary told = boundary;
    if (told != null) {
      told.reached(new Moment(operation, path, change));
    }
  }

  private void tellPassed(Operation operation, Path path) throws IOException {
    Boundary told = boundary;
    if (told != null) {
      told.passed(operation, path);
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

  private static final class Write implements Change {
    private final FaultyInode inode;
    private final int position;
    private final byte[] bytes;

    Write(FaultyInode inode, int position, byte[] bytes) {
      this.inode = inode;
      this.position = position;
      this.bytes = bytes;
    }

    @Override
    public void apply(FaultyNames names, UnaryOperator<FaultyInode> twin) {
      twin.apply(inode).write(position, bytes);
    }

    @Override
    public void applyInPart(
        FaultyNames names, UnaryOperator<FaultyInode> twin, SplittableRandom random) {
      first(random.nextInt(bytes.length + 1)).apply(names, twin);
    }

    Write first(int count) {
      return new Write(inode, position, Arrays.copyOf(bytes, count));
    }
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
      Write write = new Write(inode, Math.toIntExact(position), copy);
      interceptor.before(Operation.WRITE, path);
      tell(Operation.WRITE, path, write);
      synchronized (FaultyDisk.this) {
        if (dies()) {
          write.applyInPart(names, same -> same, random);
          throw lost();
        }
        long growth = Math.max(0, position + copy.length - inode.size());
        long room = room();
        if (growth > room) {
          int fits = (int) Math.max(0, copy.length - (growth - Math.max(0, room)));
          write.first(fits).apply(names, same -> same);
          throw new IOException("No space left on device");
        }
        write.apply(names, same -> same);
      }
      tellPassed(Operation.WRITE, path);
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
      perform(Operation.FORCE, path, (names, twin) -> twin.apply(inode).force());
    }

    @Override
    public void truncate(long size) throws IOException {
      checkOpen();
      int newSize = Math.toIntExact(size);
      change(Operation.TRUNCATE, path, (names, twin) -> twin.apply(inode).truncate(newSize));
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

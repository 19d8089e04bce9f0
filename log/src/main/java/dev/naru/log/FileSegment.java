package dev.naru.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A segment in a file. The file is opened when it is needed and closed when it rests.
 *
 * <p>While a log is forced often and in small pieces, space is filled with zeros ahead of the
 * writer: an {@code fdatasync} that does not change the file's size is nearly twice as fast. The
 * zeros go when the segment is sealed, or rests, or the log is closed; after a crash recovery cuts
 * them. A segment that is to be preallocated is filled ahead from its first record on, and keeps
 * that when it rests.
 */
final class FileSegment implements HomeSegment {
  private static final Logger LOG = LoggerFactory.getLogger(FileSegment.class);

  /**
   * Filled at a time. The force that follows writes the zeros too: a megabyte of them made one
   * force in a hundred three times as long as this does, and less would be felt by one in ten.
   */
  private static final int AHEAD_BYTES = 256 << 10;

  /** Forces between two rests that make a log a busy one. */
  private static final int BUSY_FORCES = 64;

  /** Above this many bytes per force, writing zeros first would cost more than it saves. */
  private static final int AHEAD_MAX_BYTES_PER_FORCE = 32 << 10;

  private static final int CHUNK_BYTES = WarmRanges.CHUNK_BYTES;

  private static final ThreadLocal<ByteBuffer> SCRATCH =
      ThreadLocal.withInitial(() -> ByteBuffer.allocateDirect(128 << 10));

  private static final ByteBuffer ZEROS = ByteBuffer.allocateDirect(256 << 10).asReadOnlyBuffer();

  private final FileHome home;
  private final long baseOffset;

  /** Up to here blocks are allocated ahead of the writer, whether it is busy or not. */
  private final int preallocateBytes;

  /** The file's name when it is not the usual one. */
  private volatile String otherName;

  private volatile int size;
  private volatile SharedFile open;
  private volatile boolean touched;
  private volatile IOException broken;

  /** Null until something of the segment is in the page cache for sure. */
  private volatile WarmRanges warm;

  /** Changes of the file so far, counted by the one writer after each. */
  private volatile int changes;

  /** How many of them a force that succeeded has covered. */
  private volatile int forced;

  /** Up to here the file is durable; written with {@link #forcing}. */
  private volatile int forcedSize;

  /** Up to here bytes are durable in the journal; written with its lock. */
  private volatile int journaledSize;

  /** One force at a time: who seals must not pass by one that is under way. */
  private final Object forcing = new Object();

  /** End of the file when it is beyond {@link #size}; written by the one writer. */
  private long allocated;

  private volatile int forces;
  private int sizeAtRest;
  private boolean mayFillAhead = true;

  /** A segment whose file is there. */
  FileSegment(FileHome home, long baseOffset, int size) {
    this(home, baseOffset, size, 0);
  }

  private FileSegment(FileHome home, long baseOffset, int size, int preallocateBytes) {
    this.home = home;
    this.baseOffset = baseOffset;
    this.size = size;
    this.sizeAtRest = size;
    this.preallocateBytes = preallocateBytes;
  }

  static FileSegment create(FileHome home, String name, long baseOffset, int preallocateBytes)
      throws IOException {
    FileSegment segment = new FileSegment(home, baseOffset, 0, preallocateBytes);
    segment.name(name);
    Path path = segment.path();
    DiskFile file = home.root().disk.open(path, true);
    segment.open = new SharedFile(file, path);
    if (file.size() > 0) {
      file.truncate(0);
    }
    segment.touched = true;
    return segment;
  }

  @Override
  public long baseOffset() {
    return baseOffset;
  }

  @Override
  public int size() {
    return size;
  }

  Path path() {
    String other = otherName;
    return home.resolve(other == null ? FileHome.fileName(baseOffset) : other);
  }

  private void name(String name) {
    otherName = name.equals(FileHome.fileName(baseOffset)) ? null : name;
  }

  /** Whether something is not forced yet. */
  boolean dirty() {
    return changes != forced;
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // only the writer changes the file
  private void changed() {
    changes++;
  }

  @Override
  public void append(ByteBuffer bytes) throws IOException {
    int at = size;
    int length = bytes.remaining();
    SharedFile shared = acquire();
    try {
      try {
        shared.file.write(bytes, at);
      } catch (IOException e) {
        takeBack(shared, at, e);
        throw e;
      }
      changed();
      size = at + length;
      warmRanges().appended(at, length);
      if (size + (AHEAD_BYTES >> 4) > allocated) {
        fillAhead(shared);
      }
    } finally {
      shared.release();
    }
  }

  private void takeBack(SharedFile shared, int at, IOException cause) throws IOException {
    try {
      shared.file.truncate(at);
      allocated = at;
      mayFillAhead = false;
    } catch (IOException e) {
      cause.addSuppressed(e);
      broken = cause;
      throw new SegmentBrokenException(
          "Writing to " + path() + " failed, and so did taking back what was written", cause);
    }
  }

  private void fillAhead(SharedFile shared) {
    long from = Math.max(allocated, size);
    long to = Math.min(from + AHEAD_BYTES, isBusy() ? Integer.MAX_VALUE : preallocateBytes);
    if (!mayFillAhead || to <= from) {
      return;
    }
    try {
      for (long at = from; at < to; at += ZEROS.capacity()) {
        int bytes = (int) Math.min(ZEROS.capacity(), to - at);
        shared.file.write(ZEROS.duplicate().clear().limit(bytes), at);
      }
      allocated = to;
    } catch (IOException e) {
      // Only speed is lost. The next write says whether the disk is really full.
      mayFillAhead = false;
      allocated = to;
      LOG.debug("No room to write ahead in {}", path(), e);
    }
  }

  private boolean isBusy() {
    int n = forces;
    return n >= BUSY_FORCES
        && (size - sizeAtRest) / n <= AHEAD_MAX_BYTES_PER_FORCE
        && size <= Integer.MAX_VALUE - 2 * AHEAD_BYTES;
  }

  void force() throws IOException {
    synchronized (forcing) {
      requireUnbroken();
      int end = size;
      int upTo = changes;
      if (upTo != forced) {
        sync();
        forced = upTo;
      }
      forcedSize = end;
    }
  }

  private void requireUnbroken() throws IOException {
    IOException earlier = broken;
    if (earlier != null) {
      throw new IOException("An earlier write or fsync of " + path() + " failed", earlier);
    }
  }

  /** What is not durable yet; null when that is nothing, or much. With the log's lock. */
  Journal.Part tail(int cuts) {
    int from = Math.max(forcedSize, journaledSize);
    int to = size;
    boolean little = to > from && to - from <= Journal.PART_BYTES_MAX;
    return little && broken == null ? new Journal.Part(home, this, from, to, cuts) : null;
  }

  /** Up to there its bytes are in the journal. With the journal's lock. */
  void journaledTo(int position) {
    journaledSize = position;
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // one force at a time
  private void sync() throws IOException {
    SharedFile shared = acquire();
    try {
      shared.file.force();
      forces++;
    } catch (IOException e) {
      broken = e;
      throw e;
    } finally {
      shared.release();
    }
  }

  @Override
  public int read(ByteBuffer into, int position) throws IOException {
    int room = Math.min(into.remaining(), size - position);
    if (room <= 0) {
      return 0;
    }
    int limit = into.limit();
    into.limit(into.position() + room);
    SharedFile shared = acquire();
    try {
      return shared.file.read(into, position);
    } finally {
      shared.release();
      into.limit(limit);
    }
  }

  @Override
  public boolean isWarm(int position, int length) {
    WarmRanges known = warm;
    return known == null ? length <= 0 : known.isWarm(position, length);
  }

  private WarmRanges warmRanges() {
    WarmRanges known = warm;
    if (known == null) {
      synchronized (this) {
        known = warm;
        if (known == null) {
          known = new WarmRanges(home.root().cache);
          warm = known;
        }
      }
    }
    return known;
  }

  @Override
  public void warm(int position, int length) throws IOException {
    int end = (int) Math.min(size, (long) position + length);
    for (long at = position; at < end; at = (at / CHUNK_BYTES + 1) * CHUNK_BYTES) {
      int chunk = (int) (at / CHUNK_BYTES);
      int from = chunk * CHUNK_BYTES;
      int bytes = Math.min(CHUNK_BYTES, size - from);
      if (!isWarm(from, bytes)) {
        readThrough(from, bytes);
        warmRanges().read(chunk, bytes);
      }
    }
  }

  /** Reads without a use for the bytes, so that they are in the page cache then. */
  private void readThrough(int from, int bytes) throws IOException {
    ByteBuffer scratch = SCRATCH.get();
    SharedFile shared = acquire();
    try {
      for (int at = from, n = 1; at < from + bytes && n > 0; at += n) {
        scratch.clear().limit(Math.min(scratch.capacity(), from + bytes - at));
        n = shared.file.read(scratch, at);
      }
    } finally {
      shared.release();
    }
  }

  @Override
  public LogSlice slice(int position, int length) throws IOException {
    SharedFile shared = acquire();
    if (shared.file.channel() != null) {
      return new FileSlice(shared, position, length);
    }
    try {
      ByteBuffer bytes = ByteBuffer.allocate(length);
      if (shared.file.read(bytes, position) < length) {
        throw new SegmentBrokenException(path() + " ends before byte " + (position + length), null);
      }
      return new BufferSlice(bytes.flip());
    } finally {
      shared.release();
    }
  }

  @Override
  public void seal(boolean force) throws IOException {
    cutAhead();
    if (force) {
      force();
      home.makeNamesSure();
    }
  }

  private void cutAhead() throws IOException {
    if (allocated > size) {
      SharedFile shared = acquire();
      try {
        shared.file.truncate(size);
        allocated = size;
        changed();
      } finally {
        shared.release();
      }
    }
  }

  @Override
  public void truncate(int newSize) throws IOException {
    home.forgetInJournal(this);
    SharedFile shared = acquire();
    try {
      // Not during a force, which says afterwards up to where it was.
      synchronized (forcing) {
        shared.file.truncate(newSize);
        size = newSize;
        sizeAtRest = newSize;
        allocated = newSize;
        forcedSize = Math.min(forcedSize, newSize);
        changed();
      }
    } finally {
      shared.release();
    }
    force();
  }

  /** Closes the file when nobody used it since the last call. */
  void rest() throws IOException {
    if (forces < BUSY_FORCES && preallocateBytes == 0) {
      cutAhead();
    }
    forces = 0;
    sizeAtRest = size;
    mayFillAhead = true;
    if (!touched && !dirty()) {
      closeFile();
    }
    touched = false;
  }

  void closeFile() {
    SharedFile shared;
    synchronized (this) {
      shared = open;
      open = null;
    }
    if (shared != null) {
      shared.release();
    }
  }

  /** Renames the file; readers that open it meanwhile get this segment's file. */
  synchronized void moveTo(String newName) throws IOException {
    home.root().disk.rename(path(), home.resolve(newName));
    name(newName);
  }

  private SharedFile acquire() throws IOException {
    SharedFile shared = open;
    if (!touched) {
      touched = true;
    }
    if (shared != null && shared.retain()) {
      return shared;
    }
    synchronized (this) {
      shared = open;
      if (shared != null && shared.retain()) {
        return shared;
      }
      Path path = path();
      DiskFile file = home.root().disk.open(path, false);
      shared = new SharedFile(file, path);
      long found = file.size();
      if (found < size) {
        shared.release();
        throw new SegmentBrokenException(
            path + " has " + found + " bytes where " + size + " were written", null);
      }
      shared.retain();
      open = shared;
      return shared;
    }
  }
}

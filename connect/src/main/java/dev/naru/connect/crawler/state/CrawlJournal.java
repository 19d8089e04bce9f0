package dev.naru.connect.crawler.state;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.function.Consumer;
import java.util.zip.CRC32C;

/**
 * The append-only file that a crawl survives restarts with. An entry is its length, the CRC-32C of
 * its bytes, its bytes. What was appended reaches the file at {@link #flush} at the latest (a
 * killed process loses what came after it), the disk at {@link #force}. Opening cuts an unfinished
 * tail; damage before it is an error. One process owns the folder at a time. Not thread-safe.
 */
public final class CrawlJournal implements Closeable {
  /** Takes an entry and the reference by which {@link #read} gives it again. */
  @FunctionalInterface
  public interface Replay {
    void entry(long ref, JournalEntry entry);
  }

  private static final String FILE = "crawl.journal";
  private static final int HEAD_BYTES = 8;
  private static final int ENTRY_BYTES_MAX = 1 << 20;
  private static final int BUFFER_BYTES = 1 << 16;
  private static final int READ_BYTES = 512;

  /** Several of the largest entries, so that little is moved to make room for the next. */
  private static final int SCAN_BYTES = 4 * ENTRY_BYTES_MAX;

  private static final int TAIL_BYTES_MAX = ENTRY_BYTES_MAX + 2 * BUFFER_BYTES;

  private final Path folder;
  private final FileChannel lockFile;
  private final FileLock lock;
  private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES + ENTRY_BYTES_MAX);
  private FileChannel file;
  private long flushedBytes;
  private boolean unforced;
  private Runnable beforeFlush = () -> {};

  private CrawlJournal(Path folder, FileChannel lockFile, FileLock lock) {
    this.folder = folder;
    this.lockFile = lockFile;
    this.lock = lock;
  }

  /**
   * Opens the journal in this folder, which is made when it is not there. The caller {@link #scan}s
   * it before anything else.
   *
   * @throws IOException with one sentence that says what is wrong and what to do
   */
  public static CrawlJournal open(Path folder) throws IOException {
    Files.createDirectories(folder);
    FileChannel lockFile =
        FileChannel.open(
            folder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    FileLock lock = tryLock(lockFile);
    if (lock == null) {
      lockFile.close();
      throw new FolderInUseException(
          "The crawl state in "
              + folder
              + " is in use by another task or process; stop it, or set crawl.state.dir to another folder.");
    }
    CrawlJournal journal = new CrawlJournal(folder, lockFile, lock);
    try {
      Files.deleteIfExists(folder.resolve(FILE + ".new"));
      journal.file = channel(folder.resolve(FILE));
      journal.flushedBytes = journal.file.size();
      return journal;
    } catch (IOException | RuntimeException e) {
      journal.closeQuietly();
      throw e;
    }
  }

  /** The journal's file in a folder. */
  public static Path file(Path folder) {
    return folder.resolve(FILE);
  }

  /** The folder belongs to somebody else at the moment. */
  public static final class FolderInUseException extends IOException {
    FolderInUseException(String message) {
      super(message);
    }
  }

  private static FileLock tryLock(FileChannel lockFile) throws IOException {
    try {
      return lockFile.tryLock();
    } catch (OverlappingFileLockException heldByThisProcess) {
      return null;
    }
  }

  private static FileChannel channel(Path path) throws IOException {
    return FileChannel.open(
        path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
  }

  private void recover(Replay replay) throws IOException {
    long size = file.size();
    long at = 0;
    ByteBuffer window = ByteBuffer.allocate((int) Math.min(SCAN_BYTES, size)).flip();
    while (at < size) {
      fill(window, at + window.remaining());
      byte[] bytes = entryIn(window);
      if (bytes == null) {
        cutTail(at, size);
        break;
      }
      replay.entry(at, JournalEntry.decode(bytes));
      at += HEAD_BYTES + bytes.length;
    }
    flushedBytes = at;
  }

  private void fill(ByteBuffer window, long from) throws IOException {
    if (window.remaining() < ENTRY_BYTES_MAX + HEAD_BYTES) {
      window.compact();
      long position = from;
      int read = 0;
      while (window.hasRemaining() && read >= 0) {
        read = file.read(window, position);
        position += Math.max(read, 0);
      }
      window.flip();
    }
  }

  /** The bytes of the entry that the window begins with, or null when there is no whole one. */
  private static byte[] entryIn(ByteBuffer window) {
    if (window.remaining() < HEAD_BYTES) {
      return null;
    }
    window.mark();
    int length = window.getInt();
    int crc = window.getInt();
    if (length <= 0 || length > ENTRY_BYTES_MAX || length > window.remaining()) {
      window.reset();
      return null;
    }
    byte[] bytes = new byte[length];
    window.get(bytes);
    if (crc(bytes) != crc) {
      window.reset();
      return null;
    }
    return bytes;
  }

  /**
   * A kill leaves at most one buffer unfinished; whatever lies further back was damaged by
   * something else.
   */
  private void cutTail(long at, long size) throws IOException {
    if (size - at > TAIL_BYTES_MAX) {
      throw new IOException(
          "The crawl state "
              + folder.resolve(FILE)
              + " is damaged at byte "
              + at
              + " of "
              + size
              + "; restore it, or delete the folder to crawl from the start.");
    }
    file.truncate(at);
  }

  private static int crc(byte[] bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes);
    return (int) crc.getValue();
  }

  /** Appends an entry and returns its reference. */
  public long append(JournalEntry entry) {
    byte[] bytes = entry.encode();
    if (bytes.length > ENTRY_BYTES_MAX) {
      throw new IllegalArgumentException(
          "a journal entry of " + bytes.length + " bytes is too large");
    }
    if (buffer.position() >= BUFFER_BYTES) {
      flush();
    }
    long ref = flushedBytes + buffer.position();
    buffer.putInt(bytes.length).putInt(crc(bytes)).put(bytes);
    unforced = true;
    return ref;
  }

  /** The entry at this reference. */
  public JournalEntry read(long ref) {
    byte[] entry;
    try {
      entry = entryIn(ref >= flushedBytes ? inMemory(ref) : inFile(ref));
    } catch (IOException e) {
      throw new UncheckedIOException("The crawl state in " + folder + " cannot be read.", e);
    }
    if (entry == null) {
      throw damaged(ref);
    }
    return JournalEntry.decode(entry);
  }

  private ByteBuffer inMemory(long ref) {
    ByteBuffer unflushed = buffer.duplicate().flip();
    return unflushed.position((int) Math.min(ref - flushedBytes, unflushed.limit()));
  }

  private ByteBuffer inFile(long ref) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(READ_BYTES);
    readFully(bytes, ref);
    int length = bytes.limit() < HEAD_BYTES ? 0 : bytes.getInt(0);
    if (length > bytes.limit() - HEAD_BYTES) {
      bytes = ByteBuffer.allocate(Math.min(length, ENTRY_BYTES_MAX) + HEAD_BYTES);
      readFully(bytes, ref);
    }
    return bytes;
  }

  /** The address found at this reference. */
  public FoundUrl found(long ref) {
    if (read(ref) instanceof JournalEntry.Found found) {
      return found.url();
    }
    throw damaged(ref);
  }

  private IllegalStateException damaged(long ref) {
    return new IllegalStateException(
        "The crawl state "
            + folder.resolve(FILE)
            + " is damaged at byte "
            + ref
            + "; delete the folder to crawl from the start.");
  }

  private void readFully(ByteBuffer into, long at) throws IOException {
    int read = 0;
    while (into.hasRemaining() && read >= 0) {
      read = file.read(into, at + into.position());
    }
    into.flip();
  }

  /**
   * Something to be done before appended entries reach the file: what they presuppose must not be
   * lost when they are not.
   */
  public void beforeFlush(Runnable action) {
    beforeFlush = action;
  }

  /** Hands what was appended to the operating system. */
  public void flush() {
    if (buffer.position() > 0) {
      beforeFlush.run();
    }
    buffer.flip();
    try {
      while (buffer.hasRemaining()) {
        flushedBytes += file.write(buffer, flushedBytes);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("The crawl state in " + folder + " cannot be written.", e);
    } finally {
      buffer.compact();
    }
  }

  /** Forces what was appended to the disk. */
  public void force() {
    flush();
    if (unforced) {
      try {
        file.force(false);
        unforced = false;
      } catch (IOException e) {
        throw new UncheckedIOException("The crawl state in " + folder + " cannot be written.", e);
      }
    }
  }

  /** Reads everything from the first entry on; an unfinished tail is cut. */
  public void scan(Replay replay) throws IOException {
    flush();
    recover(replay);
  }

  /**
   * Replaces the whole journal by what {@code writer} appends, in one step: after a crash it is the
   * old one or the new one.
   */
  public void replace(Consumer<CrawlJournal> writer) throws IOException {
    force();
    Path fresh = folder.resolve(FILE + ".new");
    Files.deleteIfExists(fresh);
    CrawlJournal next = new CrawlJournal(folder, lockFile, lock);
    next.file = channel(fresh);
    try {
      writer.accept(next);
      next.force();
      Files.move(fresh, folder.resolve(FILE), StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException | RuntimeException e) {
      next.file.close();
      throw e;
    }
    file.close();
    file = next.file;
    flushedBytes = next.flushedBytes;
  }

  public long bytes() {
    return flushedBytes + buffer.position();
  }

  @Override
  public void close() throws IOException {
    try {
      force();
    } finally {
      closeQuietly();
    }
  }

  private void closeQuietly() throws IOException {
    try (FileChannel closingLock = lockFile;
        FileChannel closing = file) {
      lock.release();
    }
  }
}

package dev.naru.connect.crawler.state;

import dev.naru.connect.crawler.frontier.LongLongMap;
import dev.naru.connect.crawler.frontier.LongMap;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A map of longs that begins in memory and moves into a mapped file when it grows: an
 * open-addressed table of 16-byte slots, at most seven tenths full. The operating system keeps in
 * memory what it has room for; the heap holds nothing. The table is derived from the journal, so
 * its file has no meaning after a crash. Not thread-safe.
 */
public final class LongTable implements LongMap, Closeable {
  private static final int IN_MEMORY_MAX = 1 << 15;
  private static final int BITS_MIN = 17;
  private static final int BITS_MAX = 36;
  private static final int SLOT_BYTES = 16;

  /** Slots of one mapping, as a power of two: 512 MiB. */
  private static final int SEGMENT_BITS = 25;

  private static final long SEGMENT_MASK = (1L << SEGMENT_BITS) - 1;
  private static final long SPREAD = 0x9E3779B97F4A7C15L;

  /**
   * Stands for the key 0, which marks an empty slot: keys are hashes, one is as good as another.
   */
  private static final long ZERO = 0x5851F42D4C957F2DL;

  private final Path base;
  private LongLongMap small = new LongLongMap();
  private MappedByteBuffer[] segments;
  private Path file;
  private int bits;
  private long size;

  /**
   * Makes an empty table.
   *
   * @param base where its file will be; something is added to the name
   */
  public LongTable(Path base) {
    this.base = base;
  }

  @Override
  public long get(long key) {
    if (small != null) {
      return small.get(key);
    }
    long stored = key == 0 ? ZERO : key;
    long slot = slotOf(stored);
    return keyAt(slot) == stored ? valueAt(slot) : ABSENT;
  }

  @Override
  public void put(long key, long value) {
    if (value == ABSENT) {
      throw new IllegalArgumentException("the value that stands for absence cannot be put");
    }
    if (small != null) {
      small.put(key, value);
      if (small.size() > IN_MEMORY_MAX) {
        leaveMemory();
      }
      return;
    }
    long stored = key == 0 ? ZERO : key;
    long slot = slotOf(stored);
    if (keyAt(slot) != stored) {
      if (size >= (1L << bits) / 10 * 7) {
        grow();
        slot = slotOf(stored);
      }
      segment(slot).putLong(position(slot), stored);
      size++;
    }
    segment(slot).putLong(position(slot) + 8, value);
  }

  public long size() {
    return small == null ? size : small.size();
  }

  /** Bytes of the table's file; 0 while it is in memory. */
  public long fileBytes() {
    return small == null ? (long) SLOT_BYTES << bits : 0;
  }

  /**
   * Gives the entries of a stretch of the table, so that a large one can be looked through a little
   * at a time. Keys that are there may be put meanwhile, but no further ones.
   *
   * @param from where the last call ended; 0 to begin
   * @param slots how long the stretch is; an entry takes one to two slots
   * @return where to go on; 0 when the end was reached
   */
  public long scan(long from, long slots, Each each) {
    if (small != null) {
      small.forEach(each);
      return 0;
    }
    long end = Math.min(from + slots, 1L << bits);
    for (long slot = from; slot < end; slot++) {
      long key = keyAt(slot);
      if (key != 0) {
        each.entry(key == ZERO ? 0 : key, valueAt(slot));
      }
    }
    return end >= 1L << bits ? 0 : end;
  }

  /** How many slots {@link #scan} looks through from beginning to end. */
  public long slots() {
    return small == null ? 1L << bits : 1;
  }

  private MappedByteBuffer segment(long slot) {
    return segments[(int) (slot >>> SEGMENT_BITS)];
  }

  private static int position(long slot) {
    return (int) (slot & SEGMENT_MASK) * SLOT_BYTES;
  }

  private long keyAt(long slot) {
    return segment(slot).getLong(position(slot));
  }

  private long valueAt(long slot) {
    return segment(slot).getLong(position(slot) + 8);
  }

  /**
   * Where the key is, or would be. The upper bits say where to begin, so that a table of twice the
   * size has everything in the same order and is written from front to back.
   */
  private long slotOf(long key) {
    long mask = (1L << bits) - 1;
    long slot = (key * SPREAD) >>> (Long.SIZE - bits);
    for (long there = keyAt(slot); there != 0 && there != key; there = keyAt(slot)) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  private void leaveMemory() {
    LongLongMap all = small;
    open(BITS_MIN);
    small = null;
    all.forEach(this::put);
  }

  private void grow() {
    MappedByteBuffer[] old = segments;
    Path oldFile = file;
    long oldSlots = 1L << bits;
    open(bits + 1);
    size = 0;
    for (long slot = 0; slot < oldSlots; slot++) {
      ByteBuffer from = old[(int) (slot >>> SEGMENT_BITS)];
      long key = from.getLong(position(slot));
      if (key != 0) {
        put(key, from.getLong(position(slot) + 8));
      }
    }
    delete(oldFile);
  }

  /**
   * Makes a file of zeros and maps it. It is written in full first: a disk without room shows
   * itself here, as an exception, and not when a page of the mapping finds no block.
   */
  private void open(int newBits) {
    if (newBits > BITS_MAX) {
      throw new IllegalStateException("The crawl knows more addresses than it can.");
    }
    Path fresh = base.resolveSibling(base.getFileName() + "." + newBits);
    long bytes = (long) SLOT_BYTES << newBits;
    try (FileChannel channel =
        FileChannel.open(
            fresh,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE)) {
      ByteBuffer zeros = ByteBuffer.allocateDirect(1 << 20);
      for (long at = 0; at < bytes; ) {
        zeros.clear().limit((int) Math.min(zeros.capacity(), bytes - at));
        at += channel.write(zeros, at);
      }
      int count = newBits <= SEGMENT_BITS ? 1 : 1 << (newBits - SEGMENT_BITS);
      MappedByteBuffer[] mapped = new MappedByteBuffer[count];
      for (int i = 0; i < count; i++) {
        mapped[i] = channel.map(FileChannel.MapMode.READ_WRITE, bytes / count * i, bytes / count);
      }
      segments = mapped;
      bits = newBits;
      file = fresh;
    } catch (IOException e) {
      throw new UncheckedIOException("The crawl state in " + fresh + " cannot be written.", e);
    }
  }

  private static void delete(Path unused) {
    try {
      Files.deleteIfExists(unused);
    } catch (IOException e) {
      throw new UncheckedIOException("The crawl state in " + unused + " cannot be deleted.", e);
    }
  }

  /** Forgets everything, and deletes the file. */
  @Override
  public void close() {
    if (file != null) {
      delete(file);
    }
    small = new LongLongMap();
    segments = null;
    file = null;
    size = 0;
  }
}

package dev.naru.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * Decides what a bad batch in the part of a segment that may never have been forced is: the torn
 * tail of a crash, which is cut, or damage to records that may have been acknowledged, which is
 * not.
 *
 * <p>A write that a crash tore leaves a file that ends too early, or zeros where its missing
 * sectors should be, since log space is never used twice. Whole batches may follow such a hole:
 * writes that were not forced reach the disk in any order. A batch that is complete, holds no such
 * zeros, and still does not fit its checksum was changed after it was written.
 */
final class TailJudge {
  private static final int SECTOR_BYTES = 512;
  private static final int HOLE_BYTES = 16;
  private static final int SUFFIX_BYTES = 4;
  private static final int CHUNK_BYTES = 256 << 10;
  private static final int TRAILING_ZEROS = 16;
  private static final int[] CRC32C_TABLE = crc32cTable();

  private final HomeSegment segment;
  private final int position;
  private final int end;
  private final long expectedOffset;

  /**
   * @param position where the first bad batch begins
   * @param expectedOffset the offset that the batch there should have
   */
  TailJudge(HomeSegment segment, int position, int end, long expectedOffset) {
    this.segment = segment;
    this.position = position;
    this.end = end;
    this.expectedOffset = expectedOffset;
  }

  /** Whether everything from the position on may be cut. */
  boolean isTorn() throws IOException {
    int dataEnd = dataEnd();
    if (dataEnd - position < BatchCursor.HEADER_BYTES) {
      return true;
    }
    int following = followingBatch(dataEnd);
    if (following >= 0) {
      return hasHole(position, following);
    }
    int claimed = claimedEnd();
    if (claimed < 0) {
      return hasHole(position, dataEnd);
    }
    if (claimed > end || claimed > dataEnd + TRAILING_ZEROS) {
      // It ends too early, unless it is whole and only its length is wrong.
      return !isWholeSomewhere(dataEnd);
    }
    // A whole batch is not torn: something that its checksum does not cover was changed.
    return !isWhole(claimed) && (hasHole(position, claimed) || lacksLastBytes(claimed));
  }

  /** Position after the last byte that is not zero. */
  int dataEnd() throws IOException {
    int to = end;
    while (to > position) {
      int from = Math.max(position, to - CHUNK_BYTES);
      ByteBuffer bytes = read(from, to - from);
      for (int i = bytes.limit() - 1; i >= 0; i--) {
        if (bytes.get(i) != 0) {
          return from + i + 1;
        }
      }
      to = from;
    }
    return position;
  }

  private int claimedEnd() throws IOException {
    int length = read(position, BatchCursor.HEADER_BYTES).getInt(BatchCursor.LENGTH_AT);
    if (length < BatchCursor.HEADER_BYTES - BatchCursor.LOG_OVERHEAD_BYTES) {
      return -1;
    }
    long claimed = (long) position + BatchCursor.LOG_OVERHEAD_BYTES + length;
    return (int) Math.min(claimed, Integer.MAX_VALUE);
  }

  /** Position of a whole batch after the bad one, -1 when there is none. */
  private int followingBatch(int dataEnd) throws IOException {
    int overlap = BatchCursor.HEADER_BYTES;
    for (int from = position + 1; from < dataEnd; from += CHUNK_BYTES) {
      ByteBuffer bytes = read(from, Math.min(CHUNK_BYTES + overlap, end - from));
      int last = Math.min(CHUNK_BYTES, bytes.limit() - overlap + 1);
      for (int i = 0; i < last; i++) {
        if (bytes.get(i + BatchCursor.MAGIC_AT) == 2 && isBatch(bytes, i, from + i)) {
          return from + i;
        }
      }
    }
    return -1;
  }

  private boolean isBatch(ByteBuffer bytes, int at, int where) throws IOException {
    long offset = bytes.getLong(at);
    int length = bytes.getInt(at + BatchCursor.LENGTH_AT);
    if (offset < expectedOffset
        || offset - expectedOffset > Integer.MAX_VALUE
        || length < BatchCursor.HEADER_BYTES - BatchCursor.LOG_OVERHEAD_BYTES
        || length > end - where - BatchCursor.LOG_OVERHEAD_BYTES) {
      return false;
    }
    CRC32C crc = new CRC32C();
    crc(crc, where + BatchCursor.ATTRIBUTES_AT, where + BatchCursor.LOG_OVERHEAD_BYTES + length);
    return (int) crc.getValue() == bytes.getInt(at + BatchCursor.CRC_AT);
  }

  private boolean isWhole(int claimed) throws IOException {
    CRC32C crc = new CRC32C();
    crc(crc, position + BatchCursor.ATTRIBUTES_AT, claimed);
    return (int) crc.getValue()
        == read(position, BatchCursor.HEADER_BYTES).getInt(BatchCursor.CRC_AT);
  }

  private boolean isWholeSomewhere(int dataEnd) throws IOException {
    int expected = read(position, BatchCursor.HEADER_BYTES).getInt(BatchCursor.CRC_AT);
    CRC32C crc = new CRC32C();
    crc(crc, position + BatchCursor.ATTRIBUTES_AT, dataEnd);
    // Batches mostly end with a zero, so the end of the data may be a little further on.
    for (int zeros = 0; zeros <= TRAILING_ZEROS && dataEnd + zeros <= end; zeros++) {
      if ((int) crc.getValue() == expected) {
        return true;
      }
      crc.update(0);
    }
    return false;
  }

  private void crc(CRC32C crc, int from, int to) throws IOException {
    for (int at = from; at < to; at += CHUNK_BYTES) {
      crc.update(read(at, Math.min(CHUNK_BYTES, to - at)));
    }
  }

  /** Zeros at the start, at the end, or up to the beginning of a sector. */
  private boolean hasHole(int from, int to) throws IOException {
    int run = 0;
    boolean fromStart = true;
    for (int at = from; at < to; at += CHUNK_BYTES) {
      ByteBuffer bytes = read(at, Math.min(CHUNK_BYTES, to - at));
      for (int i = 0; i < bytes.limit(); i++) {
        if (bytes.get(i) != 0) {
          run = 0;
          fromStart = false;
          continue;
        }
        run++;
        boolean sectorEnds = (at + i + 1) % SECTOR_BYTES == 0;
        if (run >= HOLE_BYTES && (fromStart || sectorEnds)) {
          return true;
        }
      }
    }
    return run >= SUFFIX_BYTES;
  }

  /**
   * Whether the batch would be whole if the few zeros at its end were other bytes: a batch may end
   * just behind the sector that was lost. Most batches end with a zero anyway.
   */
  private boolean lacksLastBytes(int claimed) throws IOException {
    int zeros = claimed - Math.min(claimed, dataEnd());
    if (zeros == 0 || zeros >= SUFFIX_BYTES) {
      return zeros > 0;
    }
    CRC32C crc = new CRC32C();
    crc(crc, position + BatchCursor.ATTRIBUTES_AT, claimed - zeros);
    int state = ~(int) crc.getValue();
    int wanted = ~read(position, BatchCursor.HEADER_BYTES).getInt(BatchCursor.CRC_AT);
    for (int guess = 0; guess < 1 << (8 * zeros); guess++) {
      int guessed = state;
      for (int i = 0; i < zeros; i++) {
        guessed = (guessed >>> 8) ^ CRC32C_TABLE[(guessed ^ (guess >>> (8 * i))) & 0xff];
      }
      if (guessed == wanted) {
        return true;
      }
    }
    return false;
  }

  private static int[] crc32cTable() {
    int[] table = new int[256];
    for (int i = 0; i < 256; i++) {
      int value = i;
      for (int bit = 0; bit < 8; bit++) {
        value = (value & 1) == 0 ? value >>> 1 : (value >>> 1) ^ 0x82F63B78;
      }
      table[i] = value;
    }
    return table;
  }

  private ByteBuffer read(int from, int bytes) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(Math.min(bytes, Math.max(0, end - from)));
    segment.read(buffer, from);
    return buffer.flip();
  }
}

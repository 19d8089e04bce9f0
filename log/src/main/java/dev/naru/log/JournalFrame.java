package dev.naru.log;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * What one force of the {@link Journal} covers, as it stands in a file: begins with a sector, and
 * carries a checksum and the number of its journal, which nobody who writes records knows. Without
 * it, records could be made that read like a frame.
 *
 * @param generation counts the times that a file was begun
 * @param index counts the frames of a generation
 */
record JournalFrame(long generation, int index, List<Entry> entries) {
  /** What a device writes whole or not at all; no frame shares one with an earlier frame. */
  static final int SECTOR_BYTES = 512;

  static final int HEADER_BYTES = 32;
  private static final int CHECKED_FROM = 20;
  private static final int FORGET = -1;
  private static final int ENTRY_BYTES = 17;
  private static final int NAME_BYTES_MAX = 127;

  /** A base offset that stands for all segments of a log. */
  static final long ALL_SEGMENTS = -1;

  /**
   * Bytes of a segment, or, without bytes, that earlier entries of it hold no more.
   *
   * @param log the name of the log's directory
   * @param position where in the segment the bytes belong
   * @param bytes null to forget
   */
  record Entry(String log, long baseOffset, int position, ByteBuffer bytes) {
    boolean forgets() {
      return bytes == null;
    }
  }

  /** How much room an entry takes. */
  static int sizeOf(String log, int bytes) {
    return ENTRY_BYTES + log.length() + bytes;
  }

  /** How much room a frame takes in its file, with what is left of its last sector. */
  static int padded(int bytes) {
    return (bytes + SECTOR_BYTES - 1) / SECTOR_BYTES * SECTOR_BYTES;
  }

  /** Leaves room for the header; entries follow. */
  static void begin(ByteBuffer into) {
    into.clear().position(HEADER_BYTES);
  }

  /** Adds the head of an entry; its bytes, as many as were announced, are to follow. */
  static void putHead(ByteBuffer into, String log, long baseOffset, int position, int length) {
    byte[] name = log.getBytes(StandardCharsets.US_ASCII);
    if (name.length > NAME_BYTES_MAX) {
      throw new IllegalArgumentException("A log's name has " + name.length + " bytes: " + log);
    }
    into.put((byte) name.length).put(name);
    into.putLong(baseOffset).putInt(position).putInt(length);
  }

  static void putForget(ByteBuffer into, String log, long baseOffset) {
    putHead(into, log, baseOffset, 0, FORGET);
  }

  /** Fills in the header, pads, and makes the buffer ready to be written. */
  static void end(ByteBuffer frame, long number, long generation, int index) {
    int length = frame.position();
    frame.putLong(0, number).putInt(8, length);
    frame.putLong(CHECKED_FROM, generation).putInt(CHECKED_FROM + 8, index);
    frame.putInt(12, checksum(frame, length));
    while (frame.position() < padded(length)) {
      frame.put((byte) 0);
    }
    frame.flip();
  }

  private static int checksum(ByteBuffer frame, int length) {
    return CheckedFile.checksum(frame.duplicate().limit(length).position(CHECKED_FROM));
  }

  /**
   * The frame at the buffer's position; null when there is none, or not all of it.
   *
   * @param number the journal's
   */
  static JournalFrame read(ByteBuffer from, long number) {
    ByteBuffer bytes = from.slice();
    if (bytes.remaining() < HEADER_BYTES || bytes.getLong(0) != number) {
      return null;
    }
    int length = bytes.getInt(8);
    if (length < HEADER_BYTES
        || length > bytes.remaining()
        || bytes.getInt(12) != checksum(bytes, length)) {
      return null;
    }
    bytes.limit(length).position(HEADER_BYTES);
    List<Entry> entries = new ArrayList<>();
    while (bytes.hasRemaining()) {
      entries.add(entry(bytes));
    }
    return new JournalFrame(
        bytes.getLong(CHECKED_FROM), bytes.getInt(CHECKED_FROM + 8), List.copyOf(entries));
  }

  private static Entry entry(ByteBuffer bytes) {
    byte[] name = new byte[bytes.get()];
    bytes.get(name);
    String log = new String(name, StandardCharsets.US_ASCII);
    long baseOffset = bytes.getLong();
    int position = bytes.getInt();
    int length = bytes.getInt();
    if (length == FORGET) {
      return new Entry(log, baseOffset, 0, null);
    }
    ByteBuffer content = bytes.slice(bytes.position(), length);
    bytes.position(bytes.position() + length);
    return new Entry(log, baseOffset, position, content);
  }

  /** How much of the file it takes. */
  static int lengthAt(ByteBuffer file, int position) {
    return padded(file.getInt(position + 8));
  }
}

package dev.naru.log.bookkeeper;

import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * What a log's value in {@link SegmentLists} says; immutable.
 *
 * @param claims how often the log was opened for writing; each of them changes the version, so that
 *     an owner of before cannot change the list any more
 * @param segments by base offset
 * @param notes small durable notes by name
 * @param hints where to find notes that can be computed again
 * @param doomed ledgers to be deleted
 */
record SegmentList(
    long claims,
    List<Segment> segments,
    Map<String, byte[]> notes,
    Map<String, Hint> hints,
    List<Doomed> doomed) {

  static final SegmentList EMPTY = new SegmentList(0, List.of(), Map.of(), Map.of(), List.of());

  private static final byte FORMAT = 1;

  /** ZooKeeper's limit is a megabyte for a whole request. */
  private static final int MAX_BYTES = 1_000_000;

  /** A segment: its ledgers one after the other. */
  record Segment(long baseOffset, List<Part> parts) {}

  /**
   * A ledger of a segment.
   *
   * @param start position in the segment of its first byte
   * @param length bytes of it that belong to the segment; {@link #OPEN} while it is written
   */
  record Part(long ledgerId, int start, int length) {
    static final int OPEN = -1;

    boolean isOpen() {
      return length == OPEN;
    }
  }

  /** Where a note stands: consecutive entries of a ledger. */
  record Hint(long ledgerId, long firstEntry, int entries) {}

  /** A ledger that nothing refers to, and when it may go. */
  record Doomed(long ledgerId, long afterMs) {}

  /** All ledgers that it names. */
  Set<Long> ledgers() {
    Set<Long> ledgers = new HashSet<>();
    segments.forEach(segment -> segment.parts().forEach(part -> ledgers.add(part.ledgerId())));
    hints.values().forEach(hint -> ledgers.add(hint.ledgerId()));
    doomed.forEach(each -> ledgers.add(each.ledgerId()));
    return ledgers;
  }

  SegmentList withClaim() {
    return new SegmentList(claims + 1, segments, notes, hints, doomed);
  }

  SegmentList withSegments(List<Segment> changed) {
    return new SegmentList(claims, List.copyOf(changed), notes, hints, doomed);
  }

  SegmentList withNote(String name, byte[] bytes) {
    Map<String, byte[]> changed = new TreeMap<>(notes);
    if (bytes == null) {
      changed.remove(name);
    } else {
      changed.put(name, bytes);
    }
    return new SegmentList(claims, segments, Map.copyOf(changed), hints, doomed);
  }

  SegmentList withHints(Map<String, Hint> changed) {
    return new SegmentList(claims, segments, notes, Map.copyOf(changed), doomed);
  }

  SegmentList withDoomed(List<Doomed> changed) {
    return new SegmentList(claims, segments, notes, hints, List.copyOf(changed));
  }

  /**
   * @throws IOException it has become too large for one value
   */
  ByteBuffer encode() throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(encodedBytes());
    if (bytes.capacity() > MAX_BYTES) {
      throw new IOException(
          "The list of "
              + segments.size()
              + " segments has "
              + bytes.capacity()
              + " bytes; at most "
              + MAX_BYTES
              + " can be kept. Larger segments (segment.bytes) make it smaller");
    }
    bytes.put(FORMAT).putLong(claims);
    bytes.putInt(segments.size());
    for (Segment segment : segments) {
      bytes.putLong(segment.baseOffset()).putInt(segment.parts().size());
      for (Part part : segment.parts()) {
        bytes.putLong(part.ledgerId()).putInt(part.start()).putInt(part.length());
      }
    }
    bytes.putInt(notes.size());
    notes.forEach((name, note) -> bytes.put(named(name)).putInt(note.length).put(note));
    bytes.putInt(hints.size());
    hints.forEach(
        (name, hint) ->
            bytes
                .put(named(name))
                .putLong(hint.ledgerId())
                .putLong(hint.firstEntry())
                .putInt(hint.entries()));
    bytes.putInt(doomed.size());
    doomed.forEach(each -> bytes.putLong(each.ledgerId()).putLong(each.afterMs()));
    return bytes.flip();
  }

  private int encodedBytes() {
    int bytes = 1 + 8 + 4 * 4;
    for (Segment segment : segments) {
      bytes += 12 + 16 * segment.parts().size();
    }
    for (Map.Entry<String, byte[]> note : notes.entrySet()) {
      bytes += named(note.getKey()).remaining() + 4 + note.getValue().length;
    }
    for (String name : hints.keySet()) {
      bytes += named(name).remaining() + 20;
    }
    return bytes + 16 * doomed.size();
  }

  private static ByteBuffer named(String name) {
    byte[] utf8 = name.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(2 + utf8.length).putShort((short) utf8.length).put(utf8).flip();
  }

  /**
   * @throws IOException it was written by a newer version, or is damaged
   */
  static SegmentList decode(String log, ByteBuffer encoded) throws IOException {
    ByteBuffer bytes = encoded.duplicate();
    try {
      byte format = bytes.get();
      if (format != FORMAT) {
        throw new IOException(
            "The list of segments of "
                + log
                + " has format "
                + format
                + ", and this version knows "
                + FORMAT
                + "; start the version that wrote it, or a newer one");
      }
      return decode(bytes);
    } catch (BufferUnderflowException | IllegalArgumentException e) {
      throw new IOException("The list of segments of " + log + " is damaged", e);
    }
  }

  private static SegmentList decode(ByteBuffer bytes) {
    long claims = bytes.getLong();
    List<Segment> segments = new ArrayList<>();
    repeat(bytes, 12, from -> segments.add(segment(from)));
    Map<String, byte[]> notes = new TreeMap<>();
    repeat(bytes, 6, from -> notes.put(name(from), block(from, from.getInt())));
    Map<String, Hint> hints = new TreeMap<>();
    repeat(
        bytes,
        22,
        from -> hints.put(name(from), new Hint(from.getLong(), from.getLong(), from.getInt())));
    List<Doomed> doomed = new ArrayList<>();
    repeat(bytes, 16, from -> doomed.add(new Doomed(from.getLong(), from.getLong())));
    return new SegmentList(
        claims, List.copyOf(segments), Map.copyOf(notes), Map.copyOf(hints), List.copyOf(doomed));
  }

  private static Segment segment(ByteBuffer bytes) {
    long baseOffset = bytes.getLong();
    List<Part> parts = new ArrayList<>();
    repeat(bytes, 16, from -> parts.add(new Part(from.getLong(), from.getInt(), from.getInt())));
    return new Segment(baseOffset, List.copyOf(parts));
  }

  private static void repeat(ByteBuffer bytes, int leastBytes, Consumer<ByteBuffer> element) {
    int count = bytes.getInt();
    if (count < 0 || (long) count * leastBytes > bytes.remaining()) {
      throw new IllegalArgumentException("a count of " + count);
    }
    for (int i = 0; i < count; i++) {
      element.accept(bytes);
    }
  }

  private static String name(ByteBuffer bytes) {
    return new String(block(bytes, bytes.getShort()), StandardCharsets.UTF_8);
  }

  private static byte[] block(ByteBuffer bytes, int length) {
    if (length < 0 || length > bytes.remaining()) {
      throw new IllegalArgumentException("a length of " + length);
    }
    byte[] block = new byte[length];
    bytes.get(block);
    return block;
  }
}

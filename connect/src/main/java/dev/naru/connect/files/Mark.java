package dev.naru.connect.files;

import dev.naru.connect.common.Fingerprint;
import java.io.IOException;
import java.io.InputStream;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How far a file was read, as Connect keeps it, and by what to know that it is still that file: its
 * first bytes, and those before the position.
 *
 * @param position bytes that were read, of what is compressed after decompression; {@link
 *     #GIVEN_UP} for a file that cannot be read
 * @param line lines that were read
 * @param headBytes how many of the file's first bytes are in {@code head}
 * @param head their fingerprint
 * @param tailBytes how many bytes before the position are in {@code tail}
 * @param tail their fingerprint
 */
record Mark(long position, long line, int headBytes, String head, int tailBytes, String tail) {
  static final long GIVEN_UP = Long.MAX_VALUE;
  static final int HEAD = 256;
  static final Mark START = new Mark(0, 0, 0, "", 0, "");
  private static final String POSITION = "position";
  private static final String LINE = "line";
  private static final String HEAD_NAME = "head";
  private static final String TAIL_NAME = "tail";

  static Mark of(Map<String, ?> offset) {
    if (offset == null || !(offset.get(POSITION) instanceof Number position)) {
      return START;
    }
    long line = offset.get(LINE) instanceof Number number ? number.longValue() : 0;
    String[] head = parts(offset.get(HEAD_NAME));
    String[] tail = parts(offset.get(TAIL_NAME));
    return new Mark(
        position.longValue(),
        line,
        Integer.parseInt(head[0]),
        head[1],
        Integer.parseInt(tail[0]),
        tail[1]);
  }

  /** An offset that somebody set by hand has no fingerprints. */
  private static String[] parts(Object value) {
    String text = String.valueOf(value);
    return text.matches("[0-9]{1,3}:[0-9a-f]*") ? text.split(":", 2) : new String[] {"0", ""};
  }

  Map<String, Object> toOffset() {
    Map<String, Object> offset = new LinkedHashMap<>();
    offset.put(POSITION, position);
    offset.put(LINE, line);
    offset.put(HEAD_NAME, headBytes + ":" + head);
    offset.put(TAIL_NAME, tailBytes + ":" + tail);
    return offset;
  }

  /** The same file, read up to the end of a piece. */
  Mark behind(RecordScanner.Piece piece, byte[] first) {
    return new Mark(
        piece.end(),
        line + piece.lines(),
        first.length,
        Fingerprint.of(first),
        piece.tail().length,
        Fingerprint.of(piece.tail()));
  }

  /** The same file, which cannot be read. */
  Mark givenUp(byte[] first) {
    return new Mark(GIVEN_UP, line, first.length, Fingerprint.of(first), 0, "");
  }

  /**
   * Whether a stream is what was read up to here; takes it to the position if so.
   *
   * @param in the file's contents from the start
   */
  boolean continues(InputStream in) throws IOException {
    if (position == GIVEN_UP) {
      return true;
    }
    long before = position - tailBytes;
    long skipped = 0;
    while (skipped < before) {
      long step = in.skip(before - skipped);
      if (step <= 0 && in.read() < 0) {
        return false;
      }
      skipped += step <= 0 ? 1 : step;
    }
    byte[] bytes = in.readNBytes(tailBytes);
    return bytes.length == tailBytes && (tailBytes == 0 || Fingerprint.of(bytes).equals(tail));
  }
}

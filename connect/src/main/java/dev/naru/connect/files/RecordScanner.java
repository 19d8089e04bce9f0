package dev.naru.connect.files;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/**
 * Cuts a stream of bytes into records that end with a line feed. With a separator, line feeds in
 * quoted fields do not end one (RFC 4180). Never holds more than the longest record that is
 * allowed, and a block.
 */
final class RecordScanner implements Closeable {
  /** How many bytes a tail has at most. */
  static final int TAIL = 256;

  private static final int BLOCK = 64 * 1024;

  /**
   * A record.
   *
   * @param bytes its bytes without the line's end; of one that is too long the first ones
   * @param end the position behind it
   * @param lines how many line feeds it has
   * @param tail the last bytes before the end, some of them at most
   * @param problem why it cannot be one, or null
   */
  @SuppressWarnings("ArrayRecordComponent") // nobody compares them
  record Piece(byte[] bytes, long end, int lines, byte[] tail, String problem) {}

  private enum State {
    START,
    PLAIN,
    QUOTED,
    QUOTE_IN_QUOTED
  }

  private final InputStream in;
  private final int separator;
  private final int max;
  private byte[] buffer = new byte[BLOCK];
  private int pieceStart;
  private int start;
  private int scanned;
  private int filled;
  private long position;
  private State state = State.START;

  /**
   * Begins where the stream is.
   *
   * @param position the position of the stream's next byte
   * @param separator what stands between fields; -1 when there are none
   * @param max how many bytes a record may have
   */
  RecordScanner(InputStream in, long position, int separator, int max) {
    this.in = in;
    this.position = position;
    this.separator = separator;
    this.max = max;
  }

  /**
   * The next record, or null when the stream has no complete one now.
   *
   * @param unfinished whether what comes after the last line feed is a record too
   */
  Piece next(boolean unfinished) throws IOException {
    while (true) {
      while (scanned < filled) {
        if (endsAt(buffer[scanned++])) {
          return take(scanned, scanned - 1, null);
        }
      }
      if (filled - start > max) {
        return tooLong();
      }
      if (!fill()) {
        boolean rest = unfinished && filled > start;
        return rest ? take(filled, filled, unclosed()) : null;
      }
    }
  }

  /**
   * Gives all of the last record but its first line back: that is the broken one.
   *
   * @param broken the record that {@link #next} gave last
   */
  Piece firstLineOf(Piece broken) {
    int end = pieceStart;
    while (end < start && buffer[end] != '\n') {
      end++;
    }
    if (end + 1 >= start) {
      return broken;
    }
    position -= start - pieceStart;
    start = pieceStart;
    return take(end + 1, end, broken.problem());
  }

  private String unclosed() {
    return state == State.QUOTED ? "has a quote that is not closed" : null;
  }

  /** Whether this byte ends a record. */
  private boolean endsAt(byte b) {
    if (separator < 0) {
      return b == '\n';
    }
    if (state == State.QUOTED) {
      state = b == '"' ? State.QUOTE_IN_QUOTED : State.QUOTED;
      return false;
    }
    if (b == '\n') {
      return true;
    }
    if (b == separator) {
      state = State.START;
    } else if (b == '"' && state != State.PLAIN) {
      state = State.QUOTED;
    } else {
      state = State.PLAIN;
    }
    return false;
  }

  private Piece take(int end, int contentEnd, String problem) {
    int length = contentEnd - start;
    if (length > 0 && buffer[contentEnd - 1] == '\r') {
      length--;
    }
    byte[] bytes = Arrays.copyOfRange(buffer, start, start + length);
    int lines = count(start, end);
    byte[] tail = Arrays.copyOfRange(buffer, Math.max(start, end - TAIL), end);
    position += end - start;
    pieceStart = start;
    start = end;
    scanned = end;
    state = State.START;
    boolean over = bytes.length > max && problem == null;
    return new Piece(bytes, position, lines, tail, over ? tooLong(lines > 1) : problem);
  }

  private int count(int from, int to) {
    int lines = 0;
    for (int i = from; i < to; i++) {
      lines += buffer[i] == '\n' ? 1 : 0;
    }
    return lines;
  }

  /**
   * A quote that is never closed must not take the rest of the file with it: its first line alone
   * is the broken record. A line that is too long is passed by up to its end.
   */
  private Piece tooLong() throws IOException {
    for (int i = start; i < filled; i++) {
      if (buffer[i] == '\n') {
        return take(i + 1, i, tooLong(true));
      }
    }
    byte[] beginning = Arrays.copyOfRange(buffer, start, start + max);
    while (true) {
      position += filled - start;
      start = 0;
      filled = Math.max(0, in.read(buffer, 0, buffer.length));
      int end = 0;
      while (end < filled && buffer[end] != '\n') {
        end++;
      }
      if (end < filled || filled == 0) {
        int next = Math.min(end + 1, filled);
        position += next;
        start = next;
        scanned = next;
        state = State.START;
        pieceStart = next;
        int lines = filled == 0 ? 0 : 1;
        return new Piece(beginning, position, lines, new byte[0], tooLong(false));
      }
    }
  }

  private String tooLong(boolean severalLines) {
    return severalLines
        ? "has a quote that is not closed within " + max + " bytes"
        : "has more than " + max + " bytes";
  }

  private boolean fill() throws IOException {
    if (start > 0) {
      System.arraycopy(buffer, start, buffer, 0, filled - start);
      filled -= start;
      scanned -= start;
      start = 0;
    }
    if (filled == buffer.length) {
      buffer = Arrays.copyOf(buffer, (int) Math.min(buffer.length * 2L, max + (long) BLOCK));
    }
    int read = in.read(buffer, filled, buffer.length - filled);
    filled += Math.max(read, 0);
    return read > 0;
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}

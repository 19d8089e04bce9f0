package dev.naru.connect.crawler.http;

import dev.naru.connect.crawler.frontier.Failure;
import dev.naru.connect.crawler.frontier.Outcome;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;

/**
 * A message's body as it is framed on the wire: by length, by chunks, or by the end of the
 * connection (RFC 9112, section 6).
 */
final class BodyInput extends InputStream {
  private static final int CHUNK_LINE_MAX = 1_024;
  private static final int TRAILER_LINES_MAX = 100;
  private static final long UNTIL_CLOSE = Long.MAX_VALUE;

  private final WireInput wire;
  private final boolean chunked;
  private long remaining;
  private boolean firstChunk = true;
  private boolean ended;

  private BodyInput(WireInput wire, boolean chunked, long length) {
    this.wire = wire;
    this.chunked = chunked;
    this.remaining = length;
    this.ended = !chunked && length == 0;
  }

  static BodyInput ofLength(WireInput wire, long length) {
    return new BodyInput(wire, false, length);
  }

  static BodyInput chunked(WireInput wire) {
    return new BodyInput(wire, true, 0);
  }

  static BodyInput untilClose(WireInput wire) {
    return new BodyInput(wire, false, UNTIL_CLOSE);
  }

  /** Whether the length that the headers announce is above this one. */
  boolean isLongerThan(long bytes) {
    return !chunked && remaining != UNTIL_CLOSE && remaining > bytes;
  }

  /** Whether the body was read to its end and the connection stands at the next message. */
  boolean isComplete() {
    return ended && remaining != UNTIL_CLOSE;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
  }

  @Override
  public int read(byte[] into, int offset, int length) throws IOException {
    if (chunked && remaining == 0 && !ended) {
      nextChunk();
    }
    if (ended) {
      return -1;
    }
    int n = wire.read(into, offset, (int) Math.min(length, remaining));
    if (n < 0) {
      if (remaining == UNTIL_CLOSE) {
        ended = true;
        return -1;
      }
      throw new EOFException("the connection ended inside the body");
    }
    if (remaining != UNTIL_CLOSE) {
      remaining -= n;
      ended = !chunked && remaining == 0;
    }
    return n;
  }

  private void nextChunk() throws IOException {
    if (!firstChunk && !wire.line(CHUNK_LINE_MAX).isEmpty()) {
      throw malformed();
    }
    firstChunk = false;
    String line = wire.line(CHUNK_LINE_MAX);
    int end = 0;
    while (end < line.length()
        && line.charAt(end) < 128
        && Character.digit(line.charAt(end), 16) >= 0) {
      end++;
    }
    if (end == 0 || end > 15) {
      throw malformed();
    }
    remaining = Long.parseLong(line, 0, end, 16);
    if (remaining == 0) {
      for (int i = 0; !wire.line(CHUNK_LINE_MAX).isEmpty(); i++) {
        if (i == TRAILER_LINES_MAX) {
          throw malformed();
        }
      }
      ended = true;
    }
  }

  private static FetchException malformed() {
    return new FetchException(
        Outcome.BAD_ANSWER, Failure.PERMANENT, "The answer's chunks are malformed.");
  }
}

package dev.naru.connect.crawler.http;

import dev.naru.connect.crawler.frontier.Failure;
import dev.naru.connect.crawler.frontier.Outcome;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/** The receiving side of a connection: buffered bytes, and lines of bounded length. */
final class WireInput {
  private final InputStream in;
  private final byte[] buffer = new byte[16_384];
  private int position;
  private int limit;

  WireInput(InputStream in) {
    this.in = in;
  }

  /** Reads what is there, at most {@code length} bytes; -1 at the end of the stream. */
  int read(byte[] into, int offset, int length) throws IOException {
    if (position == limit) {
      if (length >= buffer.length) {
        return in.read(into, offset, length);
      }
      if (!fill()) {
        return -1;
      }
    }
    int n = Math.min(length, limit - position);
    System.arraycopy(buffer, position, into, offset, n);
    position += n;
    return n;
  }

  private boolean fill() throws IOException {
    position = 0;
    limit = Math.max(in.read(buffer, 0, buffer.length), 0);
    return limit > 0;
  }

  /** A line without its end; {@code budget} is how many bytes it may have. */
  String line(int budget) throws IOException {
    StringBuilder far = null;
    int used = 0;
    while (true) {
      int start = position;
      while (position < limit && buffer[position] != '\n') {
        position++;
      }
      used += position - start;
      if (used > budget) {
        throw new FetchException(
            Outcome.BAD_ANSWER, Failure.PERMANENT, "The answer's headers are too large.");
      }
      String part = new String(buffer, start, position - start, StandardCharsets.ISO_8859_1);
      if (position < limit) {
        position++;
        String line = far == null ? part : far.append(part).toString();
        return line.endsWith("\r") ? line.substring(0, line.length() - 1) : line;
      }
      far = (far == null ? new StringBuilder() : far).append(part);
      if (!fill()) {
        throw new EOFException("the connection ended inside the headers");
      }
    }
  }
}

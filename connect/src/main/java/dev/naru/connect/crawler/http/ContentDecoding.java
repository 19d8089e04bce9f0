package dev.naru.connect.crawler.http;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
import java.util.zip.GZIPInputStream;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;

/** Content-Encoding: gzip and deflate, up to two of them; the reader limits what comes out. */
final class ContentDecoding {
  private static final int LAYERS_MAX = 2;

  private ContentDecoding() {}

  /** The decoded content, or null for an encoding that was not asked for. */
  static InputStream open(InputStream body, String header) throws IOException {
    String[] layers = header.isBlank() ? new String[0] : header.toLowerCase(Locale.ROOT).split(",");
    if (layers.length > LAYERS_MAX) {
      return null;
    }
    InputStream content = body;
    for (int i = layers.length - 1; i >= 0 && content != null; i--) {
      content = layer(content, layers[i].trim());
    }
    return content;
  }

  private static InputStream layer(InputStream in, String name) throws IOException {
    return switch (name) {
      case "identity", "" -> in;
      case "gzip", "x-gzip" -> gzip(in);
      case "deflate" -> deflate(in);
      default -> null;
    };
  }

  private static InputStream gzip(InputStream in) throws IOException {
    BufferedInputStream buffered = new BufferedInputStream(in, 8_192);
    buffered.mark(1);
    if (buffered.read() < 0) {
      return buffered;
    }
    buffered.reset();
    return new GZIPInputStream(buffered, 8_192);
  }

  /**
   * Servers disagree about whether deflate means zlib's format (as RFC 9110 says) or the bare one;
   * the first byte tells.
   */
  private static InputStream deflate(InputStream in) throws IOException {
    BufferedInputStream buffered = new BufferedInputStream(in, 8_192);
    buffered.mark(2);
    int first = buffered.read();
    int second = buffered.read();
    buffered.reset();
    boolean zlib = (first & 0x0F) == 8 && second >= 0 && ((first << 8) | second) % 31 == 0;
    Inflater inflater = new Inflater(!zlib);
    return new InflaterInputStream(buffered, inflater, 8_192) {
      @Override
      public void close() throws IOException {
        super.close();
        inflater.end();
      }
    };
  }
}

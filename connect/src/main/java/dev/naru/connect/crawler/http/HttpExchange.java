package dev.naru.connect.crawler.http;

import dev.naru.connect.crawler.frontier.Failure;
import dev.naru.connect.crawler.frontier.Outcome;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.zip.ZipException;

/** One request and its answer on one connection. */
final class HttpExchange {
  private static final int HEADER_BYTES_MAX = 64 * 1024;
  private static final int HEADER_LINES_MAX = 300;
  private static final int INTERIM_ANSWERS_MAX = 10;
  private static final int DRAIN_BYTES_MAX = 64 * 1024;
  private static final byte[] NOTHING = new byte[0];

  private final HttpConnection connection;
  private final HttpRequest request;
  private final String userAgent;
  private boolean answerBegan;
  private boolean persistent;
  private BodyInput body;

  HttpExchange(HttpConnection connection, HttpRequest request, String userAgent) {
    this.connection = connection;
    this.request = request;
    this.userAgent = userAgent;
  }

  HttpConnection connection() {
    return connection;
  }

  boolean answerBegan() {
    return answerBegan;
  }

  boolean canKeep() {
    return persistent && body.isComplete();
  }

  HttpAnswer run() throws IOException {
    connection.send(head().getBytes(StandardCharsets.ISO_8859_1));
    int status;
    Map<String, String> headers;
    int interim = 0;
    do {
      if (interim++ > INTERIM_ANSWERS_MAX) {
        throw malformed("too many interim answers");
      }
      status = statusLine();
      headers = headers();
    } while (status < 200);
    body = framing(status, headers);
    return answer(status, headers);
  }

  private String head() {
    StringBuilder sb = new StringBuilder(256);
    sb.append("GET ").append(request.url().target()).append(" HTTP/1.1\r\n");
    header(sb, "Host", request.url().authority());
    header(sb, "User-Agent", userAgent);
    header(sb, "Accept", request.accept());
    header(sb, "Accept-Encoding", "gzip, deflate");
    header(sb, "If-None-Match", request.etag());
    header(sb, "If-Modified-Since", request.lastModified());
    return sb.append("\r\n").toString();
  }

  private static void header(StringBuilder sb, String name, String value) {
    if (value != null) {
      sb.append(name).append(": ").append(value).append("\r\n");
    }
  }

  private int statusLine() throws IOException {
    String line = connection.in().line(HEADER_BYTES_MAX);
    answerBegan = true;
    boolean wellFormed =
        line.length() >= 12
            && line.startsWith("HTTP/1.")
            && line.charAt(8) == ' '
            && line.substring(9, 12).chars().allMatch(c -> c >= '0' && c <= '9');
    if (!wellFormed) {
      throw malformed("the status line is not one of HTTP/1.x");
    }
    persistent = line.charAt(7) != '0';
    int status = Integer.parseInt(line, 9, 12, 10);
    if (status < 100) {
      throw malformed("the status is " + status);
    }
    return status;
  }

  private Map<String, String> headers() throws IOException {
    Map<String, String> headers = new HashMap<>();
    int budget = HEADER_BYTES_MAX;
    for (int lines = 0; ; lines++) {
      String line = connection.in().line(budget);
      if (line.isEmpty()) {
        return headers;
      }
      budget -= line.length();
      if (lines == HEADER_LINES_MAX) {
        throw malformed("more than " + HEADER_LINES_MAX + " headers");
      }
      int colon = line.indexOf(':');
      if (colon > 0) {
        String name = line.substring(0, colon).trim().toLowerCase(Locale.ROOT);
        headers.merge(name, line.substring(colon + 1).trim(), (a, b) -> a + ", " + b);
      }
    }
  }

  private BodyInput framing(int status, Map<String, String> headers) throws IOException {
    String tokens = headers.getOrDefault("connection", "").toLowerCase(Locale.ROOT);
    persistent = persistent && !tokens.contains("close");
    if (status == 204 || status == 304) {
      return BodyInput.ofLength(connection.in(), 0);
    }
    String transfer = headers.getOrDefault("transfer-encoding", "").toLowerCase(Locale.ROOT);
    if (transfer.endsWith("chunked")) {
      return BodyInput.chunked(connection.in());
    }
    String length = headers.get("content-length");
    if (length == null || !transfer.isEmpty()) {
      return BodyInput.untilClose(connection.in());
    }
    // Repeated but equal lengths count as one (RFC 9112, section 6.3).
    String[] lengths = length.split("\\s*,\\s*");
    if (Arrays.stream(lengths).distinct().count() != 1 || !lengths[0].matches("[0-9]{1,18}")) {
      throw malformed("the Content-Length is " + length);
    }
    return BodyInput.ofLength(connection.in(), Long.parseLong(lengths[0]));
  }

  private HttpAnswer answer(int status, Map<String, String> headers) throws IOException {
    HttpAnswer head = new HttpAnswer(status, headers, NOTHING, null);
    if (status / 100 != 2) {
      drain();
      return head;
    }
    if (!request.wanted().test(head.contentType())) {
      drain();
      return new HttpAnswer(status, headers, NOTHING, Outcome.CONTENT_TYPE);
    }
    if (!request.truncate() && body.isLongerThan(request.bytesMax())) {
      return new HttpAnswer(status, headers, NOTHING, Outcome.TOO_LARGE);
    }
    byte[] bytes;
    try (InputStream content = content(headers.getOrDefault("content-encoding", ""))) {
      if (content == null) {
        return new HttpAnswer(status, headers, NOTHING, Outcome.CONTENT_ENCODING);
      }
      bytes = read(content);
    } catch (ZipException e) {
      throw malformed("the content is not compressed as its header says");
    }
    if (bytes == null) {
      return new HttpAnswer(status, headers, NOTHING, Outcome.TOO_LARGE);
    }
    drain();
    return new HttpAnswer(status, headers, bytes, null);
  }

  private InputStream content(String encoding) throws IOException {
    return ContentDecoding.open(body, encoding);
  }

  /** The whole content, or null when it is larger than it may be. */
  private byte[] read(InputStream content) throws IOException {
    byte[] bytes = new byte[Math.min(request.bytesMax(), 32 * 1024)];
    int size = 0;
    while (true) {
      if (size == bytes.length) {
        if (size == request.bytesMax()) {
          return content.read() < 0 || request.truncate() ? bytes : null;
        }
        bytes = Arrays.copyOf(bytes, (int) Math.min(request.bytesMax(), bytes.length * 2L));
      }
      int n = content.read(bytes, size, bytes.length - size);
      if (n < 0) {
        return Arrays.copyOf(bytes, size);
      }
      size += n;
    }
  }

  /** Reads a short rest, so that the connection can be kept; a long one is not worth it. */
  private void drain() throws IOException {
    byte[] rest = new byte[4_096];
    int drained = 0;
    int n = 0;
    while (n >= 0 && persistent && drained < DRAIN_BYTES_MAX) {
      n = body.read(rest, 0, rest.length);
      drained += n;
    }
  }

  private FetchException malformed(String what) {
    return new FetchException(
        Outcome.BAD_ANSWER,
        Failure.PERMANENT,
        "The answer of " + connection.origin + " is malformed: " + what + ".");
  }
}

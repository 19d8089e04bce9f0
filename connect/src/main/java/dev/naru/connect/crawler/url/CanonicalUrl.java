package dev.naru.connect.crawler.url;

import java.util.Optional;

/**
 * An http or https address in its canonical form: two addresses that RFC 3986 calls equivalent are
 * equal here, and nothing that a server may tell apart is merged. Lower case scheme and host (IDNA
 * for names beyond ASCII), no default port, no user information, no fragment, no dot segments,
 * percent-encoding only where it is needed and in upper case. The query keeps its order and its
 * emptiness. Immutable; any thread.
 */
public final class CanonicalUrl {
  private final String text;
  private final int hostStart;
  private final int hostEnd;
  private final int pathStart;
  private final int queryStart;

  CanonicalUrl(String scheme, String host, int port, String path, String query) {
    StringBuilder sb = new StringBuilder(scheme.length() + host.length() + path.length() + 16);
    sb.append(scheme).append("://");
    this.hostStart = sb.length();
    sb.append(host);
    this.hostEnd = sb.length();
    if (port != defaultPort(scheme)) {
      sb.append(':').append(port);
    }
    this.pathStart = sb.length();
    sb.append(path);
    this.queryStart = query == null ? -1 : sb.length();
    if (query != null) {
      sb.append('?').append(query);
    }
    this.text = sb.toString();
  }

  private CanonicalUrl(String text, int hostStart, int hostEnd, int pathStart) {
    this.text = text;
    this.hostStart = hostStart;
    this.hostEnd = hostEnd;
    this.pathStart = pathStart;
    this.queryStart = text.indexOf('?', pathStart);
  }

  /**
   * An address that was canonical when it was written down; several times as fast as parsing it.
   * Nothing for a text that cannot have been one.
   */
  public static Optional<CanonicalUrl> remembered(String text) {
    int hostStart = text.startsWith("https://") ? 8 : 7;
    int pathStart = text.indexOf('/', hostStart);
    if (pathStart <= hostStart || !(hostStart == 8 || text.startsWith("http://"))) {
      return Optional.empty();
    }
    int colon = text.indexOf(':', Math.max(text.lastIndexOf(']', pathStart), hostStart));
    int hostEnd = colon < 0 || colon > pathStart ? pathStart : colon;
    return Optional.of(new CanonicalUrl(text, hostStart, hostEnd, pathStart));
  }

  /**
   * The canonical form of an absolute address, or nothing when it is not an http or https address
   * that could be asked.
   */
  public static Optional<CanonicalUrl> parse(String raw) {
    return Optional.ofNullable(UrlParser.absolute(raw));
  }

  /**
   * What a reference found on this page points to (RFC 3986, section 5.2), or nothing when it leads
   * nowhere one can crawl.
   */
  public Optional<CanonicalUrl> resolve(String reference) {
    return Optional.ofNullable(UrlParser.resolve(this, reference));
  }

  static int defaultPort(String scheme) {
    return scheme.equals("https") ? 443 : 80;
  }

  public String scheme() {
    return text.startsWith("https") ? "https" : "http";
  }

  public boolean isSecure() {
    return text.startsWith("https");
  }

  /** The host's name, or an address literal (IPv6 in brackets). */
  public String host() {
    return text.substring(hostStart, hostEnd);
  }

  public int port() {
    return hostEnd == pathStart
        ? defaultPort(scheme())
        : Integer.parseInt(text, hostEnd + 1, pathStart, 10);
  }

  /** Scheme, host and port: the unit that robots.txt and politeness speak about. */
  public String origin() {
    return text.substring(0, pathStart);
  }

  /** Host and, when it is not the scheme's own, port: what the Host header says. */
  public String authority() {
    return text.substring(hostStart, pathStart);
  }

  public String path() {
    return queryStart < 0 ? text.substring(pathStart) : text.substring(pathStart, queryStart);
  }

  /** The query without its question mark, or null when there is none. */
  public String query() {
    return queryStart < 0 ? null : text.substring(queryStart + 1);
  }

  public boolean hasQuery() {
    return queryStart >= 0;
  }

  /** Path and query: what a request line carries. */
  public String target() {
    return text.substring(pathStart);
  }

  /** Whether this machine itself is meant, judged by the name alone. */
  public boolean isLoopbackName() {
    String host = host();
    return host.equals("localhost")
        || host.endsWith(".localhost")
        || host.equals("[::1]")
        || (host.startsWith("127.")
            && host.chars().allMatch(c -> c == '.' || (c >= '0' && c <= '9')));
  }

  /**
   * A 64-bit hash; among ten million addresses two collide with a probability of a few in a
   * million.
   */
  public long hash() {
    return hash(text);
  }

  /** The same hash for any text. */
  public static long hash(CharSequence text) {
    long h = 0x9E3779B97F4A7C15L ^ text.length();
    for (int i = 0; i < text.length(); i++) {
      h = (h ^ text.charAt(i)) * 0xBF58476D1CE4E5B9L;
      h ^= h >>> 29;
    }
    h *= 0x94D049BB133111EBL;
    return h ^ (h >>> 31);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof CanonicalUrl that && text.equals(that.text);
  }

  @Override
  public int hashCode() {
    return text.hashCode();
  }

  @Override
  public String toString() {
    return text;
  }
}

package dev.naru.connect.crawler.url;

import java.net.IDN;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Takes addresses apart and makes them canonical; returns null for whatever cannot be crawled. */
final class UrlParser {
  private static final int PORT_MAX = 65_535;
  private static final int HOST_CHARS_MAX = 253;

  private UrlParser() {}

  static CanonicalUrl absolute(String raw) {
    if (raw == null) {
      return null;
    }
    String s = strip(raw);
    int colon = schemeEnd(s);
    return colon < 0 ? null : fromScheme(s, colon);
  }

  static CanonicalUrl resolve(CanonicalUrl base, String raw) {
    if (raw == null) {
      return null;
    }
    String s = strip(raw);
    int colon = schemeEnd(s);
    if (colon >= 0) {
      return fromScheme(s, colon);
    }
    int fragment = s.indexOf('#');
    String ref = fragment < 0 ? s : s.substring(0, fragment);
    if (ref.isEmpty()) {
      return base;
    }
    if (isSlash(ref, 0) && isSlash(ref, 1)) {
      return afterScheme(base.scheme(), ref);
    }
    int question = ref.indexOf('?');
    String rawPath = question < 0 ? ref : ref.substring(0, question);
    String query = question < 0 ? null : ref.substring(question + 1);
    return new CanonicalUrl(
        base.scheme(), base.host(), base.port(), mergedPath(base, rawPath), query(query));
  }

  private static String mergedPath(CanonicalUrl base, String rawPath) {
    if (rawPath.isEmpty()) {
      return base.path();
    }
    if (isSlash(rawPath, 0)) {
      return path(rawPath);
    }
    String basePath = base.path();
    return path(basePath.substring(0, basePath.lastIndexOf('/') + 1) + rawPath);
  }

  private static CanonicalUrl fromScheme(String s, int colon) {
    String scheme = s.substring(0, colon).toLowerCase(Locale.ROOT);
    if (!scheme.equals("http") && !scheme.equals("https")) {
      return null;
    }
    int fragment = s.indexOf('#');
    return afterScheme(
        scheme, fragment < 0 ? s.substring(colon + 1) : s.substring(colon + 1, fragment));
  }

  private static CanonicalUrl afterScheme(String scheme, String rest) {
    int start = 0;
    while (isSlash(rest, start)) {
      start++;
    }
    int end = start;
    while (end < rest.length() && rest.charAt(end) != '?' && !isSlash(rest, end)) {
      end++;
    }
    String authority = rest.substring(start, end);
    authority = authority.substring(authority.lastIndexOf('@') + 1);
    int portColon = portColon(authority);
    int port = port(scheme, portColon < 0 ? "" : authority.substring(portColon + 1));
    String host = host(portColon < 0 ? authority : authority.substring(0, portColon));
    if (host == null || port < 0) {
      return null;
    }
    int question = rest.indexOf('?', end);
    String rawPath = question < 0 ? rest.substring(end) : rest.substring(end, question);
    String query = question < 0 ? null : rest.substring(question + 1);
    return new CanonicalUrl(scheme, host, port, path(rawPath), query(query));
  }

  private static int portColon(String authority) {
    int colon = authority.lastIndexOf(':');
    return colon > authority.lastIndexOf(']') ? colon : -1;
  }

  private static int port(String scheme, String digits) {
    if (digits.isEmpty()) {
      return CanonicalUrl.defaultPort(scheme);
    }
    int port = 0;
    for (int i = 0; i < digits.length(); i++) {
      int digit = digits.charAt(i) - '0';
      if (digit < 0 || digit > 9 || port > PORT_MAX) {
        return -1;
      }
      port = port * 10 + digit;
    }
    return port == 0 || port > PORT_MAX ? -1 : port;
  }

  private static String host(String raw) {
    if (raw.startsWith("[")) {
      return ipv6(raw);
    }
    String name = Percent.decode(raw);
    if (name == null) {
      return null;
    }
    if (!isPlainHost(name)) {
      name = idn(name);
      if (name == null) {
        return null;
      }
    }
    name = name.toLowerCase(Locale.ROOT);
    if (name.endsWith(".")) {
      name = name.substring(0, name.length() - 1);
    }
    return isPlainHost(name) && !name.startsWith(".") && !name.contains("..") ? name : null;
  }

  private static String idn(String name) {
    try {
      return IDN.toASCII(name, IDN.ALLOW_UNASSIGNED);
    } catch (IllegalArgumentException notAName) {
      return null;
    }
  }

  private static boolean isPlainHost(String name) {
    if (name.isEmpty() || name.length() > HOST_CHARS_MAX + 1) {
      return false;
    }
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      if (!Percent.isAlphanumeric(c) && c != '-' && c != '.' && c != '_') {
        return false;
      }
    }
    return true;
  }

  private static String ipv6(String raw) {
    if (!raw.endsWith("]") || !raw.substring(1, raw.length() - 1).matches("[0-9A-Fa-f:.]{2,45}")) {
      return null;
    }
    try {
      // A literal in brackets is never looked up.
      String address = InetAddress.getByName(raw).getHostAddress();
      return address.indexOf(':') < 0 ? address : "[" + shortest(address) + "]";
    } catch (UnknownHostException notAnAddress) {
      return null;
    }
  }

  /** RFC 5952: the longest run of zero groups becomes a double colon. */
  private static String shortest(String address) {
    String[] groups = address.split(":");
    int bestAt = -1;
    int bestLength = 1;
    for (int i = 0; i < groups.length; i++) {
      int end = i;
      while (end < groups.length && groups[end].equals("0")) {
        end++;
      }
      if (end - i > bestLength) {
        bestAt = i;
        bestLength = end - i;
      }
    }
    if (bestAt < 0) {
      return address;
    }
    List<String> all = List.of(groups);
    return String.join(":", all.subList(0, bestAt))
        + "::"
        + String.join(":", all.subList(bestAt + bestLength, groups.length));
  }

  private static String path(String raw) {
    if (raw.isEmpty()) {
      return "/";
    }
    String slashed = raw.indexOf('\\') < 0 ? raw : raw.replace('\\', '/');
    String encoded = Percent.normalise(slashed, Percent.PATH);
    return encoded.contains("/.") ? withoutDotSegments(encoded) : encoded;
  }

  private static String query(String raw) {
    return raw == null ? null : Percent.normalise(raw, Percent.QUERY);
  }

  private static String withoutDotSegments(String path) {
    List<String> out = new ArrayList<>();
    String[] segments = path.substring(1).split("/", -1);
    for (int i = 0; i < segments.length; i++) {
      String segment = segments[i];
      boolean last = i == segments.length - 1;
      if (segment.equals("..")) {
        if (!out.isEmpty()) {
          out.remove(out.size() - 1);
        }
      } else if (!segment.equals(".")) {
        out.add(segment);
        continue;
      }
      if (last) {
        out.add("");
      }
    }
    return "/" + String.join("/", out);
  }

  /** The colon behind a scheme (RFC 3986, section 3.1), or -1. */
  private static int schemeEnd(String s) {
    for (int i = 0; i < s.length(); i++) {
      char c = s.charAt(i);
      if (c == ':') {
        return i == 0 ? -1 : i;
      }
      boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
      boolean inner = i > 0 && (Percent.isAlphanumeric(c) || c == '+' || c == '-' || c == '.');
      if (!letter && !inner) {
        return -1;
      }
    }
    return -1;
  }

  private static boolean isSlash(String s, int at) {
    return at < s.length() && (s.charAt(at) == '/' || s.charAt(at) == '\\');
  }

  /**
   * Browsers drop white space around an address and line ends inside it; so must whoever follows
   * the same links.
   */
  private static String strip(String raw) {
    int start = 0;
    int end = raw.length();
    while (start < end && raw.charAt(start) <= ' ') {
      start++;
    }
    while (end > start && raw.charAt(end - 1) <= ' ') {
      end--;
    }
    String s = raw.substring(start, end);
    for (int i = 0; i < s.length(); i++) {
      char c = s.charAt(i);
      if (c == '\t' || c == '\n' || c == '\r') {
        return s.replaceAll("[\t\n\r]", "");
      }
    }
    return s;
  }
}

package dev.naru.connect.http;

import java.net.URI;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Queries and links. Pure. */
final class Urls {
  /** A link and its parameters (RFC 8288, section 3). */
  private static final Pattern LINK = Pattern.compile("<([^>]*)>((?:[^,\"]|\"[^\"]*\")*)");

  private static final Pattern NEXT =
      Pattern.compile(";\\s*rel\\s*=\\s*(?:\"([^\"]*)\"|([^\\s;,\"]+))", Pattern.CASE_INSENSITIVE);

  private Urls() {}

  static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  /** The URL with this parameter in its query, and with no other of this name. */
  static URI with(URI uri, String name, String value) {
    List<String> kept = new ArrayList<>();
    if (uri.getRawQuery() != null && !uri.getRawQuery().isEmpty()) {
      for (String parameter : uri.getRawQuery().split("&")) {
        if (!nameOf(parameter).equals(name)) {
          kept.add(parameter);
        }
      }
    }
    kept.add(encoded(name) + "=" + encoded(value));
    String path = uri.getRawPath() == null ? "" : uri.getRawPath();
    return URI.create(
        uri.getScheme() + "://" + uri.getRawAuthority() + path + "?" + String.join("&", kept));
  }

  private static String nameOf(String parameter) {
    String name = parameter.split("=", 2)[0];
    try {
      return URLDecoder.decode(name, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException notEncoded) {
      return name;
    }
  }

  /** Where the Link header with rel=next leads to, or null. */
  static URI next(URI uri, List<String> headers) {
    for (String header : headers) {
      Matcher link = LINK.matcher(header);
      while (link.find()) {
        Matcher relation = NEXT.matcher(link.group(2));
        if (relation.find()) {
          String names = relation.group(1) == null ? relation.group(2) : relation.group(1);
          if (List.of(names.toLowerCase(java.util.Locale.ROOT).split("\\s+")).contains("next")) {
            return uri.resolve(link.group(1).trim());
          }
        }
      }
    }
    return null;
  }

  /** Whether credentials for the one may be sent to the other. */
  static boolean isSameOrigin(URI one, URI other) {
    return one.getScheme().equalsIgnoreCase(other.getScheme())
        && one.getHost().equalsIgnoreCase(String.valueOf(other.getHost()))
        && port(one) == port(other);
  }

  private static int port(URI uri) {
    if (uri.getPort() >= 0) {
      return uri.getPort();
    }
    return "https".equalsIgnoreCase(uri.getScheme()) ? 443 : 80;
  }
}

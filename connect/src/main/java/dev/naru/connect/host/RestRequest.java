package dev.naru.connect.host;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/**
 * A request of Kafka Connect's REST API, as it came in.
 *
 * @param method such as GET
 * @param uri the path and the query, as they were sent
 * @param headers by name, in any case
 * @param body empty when there is none
 */
@SuppressWarnings("ArrayRecordComponent") // nobody compares them
public record RestRequest(
    String method, String uri, Map<String, List<String>> headers, byte[] body) {
  /** The path without the query. */
  public String path() {
    int query = uri.indexOf('?');
    return query < 0 ? uri : uri.substring(0, query);
  }

  /** What a part of a path says; a plus sign there is one, unlike in a query. */
  public static String decoded(String part) {
    return URLDecoder.decode(part.replace("+", "%2B"), StandardCharsets.UTF_8);
  }

  /** What follows the question mark; empty when nothing does. */
  public String query() {
    int query = uri.indexOf('?');
    return query < 0 ? "" : uri.substring(query + 1);
  }
}

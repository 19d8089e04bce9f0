package dev.naru.connect.http;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How far a source is, as Connect keeps it. Immutable.
 *
 * @param since the largest value of the records of all rounds that ended; null when there is none
 * @param sinceSeen what had that value, as fingerprints
 * @param largest the same as {@code since}, the round that goes on included
 * @param largestSeen what had that value
 * @param page the page that the round goes on with, as a URL; null between rounds
 * @param pages how many pages of the round were read
 * @param etag the ETag of the document that was read, or null
 * @param modified its Last-Modified, or null
 * @param body its fingerprint, or null
 */
record Progress(
    String since,
    List<String> sinceSeen,
    String largest,
    List<String> largestSeen,
    String page,
    int pages,
    String etag,
    String modified,
    String body) {
  private static final int SEEN_MAX = 1_000;
  private static final String SINCE = "since";
  private static final String SINCE_SEEN = "since.seen";
  private static final String LARGEST = "largest";
  private static final String LARGEST_SEEN = "largest.seen";
  private static final String PAGE = "page";
  private static final String PAGES = "pages";
  private static final String ETAG = "etag";
  private static final String MODIFIED = "last-modified";
  private static final String BODY = "body";

  static final Progress START =
      new Progress(null, List.of(), null, List.of(), null, 0, null, null, null);

  static Progress of(Map<String, ?> offset) {
    if (offset == null || offset.isEmpty()) {
      return START;
    }
    return new Progress(
        text(offset, SINCE),
        list(text(offset, SINCE_SEEN)),
        text(offset, LARGEST),
        list(text(offset, LARGEST_SEEN)),
        text(offset, PAGE),
        offset.get(PAGES) instanceof Number pages ? pages.intValue() : 0,
        text(offset, ETAG),
        text(offset, MODIFIED),
        text(offset, BODY));
  }

  private static String text(Map<String, ?> offset, String name) {
    Object value = offset.get(name);
    return value == null ? null : value.toString();
  }

  private static List<String> list(String joined) {
    return joined == null || joined.isEmpty() ? List.of() : List.of(joined.split(","));
  }

  Map<String, Object> toOffset() {
    Map<String, Object> offset = new LinkedHashMap<>();
    offset.put(SINCE, since);
    offset.put(SINCE_SEEN, String.join(",", sinceSeen));
    offset.put(LARGEST, largest);
    offset.put(LARGEST_SEEN, String.join(",", largestSeen));
    offset.put(PAGE, page);
    offset.put(PAGES, (long) pages);
    offset.put(ETAG, etag);
    offset.put(MODIFIED, modified);
    offset.put(BODY, body);
    offset.values().removeIf(value -> value == null || value.equals(""));
    return offset;
  }

  /** The same with the round at this page. */
  Progress at(String nextPage) {
    return new Progress(
        since, sinceSeen, largest, largestSeen, nextPage, pages + 1, etag, modified, body);
  }

  /** The round is over: what was the largest is what the next round begins behind. */
  Progress ended(String newEtag, String newModified, String newBody) {
    return new Progress(
        largest, largestSeen, largest, largestSeen, null, 0, newEtag, newModified, newBody);
  }

  /** Whether a record of this value and fingerprint came in an earlier round. */
  boolean isKnown(String value, String fingerprint) {
    int order = since == null ? 1 : compare(value, since);
    return order < 0 || (order == 0 && sinceSeen.contains(fingerprint));
  }

  /** The same with a record of this value and fingerprint. */
  Progress seeing(String value, String fingerprint) {
    int order = largest == null ? 1 : compare(value, largest);
    if (order < 0) {
      return this;
    }
    List<String> seen = new ArrayList<>(order > 0 ? List.of() : largestSeen);
    if (seen.size() < SEEN_MAX && !seen.contains(fingerprint)) {
      seen.add(fingerprint);
    }
    return new Progress(since, sinceSeen, value, seen, page, pages, etag, modified, body);
  }

  /** Numbers by their size, everything else as text. */
  private static int compare(String one, String other) {
    try {
      return new BigDecimal(one).compareTo(new BigDecimal(other));
    } catch (NumberFormatException notNumbers) {
      return one.compareTo(other);
    }
  }
}

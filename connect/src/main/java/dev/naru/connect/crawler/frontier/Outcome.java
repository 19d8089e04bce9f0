package dev.naru.connect.crawler.frontier;

/**
 * What became of an address, and the words for it. The names are written to disk: add, never
 * rename.
 */
public enum Outcome {
  DELIVERED(Kind.DONE, "delivered"),
  CHANGED(Kind.DONE, "changed since the last visit"),
  UNCHANGED(Kind.DONE, "unchanged since the last visit"),
  GONE(Kind.DONE, "gone since the last visit"),
  SITEMAP(Kind.DONE, "sitemap"),
  REDIRECTED(Kind.MOVED, "redirected"),
  HANDED_OVER(Kind.MOVED, "redirected to a host of another task"),

  ROBOTS(Kind.SKIPPED, "disallowed by robots.txt"),
  OUT_OF_SCOPE(Kind.SKIPPED, "out of scope"),
  EXCLUDED(Kind.SKIPPED, "excluded by pattern"),
  TOO_DEEP(Kind.SKIPPED, "too deep"),
  URL_TOO_LONG(Kind.SKIPPED, "URL too long"),
  REPEATING_PATH(Kind.SKIPPED, "path repeats itself"),
  TOO_MANY_OF_HOST(Kind.SKIPPED, "host limit reached"),
  TOO_MANY_QUERIES(Kind.SKIPPED, "too many queries on one path"),
  FILE_TYPE(Kind.SKIPPED, "file name of another type"),
  CONTENT_TYPE(Kind.SKIPPED, "content of another type"),
  CONTENT_ENCODING(Kind.SKIPPED, "unsupported content encoding"),
  TOO_LARGE(Kind.SKIPPED, "too large"),
  EMPTY(Kind.SKIPPED, "no content"),
  DUPLICATE(Kind.SKIPPED, "same content as another page"),
  CANONICAL_ELSEWHERE(Kind.SKIPPED, "canonical page is another"),
  NO_INDEX(Kind.SKIPPED, "page asks not to be indexed"),
  NO_FOLLOW(Kind.SKIPPED, "link asks not to be followed"),
  PRIVATE_ADDRESS(Kind.SKIPPED, "private address"),
  REDIRECT_LOOP(Kind.SKIPPED, "redirect loop"),
  TOO_MANY_REDIRECTS(Kind.SKIPPED, "too many redirects"),

  CLIENT_ERROR(Kind.FAILED, "HTTP 4xx"),
  SERVER_ERROR(Kind.FAILED, "HTTP 5xx"),
  BAD_ANSWER(Kind.FAILED, "malformed answer"),
  TIMEOUT(Kind.FAILED, "timeout"),
  UNKNOWN_HOST(Kind.FAILED, "unknown host"),
  UNREACHABLE(Kind.FAILED, "unreachable"),
  UNREADABLE(Kind.FAILED, "could not be parsed");

  /** The families that outcomes are counted in. */
  public enum Kind {
    DONE,
    MOVED,
    SKIPPED,
    FAILED
  }

  private final Kind kind;
  private final String words;

  Outcome(Kind kind, String words) {
    this.kind = kind;
    this.words = words;
  }

  public Kind kind() {
    return kind;
  }

  public String words() {
    return words;
  }
}

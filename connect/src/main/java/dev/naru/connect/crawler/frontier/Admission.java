package dev.naru.connect.crawler.frontier;

import dev.naru.connect.crawler.url.CanonicalUrl;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Which addresses are let into the frontier. What keeps a crawl out of endless sites is here:
 * depth, length, repeated path segments, how many addresses a host and how many queries a path may
 * have. Not thread-safe.
 */
public final class Admission {
  /**
   * The limits, as the options of the same names say.
   *
   * @param depthMax links from a seed
   * @param urlCharsMax length of an address
   * @param perHostMax addresses of one host
   * @param perPathQueriesMax different queries of one path
   * @param hostsMax hosts
   */
  public record Limits(
      int depthMax, int urlCharsMax, int perHostMax, int perPathQueriesMax, int hostsMax) {}

  private static final int SITEMAP_DEPTH_MAX = 5;
  private static final int SEGMENTS_MAX = 40;
  private static final int SEGMENT_REPEATS_MAX = 3;
  private static final Set<String> OTHER_FILE_TYPES =
      Set.of(
          ("7z apk avi avif bin bmp bz2 class css csv deb dmg doc docx eot epub exe flac gif gz ico iso jar jpeg jpg js json"
                  + " m4a m4v map mjs mkv mov mp3 mp4 mpeg mpg msi odp ods odt ogg ogv otf pdf png ppt pptx ps rar rpm rss so svg"
                  + " swf tar tgz tif tiff ttf war wasm wav webm webp whl wmv woff woff2 xls xlsx xz zip zst")
              .split(" "));

  private final Scope scope;
  private final List<Pattern> include;
  private final List<Pattern> exclude;
  private final Limits limits;
  private final LongMap queriesOfPath;

  /**
   * Makes an admission that has let in nothing yet.
   *
   * @param queriesOfPath an empty map, for how many queries of each path were let in
   */
  public Admission(
      Scope scope,
      List<Pattern> include,
      List<Pattern> exclude,
      Limits limits,
      LongMap queriesOfPath) {
    this.scope = scope;
    this.include = include;
    this.exclude = exclude;
    this.limits = limits;
    this.queriesOfPath = queriesOfPath;
  }

  /** Why the address is not let in, or null when it is. Seeds are measured by length only. */
  public Outcome refusal(CanonicalUrl url, int depth, boolean seed, Frontier frontier) {
    if (url.toString().length() > limits.urlCharsMax()) {
      return Outcome.URL_TOO_LONG;
    }
    if (seed) {
      return null;
    }
    Outcome refusal = refusal(url, depth);
    return refusal == null ? tooMany(url, frontier) : refusal;
  }

  /**
   * Why a sitemap is not let in, or null when it is. It may lie elsewhere, but sitemaps that list
   * sitemaps without end must end.
   */
  public Outcome sitemapRefusal(CanonicalUrl url, int depth, Frontier frontier) {
    if (url.toString().length() > limits.urlCharsMax()) {
      return Outcome.URL_TOO_LONG;
    }
    return depth > SITEMAP_DEPTH_MAX ? Outcome.TOO_DEEP : tooMany(url, frontier);
  }

  /** What the address itself says, whatever was let in before. */
  public Outcome refusal(CanonicalUrl url, int depth) {
    String text = url.toString();
    if (!scope.contains(url)) {
      return Outcome.OUT_OF_SCOPE;
    }
    if (!include.isEmpty() && include.stream().noneMatch(p -> p.matcher(text).find())) {
      return Outcome.EXCLUDED;
    }
    if (exclude.stream().anyMatch(p -> p.matcher(text).find())) {
      return Outcome.EXCLUDED;
    }
    if (depth > limits.depthMax()) {
      return Outcome.TOO_DEEP;
    }
    if (OTHER_FILE_TYPES.contains(extension(url.path()))) {
      return Outcome.FILE_TYPE;
    }
    if (repeatsItself(url.path())) {
      return Outcome.REPEATING_PATH;
    }
    return null;
  }

  private Outcome tooMany(CanonicalUrl url, Frontier frontier) {
    int admitted = frontier.admitted(url.origin());
    if (admitted >= limits.perHostMax()
        || (admitted == 0 && frontier.hosts() >= limits.hostsMax())) {
      return Outcome.TOO_MANY_OF_HOST;
    }
    return url.hasQuery() && queries(url) >= limits.perPathQueriesMax()
        ? Outcome.TOO_MANY_QUERIES
        : null;
  }

  /** Takes note of an address that was let in, now or by an earlier run. */
  public void admitted(CanonicalUrl url) {
    if (url.hasQuery()) {
      queriesOfPath.put(pathHash(url), queries(url) + 1);
    }
  }

  private long queries(CanonicalUrl url) {
    return Math.max(queriesOfPath.get(pathHash(url)), 0);
  }

  private static long pathHash(CanonicalUrl url) {
    return CanonicalUrl.hash(url.origin() + url.path());
  }

  private static String extension(String path) {
    int dot = path.lastIndexOf('.');
    boolean inName = dot > path.lastIndexOf('/');
    return inName ? path.substring(dot + 1).toLowerCase(Locale.ROOT) : "";
  }

  /** The sign of a relative link that digs itself ever deeper: {@code /a/b/a/b/a/b/a/b}. */
  static boolean repeatsItself(String path) {
    String[] segments = path.split("/");
    if (segments.length > SEGMENTS_MAX) {
      return true;
    }
    for (int i = 0; i < segments.length; i++) {
      int repeats = 0;
      for (int j = i; j < segments.length; j++) {
        if (!segments[i].isEmpty() && segments[i].equals(segments[j])) {
          repeats++;
        }
      }
      if (repeats > SEGMENT_REPEATS_MAX) {
        return true;
      }
    }
    return false;
  }
}

package dev.naru.connect.crawler.state;

import dev.naru.connect.crawler.url.CanonicalUrl;

/**
 * An address that waits to be fetched, and how the crawl came to it.
 *
 * @param url the address
 * @param depth links from a seed
 * @param referrer the page that led here, or null
 * @param redirectedFrom the address that was asked for first, when redirects led here, or null
 * @param redirects how many redirects led here
 * @param seed whether it is a seed, or what a seed redirects to
 * @param kind what is expected there
 * @param last what the last visit learned, when the topic has the page; else null
 */
public record FoundUrl(
    CanonicalUrl url,
    int depth,
    String referrer,
    String redirectedFrom,
    int redirects,
    boolean seed,
    Kind kind,
    Validators last) {

  /**
   * What is expected at an address; decides what is done with the answer. The names are written to
   * disk: add, never rename.
   */
  public enum Kind {
    PAGE,
    SITEMAP,
    /** A page that another page names as its canonical form; delivered whatever it says itself. */
    CANONICAL,
    /** A page whose canonical form could not be had; delivered in its place. */
    INSTEAD_OF_CANONICAL
  }

  /**
   * What makes a request conditional, and a page recognisable.
   *
   * @param etag the ETag header, or null
   * @param lastModified the Last-Modified header, or null
   * @param contentHash a hash of the page's content; 0 when there is none
   */
  public record Validators(String etag, String lastModified, long contentHash) {}

  public static FoundUrl seed(CanonicalUrl url) {
    return new FoundUrl(url, 0, null, null, 0, true, Kind.PAGE, null);
  }

  /** A sitemap that the configuration names. */
  public static FoundUrl sitemap(CanonicalUrl url) {
    return new FoundUrl(url, 0, null, null, 0, false, Kind.SITEMAP, null);
  }

  /** What this page links to. */
  public FoundUrl link(CanonicalUrl target) {
    return new FoundUrl(target, depth + 1, url.toString(), null, 0, false, Kind.PAGE, null);
  }

  /** What this address redirects to. */
  public FoundUrl redirect(CanonicalUrl target) {
    String first = redirectedFrom == null ? url.toString() : redirectedFrom;
    return new FoundUrl(target, depth, referrer, first, redirects + 1, seed, kind, null);
  }

  /**
   * The same address, for another visit.
   *
   * @param learned what the topic has of it, or what the sitemap was; null for anything else
   */
  public FoundUrl again(Validators learned) {
    boolean asItWas = kind == Kind.SITEMAP || (kind == Kind.PAGE && learned == null);
    Kind nextKind = asItWas ? kind : Kind.INSTEAD_OF_CANONICAL;
    return new FoundUrl(url, depth, referrer, redirectedFrom, 0, seed, nextKind, learned);
  }

  public FoundUrl as(Kind newKind) {
    return new FoundUrl(url, depth, referrer, redirectedFrom, redirects, seed, newKind, last);
  }
}

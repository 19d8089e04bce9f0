package dev.naru.connect.crawler;

import crawlercommons.sitemaps.AbstractSiteMap;
import crawlercommons.sitemaps.SiteMap;
import crawlercommons.sitemaps.SiteMapIndex;
import crawlercommons.sitemaps.SiteMapParser;
import crawlercommons.sitemaps.SiteMapURL;
import crawlercommons.sitemaps.UnknownFormatException;
import dev.naru.connect.crawler.url.CanonicalUrl;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.MalformedURLException;
import java.net.URL;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;

/** Reads sitemaps (sitemaps.org; RSS, Atom and plain lists too). */
final class Sitemaps {
  static final int BYTES_MAX = 16 * 1024 * 1024;

  /** A page that a sitemap lists, and when it was modified (wall clock); 0 when it does not say. */
  record Entry(CanonicalUrl url, long modifiedMs) {}

  /** What a sitemap lists: pages, and further sitemaps. */
  record Listed(List<Entry> pages, List<CanonicalUrl> sitemaps) {}

  private Sitemaps() {}

  static Listed parse(CanonicalUrl url, byte[] body) throws IOException {
    List<Entry> pages = new ArrayList<>();
    List<CanonicalUrl> sitemaps = new ArrayList<>();
    AbstractSiteMap map;
    try {
      map = new SiteMapParser(false).parseSiteMap(inflated(body), toUrl(url));
    } catch (UnknownFormatException e) {
      throw new IOException("not a sitemap: " + e.getMessage(), e);
    }
    if (map instanceof SiteMapIndex index) {
      for (AbstractSiteMap child : index.getSitemaps()) {
        CanonicalUrl.parse(child.getUrl().toString()).ifPresent(sitemaps::add);
      }
    } else if (map instanceof SiteMap flat) {
      for (SiteMapURL page : flat.getSiteMapUrls()) {
        long modifiedMs =
            page.getLastModified() == null ? 0 : page.getLastModified().toInstant().toEpochMilli();
        CanonicalUrl.parse(page.getUrl().toString())
            .ifPresent(address -> pages.add(new Entry(address, modifiedMs)));
      }
    }
    return new Listed(pages, sitemaps);
  }

  @SuppressWarnings("deprecation")
  private static URL toUrl(CanonicalUrl url) throws MalformedURLException {
    return new URL(url.toString());
  }

  /** Sitemaps are often files that were compressed, rather than answers that are. */
  private static byte[] inflated(byte[] body) throws IOException {
    boolean gzip = body.length > 2 && body[0] == 0x1F && (body[1] & 0xFF) == 0x8B;
    if (!gzip) {
      return body;
    }
    try (InputStream in = new GZIPInputStream(new ByteArrayInputStream(body))) {
      byte[] all = in.readNBytes(BYTES_MAX + 1);
      if (all.length > BYTES_MAX) {
        throw new IOException("the sitemap inflates to more than " + BYTES_MAX + " bytes");
      }
      return all;
    }
  }
}

package dev.naru.connect.crawler.page;

import dev.naru.connect.crawler.url.CanonicalUrl;
import java.util.List;
import java.util.Map;

/**
 * What a page says.
 *
 * @param title its title, or null
 * @param description its description, or null
 * @param language a lower-case language tag, or null when it is not known
 * @param text the main text; white space collapsed, blocks on lines of their own
 * @param headings its headings in order
 * @param links what it links to, in order, each once
 * @param noFollow links that ask not to be followed
 * @param canonical the address that it calls canonical, or null
 * @param meta named metadata: OpenGraph, Twitter, author and the like
 * @param jsonLd its JSON-LD as a JSON array, or null
 * @param microdata its microdata as a JSON array, or null
 * @param fields what it has for each field of the user's, by the field's name
 * @param mayIndex whether it agrees to be indexed
 * @param mayFollow whether it agrees to have its links followed
 * @param contentHash SHA-256 of what a reader sees, in hexadecimal
 */
public record Page(
    String title,
    String description,
    String language,
    String text,
    List<Heading> headings,
    List<CanonicalUrl> links,
    List<CanonicalUrl> noFollow,
    CanonicalUrl canonical,
    Map<String, String> meta,
    String jsonLd,
    String microdata,
    Map<String, List<String>> fields,
    boolean mayIndex,
    boolean mayFollow,
    String contentHash) {

  /** A heading of level 1 to 6. */
  public record Heading(int level, String text) {}

  /** The first 64 bits of the content hash; never 0. */
  public long contentHash64() {
    long hash = Long.parseUnsignedLong(contentHash, 0, 16, 16);
    return hash == 0 ? 1 : hash;
  }
}

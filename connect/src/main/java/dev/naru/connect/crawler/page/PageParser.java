package dev.naru.connect.crawler.page;

import dev.naru.connect.crawler.url.CanonicalUrl;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Document;

/** Parses pages. Stateless apart from its limits; any thread. */
public final class PageParser {
  private static final int COMPARABLE_TEXT_CHARS_MIN = 64;

  private final int textCharsMax;
  private final int linksMax;
  private final List<PageField> fields;

  public PageParser(int textCharsMax, int linksMax, List<PageField> fields) {
    this.textCharsMax = textCharsMax;
    this.linksMax = linksMax;
    this.fields = List.copyOf(fields);
  }

  /**
   * Parses a page.
   *
   * @param contentType the Content-Type header, or null
   * @param robotsTag the X-Robots-Tag header, or null
   */
  public Page parse(CanonicalUrl url, byte[] body, String contentType, String robotsTag) {
    String source = TextDecoder.decode(body, contentType);
    boolean plain =
        contentType != null && contentType.toLowerCase(Locale.ROOT).startsWith("text/plain");
    return plain ? plain(source, body, robotsTag) : html(url, source, body, robotsTag);
  }

  private Page plain(String source, byte[] body, String robotsTag) {
    TextCollector text = new TextCollector(textCharsMax);
    text.append(source);
    RobotsTags tags = new RobotsTags(robotsTag);
    String content = text.text();
    return new Page(
        null,
        null,
        LanguageDetector.detect(content),
        content,
        List.of(),
        List.of(),
        List.of(),
        null,
        Map.of(),
        null,
        null,
        Map.of(),
        tags.mayIndex(),
        false,
        hash("", text, body));
  }

  private Page html(CanonicalUrl url, String source, byte[] body, String robotsTag) {
    Document document = Jsoup.parse(source, url.toString());
    PageVisitor seen = new PageVisitor(url, textCharsMax, linksMax);
    document.traverse(seen);
    RobotsTags tags = new RobotsTags(robotsTag);
    seen.robots.forEach(tags::add);
    String text = seen.text.text();
    String language = language(seen.language);
    return new Page(
        seen.title,
        seen.description(),
        language == null ? LanguageDetector.detect(text) : language,
        text,
        seen.headings,
        new ArrayList<>(seen.links),
        new ArrayList<>(seen.noFollow),
        seen.canonical,
        seen.meta,
        seen.jsonLd(),
        seen.hasMicrodata ? Microdata.of(document) : null,
        fields(document),
        tags.mayIndex(),
        tags.mayFollow(),
        hash(seen.title, seen.text, body));
  }

  private Map<String, List<String>> fields(Document document) {
    if (fields.isEmpty()) {
      return Map.of();
    }
    Map<String, List<String>> values = new LinkedHashMap<>();
    fields.forEach(field -> values.put(field.name(), field.values(document)));
    return values;
  }

  private static String language(String tag) {
    if (tag == null || !tag.matches("[A-Za-z]{2,3}([-_][A-Za-z0-9]{1,8}){0,3}")) {
      return null;
    }
    return tag.toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /**
   * Pages with the same title and text are the same page; where there is too little text to say so,
   * the bytes decide.
   */
  private static String hash(String title, TextCollector text, byte[] body) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      if (text.isCut() || text.text().length() < COMPARABLE_TEXT_CHARS_MIN) {
        digest.update(body);
      } else {
        digest.update(String.valueOf(title).getBytes(StandardCharsets.UTF_8));
        digest.update((byte) 0);
        digest.update(text.text().getBytes(StandardCharsets.UTF_8));
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException everyJavaHasIt) {
      throw new IllegalStateException(everyJavaHasIt);
    }
  }
}

package dev.naru.connect.crawler.page;

import dev.naru.connect.crawler.page.Page.Heading;
import dev.naru.connect.crawler.url.CanonicalUrl;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jsoup.nodes.Element;
import org.jsoup.nodes.Node;
import org.jsoup.nodes.TextNode;
import org.jsoup.select.NodeVisitor;

/** Walks a page once and takes along everything that is wanted of it. */
final class PageVisitor implements NodeVisitor {
  private static final Set<String> NO_TEXT =
      Set.of(
          "script",
          "style",
          "noscript",
          "template",
          "svg",
          "select",
          "button",
          "nav",
          "footer",
          "aside",
          "iframe",
          "object",
          "head");
  private static final Pattern REFRESH =
      Pattern.compile(
          "^\\s*[0-9.]+\\s*[;,]\\s*(?:url\\s*=)?\\s*[\"']?([^\"']+)", Pattern.CASE_INSENSITIVE);
  private static final int HEADINGS_MAX = 500;
  private static final int HEADING_CHARS_MAX = 300;
  private static final int TITLE_CHARS_MAX = 1_000;
  private static final int META_MAX = 60;
  private static final int META_CHARS_MAX = 2_000;
  private static final int JSON_LD_CHARS_MAX = 100_000;

  final TextCollector text;
  final List<Heading> headings = new ArrayList<>();
  final Set<CanonicalUrl> links = new LinkedHashSet<>();
  final Set<CanonicalUrl> noFollow = new LinkedHashSet<>();
  final Map<String, String> meta = new LinkedHashMap<>();
  final List<String> robots = new ArrayList<>();
  private final List<String> jsonLd = new ArrayList<>();
  private final Set<String> seenReferences = new HashSet<>();
  private final int linksMax;
  private CanonicalUrl base;
  private int jsonLdChars;
  private int silent;
  private int mainDepth = -1;
  private int headingStart = -1;
  String title;
  String language;
  CanonicalUrl canonical;
  boolean hasMicrodata;

  PageVisitor(CanonicalUrl url, int textCharsMax, int linksMax) {
    this.base = url;
    this.text = new TextCollector(textCharsMax);
    this.linksMax = linksMax;
  }

  @Override
  public void head(Node node, int depth) {
    if (node instanceof TextNode words) {
      if (silent == 0) {
        text.append(words.getWholeText());
      }
    } else if (node instanceof Element element) {
      enter(element, depth);
    }
  }

  private void enter(Element element, int depth) {
    String name = element.normalName();
    take(element, name);
    hasMicrodata |= element.attributesSize() > 0 && element.hasAttr("itemscope");
    if (element.isBlock() || name.equals("br")) {
      text.breakLine();
    }
    if (mainDepth < 0 && isMain(element, name)) {
      mainDepth = depth;
      text.beginMain();
    }
    if (isSilent(name)) {
      silent++;
    }
    if (isHeading(name) && silent == 0) {
      headingStart = text.position();
    }
  }

  @Override
  public void tail(Node node, int depth) {
    if (!(node instanceof Element element)) {
      return;
    }
    String name = element.normalName();
    if (isHeading(name) && headingStart >= 0) {
      endHeading(name);
    }
    if (element.isBlock()) {
      text.breakLine();
    }
    if (isSilent(name)) {
      silent--;
    }
    if (depth == mainDepth) {
      text.endMain();
      mainDepth = -1;
    }
  }

  private static boolean isMain(Element element, String name) {
    return name.equals("main")
        || name.equals("article")
        || (element.attributesSize() > 0 && element.attr("role").equals("main"));
  }

  /**
   * Must answer the same on the way in and out; a page header is furniture, one inside the main
   * part is not.
   */
  private boolean isSilent(String name) {
    return NO_TEXT.contains(name) || (name.equals("header") && mainDepth < 0);
  }

  private static boolean isHeading(String name) {
    return name.length() == 2
        && name.charAt(0) == 'h'
        && name.charAt(1) >= '1'
        && name.charAt(1) <= '6';
  }

  private void endHeading(String name) {
    String words = clipped(text.since(headingStart), HEADING_CHARS_MAX);
    headingStart = -1;
    if (!words.isEmpty() && headings.size() < HEADINGS_MAX) {
      headings.add(new Heading(name.charAt(1) - '0', words.replace('\n', ' ')));
    }
  }

  private void take(Element element, String name) {
    switch (name) {
      case "html" ->
          language = attribute(element, "lang", attribute(element, "xml:lang", language));
      case "base" -> base = base.resolve(element.attr("href")).orElse(base);
      case "title" -> takeTitle(element);
      case "meta" -> takeMeta(element);
      case "link" -> takeLinkElement(element);
      case "a", "area" -> takeLink(element, element.attr("href"));
      case "frame", "iframe" -> takeLink(element, element.attr("src"));
      case "script" -> takeScript(element);
      default -> {
        return;
      }
    }
  }

  private static String attribute(Element element, String name, String otherwise) {
    String value = element.attr(name).trim();
    return value.isEmpty() ? otherwise : value;
  }

  /** SVG pictures have titles too; the page's is the first one in its head. */
  private void takeTitle(Element element) {
    Element parent = element.parent();
    if (title == null && (parent == null || !parent.normalName().equals("svg"))) {
      String words = clipped(element.text().replaceAll("\\s+", " ").strip(), TITLE_CHARS_MAX);
      title = words.isEmpty() ? null : words;
    }
  }

  private void takeMeta(Element element) {
    String content = clipped(element.attr("content").strip(), META_CHARS_MAX);
    String name =
        attribute(element, "property", attribute(element, "name", "")).toLowerCase(Locale.ROOT);
    String equivalent = element.attr("http-equiv").toLowerCase(Locale.ROOT);
    if (equivalent.equals("content-language") && language == null) {
      language = content;
    } else if (equivalent.equals("refresh")) {
      Matcher refresh = REFRESH.matcher(content);
      if (refresh.find()) {
        takeLink(element, refresh.group(1));
      }
    }
    if (name.equals("robots")) {
      robots.add(content);
    } else if (!name.isEmpty()
        && !content.isEmpty()
        && name.length() <= 100
        && meta.size() < META_MAX) {
      meta.putIfAbsent(name, content);
    }
  }

  private void takeLinkElement(Element element) {
    String rel = " " + element.attr("rel").toLowerCase(Locale.ROOT) + " ";
    if (rel.contains(" canonical ")) {
      canonical = base.resolve(element.attr("href")).orElse(canonical);
    } else if (rel.contains(" next ") || rel.contains(" prev ")) {
      takeLink(element, element.attr("href"));
    }
  }

  private void takeLink(Element element, String reference) {
    if (reference.isEmpty() || links.size() + noFollow.size() >= linksMax) {
      return;
    }
    int fragment = reference.indexOf('#');
    String address = fragment < 0 ? reference : reference.substring(0, fragment);
    if (address.isEmpty() || !seenReferences.add(address)) {
      return;
    }
    boolean follow = !element.attr("rel").toLowerCase(Locale.ROOT).contains("nofollow");
    base.resolve(address).ifPresent(follow ? links::add : noFollow::add);
  }

  private void takeScript(Element element) {
    if (!element.attr("type").equalsIgnoreCase("application/ld+json")) {
      return;
    }
    String data = element.data();
    String json = data.length() > JSON_LD_CHARS_MAX ? null : JsonLd.compact(data);
    if (json != null && jsonLdChars + json.length() <= JSON_LD_CHARS_MAX) {
      jsonLdChars += json.length();
      jsonLd.add(json);
    }
  }

  String jsonLd() {
    return jsonLd.isEmpty() ? null : "[" + String.join(",", jsonLd) + "]";
  }

  String description() {
    String own = meta.get("description");
    return own == null ? meta.get("og:description") : own;
  }

  static String clipped(String words, int charsMax) {
    if (words.length() <= charsMax) {
      return words;
    }
    int end = Character.isHighSurrogate(words.charAt(charsMax - 1)) ? charsMax - 1 : charsMax;
    return words.substring(0, end);
  }
}

package dev.naru.connect.crawler.page;

import java.util.ArrayList;
import java.util.List;
import org.jsoup.nodes.Document;
import org.jsoup.nodes.Element;
import org.jsoup.select.Evaluator;
import org.jsoup.select.QueryParser;
import org.jsoup.select.Selector.SelectorParseException;

/**
 * A field of the user's own: what a CSS selector finds. Immutable; any thread.
 *
 * @param name the record's field
 * @param selector the elements
 * @param attribute which attribute of theirs; empty for their text
 * @param many whether all of them, or the first that says something
 */
public record PageField(String name, Evaluator selector, String attribute, boolean many) {
  private static final int VALUES_MAX = 200;
  private static final int VALUE_CHARS_MAX = 10_000;

  /**
   * Makes a field.
   *
   * @throws IllegalArgumentException when the selector is none
   */
  public static PageField of(String name, String selector, String attribute, boolean many) {
    try {
      return new PageField(name, QueryParser.parse(selector), attribute, many);
    } catch (SelectorParseException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }

  /** What the page has; bounded. */
  List<String> values(Document document) {
    List<String> values = new ArrayList<>();
    for (Element element : document.select(selector)) {
      String value = attribute.isEmpty() ? element.text() : element.attr(attribute).strip();
      if (!value.isEmpty()) {
        values.add(PageVisitor.clipped(value, VALUE_CHARS_MAX));
      }
      if (values.size() == (many ? VALUES_MAX : 1)) {
        break;
      }
    }
    return values;
  }
}

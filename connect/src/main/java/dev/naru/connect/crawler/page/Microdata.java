package dev.naru.connect.crawler.page;

import dev.naru.connect.common.JsonText;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jsoup.nodes.Document;
import org.jsoup.nodes.Element;

/**
 * Microdata as the HTML standard's JSON conversion has it: items with their types and properties.
 */
final class Microdata {
  private static final int DEPTH_MAX = 8;
  private static final int ITEMS_MAX = 200;
  private static final int VALUE_CHARS_MAX = 2_000;

  private int items;

  /** The page's top-level items as a JSON array, or null when there are none. */
  static String of(Document document) {
    Microdata microdata = new Microdata();
    List<Object> top = new ArrayList<>();
    for (Element element : document.select("[itemscope]:not([itemprop])")) {
      if (microdata.items < ITEMS_MAX) {
        top.add(microdata.item(element, 0));
      }
    }
    return top.isEmpty() ? null : JsonText.of(top);
  }

  private Map<String, Object> item(Element scope, int depth) {
    items++;
    Map<String, Object> item = new LinkedHashMap<>();
    if (scope.hasAttr("itemtype")) {
      item.put("type", List.of(scope.attr("itemtype").trim().split("\\s+")));
    }
    if (scope.hasAttr("itemid")) {
      item.put("id", scope.attr("itemid"));
    }
    Map<String, List<Object>> properties = new LinkedHashMap<>();
    for (Element child : scope.children()) {
      collect(child, properties, depth);
    }
    item.put("properties", properties);
    return item;
  }

  private void collect(Element element, Map<String, List<Object>> properties, int depth) {
    boolean nested = element.hasAttr("itemscope");
    if (element.hasAttr("itemprop") && depth < DEPTH_MAX && items < ITEMS_MAX) {
      Object value = nested ? item(element, depth + 1) : value(element);
      for (String name : element.attr("itemprop").trim().split("\\s+")) {
        properties.computeIfAbsent(name, n -> new ArrayList<>()).add(value);
      }
    }
    if (!nested) {
      for (Element child : element.children()) {
        collect(child, properties, depth);
      }
    }
  }

  private static String value(Element element) {
    String value =
        switch (element.normalName()) {
          case "meta" -> element.attr("content");
          case "a", "area", "link" -> element.attr("href");
          case "img", "audio", "video", "source", "embed", "iframe", "track" -> element.attr("src");
          case "object" -> element.attr("data");
          case "data", "meter" -> element.attr("value");
          case "time" -> element.hasAttr("datetime") ? element.attr("datetime") : element.text();
          default -> element.text();
        };
    return value.length() > VALUE_CHARS_MAX ? value.substring(0, VALUE_CHARS_MAX) : value;
  }
}

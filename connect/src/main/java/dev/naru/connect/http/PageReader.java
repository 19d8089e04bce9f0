package dev.naru.connect.http;

import dev.naru.connect.common.HttpCalls;
import dev.naru.connect.common.JsonException;
import dev.naru.connect.common.JsonParser;
import dev.naru.connect.common.JsonPointer;
import dev.naru.connect.common.JsonText;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.connect.errors.ConnectException;

/** Takes answers apart: their records, and where the next page is. Stateless. */
final class PageReader {
  private final HttpSourceConfig config;
  private final JsonPointer records;
  private final JsonPointer cursor;

  /**
   * A page.
   *
   * @param records its records, as JSON values, or texts with format=text
   * @param next the next page, or null after the last one
   */
  record Page(List<Object> records, URI next) {}

  PageReader(HttpSourceConfig config) {
    this.config = config;
    this.records = config.records();
    this.cursor = config.cursor();
  }

  /**
   * Reads an answer.
   *
   * @param count how many pages of the round came before
   * @throws ConnectException when it is not what the options say
   */
  Page read(URI uri, HttpCalls.Answer answer, int count) {
    Object document = null;
    List<Object> found = new ArrayList<>();
    switch (config.format()) {
      case TEXT -> found.add(answer.text());
      case LINES -> answer.text().lines().forEach(line -> addLine(uri, line, found));
      case JSON -> {
        document = parsed(uri, answer.text());
        Object at = records.in(document);
        if (at instanceof List<?> list) {
          found.addAll(list);
        } else if (at != null) {
          found.add(at);
        }
      }
    }
    return new Page(found, next(uri, answer, document, found.isEmpty(), count));
  }

  private void addLine(URI uri, String line, List<Object> found) {
    if (!line.isBlank()) {
      found.add(parsed(uri, line));
    }
  }

  private static Object parsed(URI uri, String text) {
    try {
      return JsonParser.parse(text);
    } catch (JsonException e) {
      throw new ConnectException(
          "The answer of " + HttpCalls.describe(uri) + " is not JSON: " + e.getMessage(), e);
    }
  }

  private URI next(URI uri, HttpCalls.Answer answer, Object document, boolean empty, int count) {
    URI next =
        switch (config.paging()) {
          case NONE -> null;
          case LINK -> Urls.next(uri, answer.headers().allValues("Link"));
          case CURSOR -> atCursor(uri, document);
          case PAGE ->
              empty
                  ? null
                  : Urls.with(
                      uri, config.pageParameter(), String.valueOf(config.firstPage() + count + 1));
        };
    if (next != null && !Urls.isSameOrigin(uri, next)) {
      throw new ConnectException(
          "The next page of "
              + HttpCalls.describe(uri)
              + " is said to be at "
              + HttpCalls.describe(next)
              + ", which is another server; credentials are not sent there.");
    }
    return next;
  }

  private URI atCursor(URI uri, Object document) {
    Object value = cursor.in(document);
    if (value == null || value.equals("") || value.equals(false)) {
      return null;
    }
    String text = value instanceof String plain ? plain : JsonText.of(value);
    return Urls.with(uri, config.cursorParameter(), text);
  }
}

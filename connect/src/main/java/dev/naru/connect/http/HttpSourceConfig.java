package dev.naru.connect.http;

import dev.naru.connect.common.JsonPointer;
import java.util.Map;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Range;
import org.apache.kafka.common.config.ConfigDef.ValidString;
import org.apache.kafka.common.config.ConfigException;

/** The source's options, each declared once. */
public final class HttpSourceConfig extends HttpConfig {
  /** What an answer's body is. */
  enum Format {
    JSON,
    LINES,
    TEXT
  }

  /** How the next page is found. */
  enum Paging {
    NONE,
    LINK,
    CURSOR,
    PAGE
  }

  private static final String TOPIC = "topic";
  private static final String FORMAT = "format";
  private static final String RECORDS = "records.pointer";
  private static final String KEY = "key.pointer";
  private static final String VALUE_FORMAT = "value.format";
  static final String PAGING = "paging";
  private static final String CURSOR_POINTER = "paging.cursor.pointer";
  private static final String CURSOR_PARAMETER = "paging.cursor.parameter";
  private static final String PAGE_PARAMETER = "paging.page.parameter";
  private static final String PAGE_FIRST = "paging.page.first";
  private static final String PAGES_MAX = "paging.pages.max";
  private static final String SINCE_POINTER = "since.pointer";
  private static final String SINCE_PARAMETER = "since.parameter";
  private static final String SINCE_FIRST = "since.first";
  private static final String POLL_INTERVAL_MS = "poll.interval.ms";

  static final ConfigDef DEFINITION =
      limits(
          paging(
              records(
                  calls(
                      new ConfigDef(),
                      "The URL to ask by GET, again and again. Redirects are followed to the same host and port only."))));

  public HttpSourceConfig(Map<String, String> properties) {
    super(DEFINITION, properties, "http-source");
    checkTogether();
  }

  private static ConfigDef records(ConfigDef def) {
    return def.define(
            TOPIC,
            ConfigDef.Type.STRING,
            ConfigDef.NO_DEFAULT_VALUE,
            new ConfigDef.NonEmptyString(),
            Importance.HIGH,
            "The topic that records are written to.")
        .define(
            POLL_INTERVAL_MS,
            ConfigDef.Type.LONG,
            60_000L,
            Range.atLeast(1),
            Importance.HIGH,
            "How many milliseconds after the last page the URL is asked again.")
        .define(
            FORMAT,
            ConfigDef.Type.STRING,
            "json",
            ValidString.in("json", "lines", "text"),
            Importance.HIGH,
            "What an answer is: a JSON document, lines each of which is one, or a text that is one record.")
        .define(
            RECORDS,
            ConfigDef.Type.STRING,
            "",
            JsonPointer::check,
            Importance.HIGH,
            "Where in a JSON document the records are (a JSON pointer, such as /data/items): the elements of an array, or one record that is something else. Empty: the document.")
        .define(
            KEY,
            ConfigDef.Type.STRING,
            null,
            JsonPointer::check,
            Importance.MEDIUM,
            "Where in a record its key is (a JSON pointer); without it records have no key. Keys are texts.")
        .define(
            VALUE_FORMAT,
            ConfigDef.Type.STRING,
            "map",
            ValidString.in("map", "text"),
            Importance.MEDIUM,
            "Whether values are structures, for a JSON converter, or JSON texts, for a string converter.")
        .define(
            SINCE_POINTER,
            ConfigDef.Type.STRING,
            null,
            JsonPointer::check,
            Importance.MEDIUM,
            "Where in a record there is a number or a time that grows (a JSON pointer). Records that are not beyond the largest one seen are left out.")
        .define(
            SINCE_PARAMETER,
            ConfigDef.Type.STRING,
            "",
            Importance.MEDIUM,
            "The query parameter that tells the server the largest one seen; empty: it is not told.")
        .define(
            SINCE_FIRST,
            ConfigDef.Type.STRING,
            "",
            Importance.LOW,
            "What that parameter is as long as nothing was seen; empty: it is left out.");
  }

  private static ConfigDef paging(ConfigDef def) {
    return def.define(
            PAGING,
            ConfigDef.Type.STRING,
            "none",
            ValidString.in("none", "link", "cursor", "page"),
            Importance.MEDIUM,
            "How the next page is found: not at all, by the Link header with rel=next (RFC 8288), by a cursor in the answer, or by counting pages until one has no records.")
        .define(
            CURSOR_POINTER,
            ConfigDef.Type.STRING,
            "",
            JsonPointer::check,
            Importance.MEDIUM,
            "Where in an answer the next page's cursor is (a JSON pointer); none, null or an empty text there ends the round.")
        .define(
            CURSOR_PARAMETER,
            ConfigDef.Type.STRING,
            "cursor",
            new ConfigDef.NonEmptyString(),
            Importance.MEDIUM,
            "The query parameter that the cursor is sent as.")
        .define(
            PAGE_PARAMETER,
            ConfigDef.Type.STRING,
            "page",
            new ConfigDef.NonEmptyString(),
            Importance.MEDIUM,
            "The query parameter that the page's number is sent as.")
        .define(
            PAGE_FIRST,
            ConfigDef.Type.INT,
            1,
            Range.atLeast(0),
            Importance.LOW,
            "The first page's number.")
        .define(
            PAGES_MAX,
            ConfigDef.Type.INT,
            10_000,
            Range.atLeast(1),
            Importance.LOW,
            "How many pages a round may have; more of them are taken for a server that goes round in circles.");
  }

  private void checkTogether() {
    if (paging() == Paging.CURSOR && (format() != Format.JSON || cursor().toString().isEmpty())) {
      throw new ConfigException(
          PAGING + "=cursor needs " + FORMAT + "=json and " + CURSOR_POINTER + ".");
    }
    if (format() == Format.TEXT && (key() != null || since() != null || paging() == Paging.PAGE)) {
      throw new ConfigException(
          FORMAT + "=text has no " + KEY + ", no " + SINCE_POINTER + " and no pages to count.");
    }
    if (!sinceParameter().isEmpty() && since() == null) {
      throw new ConfigException(SINCE_PARAMETER + " needs " + SINCE_POINTER + ".");
    }
    if (url().contains("${")) {
      throw new ConfigException(URL + " of a source has nothing to fill in for ${…}.");
    }
  }

  String topic() {
    return getString(TOPIC);
  }

  long pollIntervalMs() {
    return getLong(POLL_INTERVAL_MS);
  }

  Format format() {
    return choice(FORMAT, Format.class);
  }

  JsonPointer records() {
    return new JsonPointer(getString(RECORDS));
  }

  /** Null without keys. */
  JsonPointer key() {
    return getString(KEY) == null ? null : new JsonPointer(getString(KEY));
  }

  boolean isTextValue() {
    return getString(VALUE_FORMAT).equals("text");
  }

  /** Null when nothing grows. */
  JsonPointer since() {
    return getString(SINCE_POINTER) == null ? null : new JsonPointer(getString(SINCE_POINTER));
  }

  String sinceParameter() {
    return getString(SINCE_PARAMETER);
  }

  String sinceFirst() {
    return getString(SINCE_FIRST);
  }

  Paging paging() {
    return choice(PAGING, Paging.class);
  }

  JsonPointer cursor() {
    return new JsonPointer(getString(CURSOR_POINTER));
  }

  String cursorParameter() {
    return getString(CURSOR_PARAMETER);
  }

  String pageParameter() {
    return getString(PAGE_PARAMETER);
  }

  int firstPage() {
    return getInt(PAGE_FIRST);
  }

  int pagesMax() {
    return getInt(PAGES_MAX);
  }
}

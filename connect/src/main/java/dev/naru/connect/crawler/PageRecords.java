package dev.naru.connect.crawler;

import dev.naru.connect.crawler.page.Page;
import dev.naru.connect.crawler.page.PageField;
import dev.naru.connect.crawler.state.FoundUrl;
import dev.naru.connect.crawler.url.CanonicalUrl;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;

/**
 * Pages as records. A record's JSON stays below a limit: links, then text, are cut until it fits.
 */
final class PageRecords {
  private static final Schema HEADING =
      SchemaBuilder.struct()
          .name("dev.naru.crawler.Heading")
          .field("level", Schema.INT32_SCHEMA)
          .field("text", Schema.STRING_SCHEMA)
          .build();

  static final Schema KEY = Schema.STRING_SCHEMA;

  /** A page's record without fields of the user's own. */
  static final Schema PAGE = schema(List.of());

  private static final int LINKS_MAX = 2_000;

  private final int bytesMax;
  private final List<PageField> fields;
  private final Schema schema;

  PageRecords(int bytesMax, List<PageField> fields) {
    this.bytesMax = bytesMax;
    this.fields = fields;
    this.schema = schema(fields);
  }

  private static Schema schema(List<PageField> fields) {
    SchemaBuilder schema =
        SchemaBuilder.struct()
            .name("dev.naru.crawler.Page")
            .version(1)
            .doc("A page that was crawled.")
            .field("url", Schema.STRING_SCHEMA)
            .field("redirected_from", Schema.OPTIONAL_STRING_SCHEMA)
            .field("status", Schema.INT32_SCHEMA)
            .field("title", Schema.OPTIONAL_STRING_SCHEMA)
            .field("description", Schema.OPTIONAL_STRING_SCHEMA)
            .field("language", Schema.OPTIONAL_STRING_SCHEMA)
            .field("text", Schema.STRING_SCHEMA)
            .field("headings", SchemaBuilder.array(HEADING).build())
            .field("links", SchemaBuilder.array(Schema.STRING_SCHEMA).build())
            .field("canonical", Schema.OPTIONAL_STRING_SCHEMA)
            .field("meta", SchemaBuilder.map(Schema.STRING_SCHEMA, Schema.STRING_SCHEMA).build())
            .field("json_ld", Schema.OPTIONAL_STRING_SCHEMA)
            .field("microdata", Schema.OPTIONAL_STRING_SCHEMA)
            .field("content_type", Schema.OPTIONAL_STRING_SCHEMA)
            .field("content_bytes", Schema.INT64_SCHEMA)
            .field("content_hash", Schema.STRING_SCHEMA)
            .field("depth", Schema.INT32_SCHEMA)
            .field("referrer", Schema.OPTIONAL_STRING_SCHEMA)
            .field("fetched_at", Schema.STRING_SCHEMA);
    for (PageField field : fields) {
      schema.field(
          field.name(),
          field.many()
              ? SchemaBuilder.array(Schema.STRING_SCHEMA).build()
              : Schema.OPTIONAL_STRING_SCHEMA);
    }
    return schema.build();
  }

  /** What the answer was, beside the page that was made of it. */
  record Source(int status, String contentType, long bytes, Instant fetchedAt) {}

  /** The record's value. */
  Struct value(FoundUrl found, Page page, Source source) {
    long room = bytesMax - 4_096 - jsonBytes(found.url().toString()) * 2L;
    room -= jsonBytes(page.title()) + jsonBytes(page.description()) + jsonBytes(found.referrer());
    for (Map.Entry<String, String> entry : page.meta().entrySet()) {
      room -= jsonBytes(entry.getKey()) + jsonBytes(entry.getValue()) + 2;
    }
    Struct value = new Struct(schema);
    room -= putFields(value, page, room / 4);
    String jsonLd = fitting(page.jsonLd(), room / 3);
    room -= jsonBytes(jsonLd);
    String microdata = fitting(page.microdata(), room / 3);
    room -= jsonBytes(microdata);
    List<Struct> headings = headings(page, room / 4);
    room -= headings.stream().mapToLong(h -> jsonBytes(h.getString("text")) + 24).sum();
    String text = clipped(page.text(), room * 2 / 3);
    room -= jsonBytes(text);
    return value
        .put("url", found.url().toString())
        .put("redirected_from", found.redirectedFrom())
        .put("status", source.status())
        .put("title", page.title())
        .put("description", page.description())
        .put("language", page.language())
        .put("text", text)
        .put("headings", headings)
        .put("links", links(page, room))
        .put("canonical", page.canonical() == null ? null : page.canonical().toString())
        .put("meta", page.meta())
        .put("json_ld", jsonLd)
        .put("microdata", microdata)
        .put("content_type", source.contentType())
        .put("content_bytes", source.bytes())
        .put("content_hash", page.contentHash())
        .put("depth", found.depth())
        .put("referrer", found.referrer())
        .put("fetched_at", source.fetchedAt().toString());
  }

  /** Puts in what the user asked for, as far as there is room; the bytes that it takes. */
  private long putFields(Struct value, Page page, long room) {
    long used = 0;
    for (PageField field : fields) {
      List<String> fitting = new ArrayList<>();
      used += jsonBytes(field.name()) + 8;
      for (String found : page.fields().getOrDefault(field.name(), List.of())) {
        long bytes = jsonBytes(found) + 1;
        if (used + bytes <= room) {
          used += bytes;
          fitting.add(found);
        }
      }
      Object first = fitting.isEmpty() ? null : fitting.get(0);
      value.put(field.name(), field.many() ? fitting : first);
    }
    return used;
  }

  /** Half a JSON document is none: it is there or it is not. */
  private static String fitting(String json, long room) {
    return json != null && jsonBytes(json) <= room ? json : null;
  }

  private static List<Struct> headings(Page page, long room) {
    List<Struct> headings = new ArrayList<>();
    long used = 0;
    for (Page.Heading heading : page.headings()) {
      used += jsonBytes(heading.text()) + 24;
      if (used > room) {
        break;
      }
      headings.add(new Struct(HEADING).put("level", heading.level()).put("text", heading.text()));
    }
    return headings;
  }

  private static List<String> links(Page page, long room) {
    List<String> links = new ArrayList<>();
    long used = 0;
    for (CanonicalUrl link : page.links()) {
      used += jsonBytes(link.toString()) + 1;
      if (used > room || links.size() == LINKS_MAX) {
        break;
      }
      links.add(link.toString());
    }
    return links;
  }

  private static String clipped(String text, long room) {
    long used = 2;
    for (int i = 0; i < text.length(); i++) {
      used += jsonBytes(text.charAt(i));
      if (used > room) {
        int end = i > 0 && Character.isHighSurrogate(text.charAt(i - 1)) ? i - 1 : i;
        return text.substring(0, end);
      }
    }
    return text;
  }

  /** How many bytes a text takes as a JSON string in UTF-8; 0 for null. */
  static long jsonBytes(String text) {
    if (text == null) {
      return 0;
    }
    long bytes = 2;
    for (int i = 0; i < text.length(); i++) {
      bytes += jsonBytes(text.charAt(i));
    }
    return bytes;
  }

  private static int jsonBytes(char c) {
    if (c < ' ') {
      return c == '\n' ? 2 : 6;
    }
    if (c < 0x80) {
      return c == '"' || c == '\\' ? 2 : 1;
    }
    // Either half of a surrogate pair accounts for two of its four bytes; a lone one becomes three.
    return c < 0x800 ? 2 : 3;
  }
}

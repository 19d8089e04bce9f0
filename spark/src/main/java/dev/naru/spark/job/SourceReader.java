package dev.naru.spark.job;

import dev.naru.spark.job.SourceSpec.Format;
import dev.naru.spark.job.SourceSpec.Start;
import dev.naru.spark.job.SourceSpec.Watermark;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Reads one of the job file's sources. */
final class SourceReader {
  private SourceReader() {}

  static SourceSpec read(String view, Section source) {
    List<String> topics = source.texts("topic");
    Optional<String> pattern = source.text("topic-pattern");
    if (topics.isEmpty() == pattern.isEmpty()) {
      throw source.missing("topic", "it wants a topic, a list of them, or topic-pattern instead");
    }
    Format format =
        Format.valueOf(
            source.choice("format", "json", "json", "csv", "text").toUpperCase(Locale.ROOT));
    String schema = "";
    if (format == Format.TEXT) {
      if (source.has("schema")) {
        throw source
            .place("schema")
            .mistake("is for json and csv; a text has the one column value");
      }
    } else {
      schema =
          source.required(
              "schema", "the value's fields, such as 'url STRING, fetched_at TIMESTAMP'");
    }
    SourceSpec spec =
        new SourceSpec(
            source.place().words(),
            view,
            topics,
            pattern,
            format,
            schema,
            source.properties("options"),
            source.section("watermark").map(SourceReader::watermark),
            start(source),
            source.text("errors"),
            source.number("max-records-per-batch", 0, 1, Integer.MAX_VALUE),
            source.flag("fail-on-data-loss", true));
    source.end();
    return spec;
  }

  private static Watermark watermark(Section section) {
    Watermark watermark =
        new Watermark(
            section.required("column", "a column of type TIMESTAMP"),
            section
                .duration("delay")
                .orElseThrow(
                    () -> section.missing("delay", "it wants a duration such as 10 minutes")));
    section.end();
    return watermark;
  }

  private static Start start(Section source) {
    String from = source.text("from").orElse("earliest");
    if (from.equals("earliest") || from.equals("latest")) {
      return new Start(from, -1);
    }
    try {
      return new Start("earliest", Instant.parse(from).toEpochMilli());
    } catch (DateTimeParseException e) {
      throw source
          .place("from")
          .mistake(
              "wants earliest, latest or a time such as 2026-01-31T09:00:00Z, not '" + from + "'");
    }
  }
}

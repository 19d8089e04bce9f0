package dev.naru.spark.job;

import dev.naru.spark.job.SinkSpec.Common;
import dev.naru.spark.job.SinkSpec.TableMode;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Reads one of the job file's sinks. */
final class SinkReader {
  private static final List<String> KINDS = List.of("topic", "table", "files", "console");

  private final Section sink;
  private final String view;

  private SinkReader(Section sink, String view) {
    this.sink = sink;
    this.view = view;
  }

  static SinkSpec read(Section section, String view) {
    List<String> kinds = KINDS.stream().filter(section::has).toList();
    if (kinds.size() != 1) {
      throw section
          .misspelt(KINDS)
          .orElseGet(() -> section.place().mistake("wants one of " + String.join(", ", KINDS)));
    }
    SinkReader reader = new SinkReader(section, view);
    SinkSpec spec =
        switch (kinds.get(0)) {
          case "topic" -> reader.topic();
          case "table" -> reader.table();
          case "files" -> reader.files();
          default -> reader.console();
        };
    section.end();
    return spec;
  }

  private Common common(String name, String output) {
    return new Common(
        sink.place().words(),
        sink.text("name").orElse(name),
        view,
        sink.choice("output", output, "append", "update", "complete"));
  }

  private SinkSpec topic() {
    String topic = sink.required("topic", "a topic's name");
    return new SinkSpec.Topic(
        common("topic-" + topic, "append"),
        topic,
        sink.text("key"),
        sink.choice("format", "json", "json", "text").equals("text"),
        (int) sink.number("partitions", 0, 1, 10_000));
  }

  private SinkSpec table() {
    String table = sink.required("table", "a table's name");
    String url = sink.required("url", "a JDBC URL such as jdbc:postgresql://127.0.0.1/test");
    if (!url.startsWith("jdbc:")) {
      throw sink.place("url").mistake("wants a JDBC URL, which begins with jdbc:");
    }
    Optional<String> user = sink.text("user");
    Optional<String> password = sink.text("password");
    String word = sink.choice("mode", "append", "append", "upsert", "complete");
    TableMode mode = TableMode.valueOf(word.toUpperCase(Locale.ROOT));
    List<String> keys = sink.texts("keys");
    if (mode == TableMode.UPSERT && keys.isEmpty()) {
      throw sink.missing("keys", "upsert wants the columns that tell rows apart");
    }
    String output = mode == TableMode.UPSERT ? "update" : word;
    return new SinkSpec.Table(
        common("table-" + table, output),
        table,
        url,
        user,
        password,
        mode,
        keys,
        sink.flag("create", true),
        (int) sink.number("batch-rows", 1_000, 1, 100_000));
  }

  private SinkSpec files() {
    String path = sink.required("files", "a folder");
    return new SinkSpec.Files(
        common("files", "append"), path, sink.choice("format", "json", "json", "csv", "parquet"));
  }

  private SinkSpec console() {
    if (!sink.flag("console", true)) {
      throw sink.place("console").mistake("wants true, or to be left out");
    }
    return new SinkSpec.Console(
        common("console", "update"), (int) sink.number("rows", 20, 1, 10_000));
  }
}

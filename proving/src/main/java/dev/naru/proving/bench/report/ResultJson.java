package dev.naru.proving.bench.report;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import dev.naru.proving.bench.Outcome;
import dev.naru.proving.bench.Row;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalDouble;

/** The outcomes for machines, every single run included. */
public final class ResultJson {
  private ResultJson() {}

  /**
   * @param goals what was to be reached
   */
  public static void write(Path file, Machine machine, List<Outcome> outcomes, Goals goals)
      throws IOException {
    try (Writer writer = Files.newBufferedWriter(file, StandardCharsets.UTF_8);
        JsonGenerator json = new JsonFactory().createGenerator(writer)) {
      json.setPrettyPrinter(new DefaultPrettyPrinter());
      json.writeStartObject();
      write(json, machine);
      json.writeArrayFieldStart("scenarios");
      for (Outcome outcome : outcomes) {
        write(json, outcome);
      }
      json.writeEndArray();
      goals.write(json, outcomes);
      json.writeEndObject();
    }
  }

  static void write(JsonGenerator json, Machine machine) throws IOException {
    json.writeObjectFieldStart("machine");
    json.writeStringField("cpu", machine.cpu());
    json.writeNumberField("cores", machine.cores());
    json.writeNumberField("memory_mb", machine.memoryMb());
    json.writeStringField("system", machine.system());
    json.writeStringField("java", machine.java());
    json.writeNumberField("load_before", machine.load());
    json.writeEndObject();
    json.writeStringField("commit", machine.commit());
    json.writeStringField("date", machine.date());
  }

  private static void write(JsonGenerator json, Outcome outcome) throws IOException {
    json.writeStartObject();
    json.writeStringField("name", outcome.scenario().name());
    json.writeStringField("title", outcome.scenario().title());
    json.writeBooleanField("failed", outcome.hasFailed());
    if (!outcome.note().isEmpty()) {
      json.writeStringField("note", outcome.note());
    }
    json.writeArrayFieldStart("measures");
    for (Row row : outcome.rows()) {
      json.writeStartObject();
      json.writeStringField("name", row.measure().key());
      json.writeStringField("title", row.measure().title());
      json.writeStringField("unit", row.measure().unit());
      json.writeBooleanField("more_is_better", row.measure().moreIsBetter());
      write(json, "kafka", row.kafka());
      write(json, "naru", row.naru());
      write(json, "limit", row.bare());
      write(json, "ratio", row.ratios());
      write(json, "share_of_limit", row.shares());
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeEndObject();
  }

  private static void write(JsonGenerator json, String name, List<Double> values)
      throws IOException {
    OptionalDouble median = Row.median(values);
    if (median.isEmpty()) {
      return;
    }
    json.writeObjectFieldStart(name);
    json.writeNumberField("median", median.getAsDouble());
    json.writeArrayFieldStart("runs");
    for (double value : values) {
      json.writeNumber(value);
    }
    json.writeEndArray();
    json.writeEndObject();
  }
}

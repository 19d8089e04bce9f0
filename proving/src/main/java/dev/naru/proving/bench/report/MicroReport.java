package dev.naru.proving.bench.report;

import static java.util.stream.Collectors.joining;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import dev.naru.cli.Table;
import dev.naru.proving.micro.MicroResult;
import java.io.IOException;
import java.io.PrintStream;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** What {@code --micro} measured, as a table and for machines. */
public final class MicroReport {
  private MicroReport() {}

  public static void print(PrintStream out, Machine machine, List<MicroResult> results) {
    out.println(machine.sentence());
    out.println("Mean time of one operation, with the 99.9 % confidence interval; bytes are heap.");
    out.println();
    Table table = new Table("BENCHMARK", "PARAMETERS", "NS/OP", "±", "B/OP");
    for (MicroResult result : results) {
      table.row(
          result.name(),
          parameters(result.parameters()),
          Numbers.show(result.nsPerOp()),
          shown(result.errorNs()),
          shown(result.bytesPerOp()));
    }
    table.print(out, "");
    out.flush();
  }

  private static String parameters(Map<String, String> parameters) {
    return parameters.isEmpty()
        ? null
        : parameters.entrySet().stream()
            .map(each -> each.getKey() + "=" + each.getValue())
            .collect(joining(", "));
  }

  private static String shown(double value) {
    return Double.isNaN(value) ? null : Numbers.show(value);
  }

  public static void write(Path file, Machine machine, List<MicroResult> results)
      throws IOException {
    try (Writer writer = Files.newBufferedWriter(file, StandardCharsets.UTF_8);
        JsonGenerator json = new JsonFactory().createGenerator(writer)) {
      json.setPrettyPrinter(new DefaultPrettyPrinter());
      json.writeStartObject();
      ResultJson.write(json, machine);
      json.writeArrayFieldStart("benchmarks");
      for (MicroResult result : results) {
        write(json, result);
      }
      json.writeEndArray();
      json.writeEndObject();
    }
  }

  private static void write(JsonGenerator json, MicroResult result) throws IOException {
    json.writeStartObject();
    json.writeStringField("name", result.name());
    json.writeObjectFieldStart("parameters");
    for (Map.Entry<String, String> each : result.parameters().entrySet()) {
      json.writeStringField(each.getKey(), each.getValue());
    }
    json.writeEndObject();
    write(json, "ns_per_op", result.nsPerOp());
    write(json, "error_ns", result.errorNs());
    write(json, "bytes_per_op", result.bytesPerOp());
    json.writeEndObject();
  }

  /** JSON has no NaN: what is not known is left out. */
  private static void write(JsonGenerator json, String name, double value) throws IOException {
    if (!Double.isNaN(value)) {
      json.writeNumberField(name, value);
    }
  }
}

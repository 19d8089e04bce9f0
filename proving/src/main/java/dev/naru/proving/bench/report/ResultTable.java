package dev.naru.proving.bench.report;

import dev.naru.cli.Table;
import dev.naru.proving.bench.Measure;
import dev.naru.proving.bench.Outcome;
import dev.naru.proving.bench.Row;
import java.io.PrintStream;
import java.util.List;

/** The one table: scenario, measure, medians, ratio, spread, limit. */
public final class ResultTable {
  private ResultTable() {}

  public static void print(PrintStream out, Machine machine, List<Outcome> outcomes) {
    out.println(machine.sentence());
    out.println(
        "Medians; ratio is Naru : Kafka, the median over the pairs, and spread its smallest to its"
            + " largest.");
    if (outcomes.stream()
        .flatMap(o -> o.rows().stream())
        .anyMatch(r -> r.measure().worstCounts())) {
      out.println("Of no service, p95 and max are the largest of the runs.");
    }
    out.println();
    Table table = new Table("SCENARIO", "MEASURE", "KAFKA", "NARU", "RATIO", "SPREAD", "LIMIT");
    for (Outcome outcome : outcomes) {
      for (Row row : outcome.rows()) {
        table.row(
            outcome.scenario().name(),
            title(row.measure()),
            Numbers.show(row.summary(row.kafka())),
            Numbers.show(row.summary(row.naru())),
            Numbers.median(row.ratios()),
            Numbers.spread(row.ratios()),
            Numbers.show(row.summary(row.bare())));
      }
      if (!outcome.note().isEmpty()) {
        String what = outcome.hasFailed() ? "FAILED, see below" : outcome.note();
        table.row(outcome.scenario().name(), what, null, null, null, null, null);
      }
    }
    table.print(out, "");
    for (Outcome outcome : outcomes) {
      if (outcome.hasFailed()) {
        out.println();
        out.println(outcome.scenario().name() + " failed: " + outcome.note());
      }
    }
    out.flush();
  }

  static String title(Measure measure) {
    return measure.title() + (measure.unit().isEmpty() ? "" : ", " + measure.unit());
  }
}

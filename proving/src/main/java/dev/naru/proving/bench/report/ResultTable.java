package dev.naru.proving.bench.report;

import dev.naru.cli.Table;
import dev.naru.proving.bench.Measure;
import dev.naru.proving.bench.Outcome;
import dev.naru.proving.bench.Row;
import java.io.PrintStream;
import java.util.List;

/**
 * The one table: scenario, measure, medians, ratio, spread, limit; without ratios where no Apache
 * Kafka was run.
 */
public final class ResultTable {
  private static final String BESIDE =
      "Medians; ratio is Naru : Kafka, the median over the pairs, and spread its smallest to its"
          + " largest.";
  private static final String ALONE =
      "Medians; spread is the smallest to the largest of the runs, and share the median of Naru :"
          + " limit over the pairs.";

  private ResultTable() {}

  public static void print(PrintStream out, Machine machine, List<Outcome> outcomes) {
    out.println(machine.sentence());
    boolean beside = outcomes.stream().flatMap(o -> o.rows().stream()).anyMatch(Row::hasKafka);
    out.println(beside ? BESIDE : ALONE);
    if (outcomes.stream()
        .flatMap(o -> o.rows().stream())
        .anyMatch(r -> r.measure().worstCounts())) {
      out.println("Of no service, p95 and max are the largest of the runs.");
    }
    out.println();
    Table table =
        beside
            ? new Table("SCENARIO", "MEASURE", "KAFKA", "NARU", "RATIO", "SPREAD", "LIMIT")
            : new Table("SCENARIO", "MEASURE", "NARU", "SPREAD", "LIMIT", "SHARE");
    for (Outcome outcome : outcomes) {
      for (Row row : outcome.rows()) {
        table.row(beside ? beside(outcome, row) : alone(outcome, row));
      }
      if (!outcome.note().isEmpty()) {
        String what = outcome.hasFailed() ? "FAILED, see below" : outcome.note();
        Object[] cells = new Object[beside ? 7 : 6];
        cells[0] = outcome.scenario().name();
        cells[1] = what;
        table.row(cells);
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

  private static Object[] beside(Outcome outcome, Row row) {
    return new Object[] {
      outcome.scenario().name(),
      title(row.measure()),
      Numbers.show(row.summary(row.kafka())),
      Numbers.show(row.summary(row.naru())),
      Numbers.median(row.ratios()),
      Numbers.spread(row.ratios()),
      Numbers.show(row.summary(row.bare()))
    };
  }

  private static Object[] alone(Outcome outcome, Row row) {
    return new Object[] {
      outcome.scenario().name(),
      title(row.measure()),
      Numbers.show(row.summary(row.naru())),
      Numbers.spread(row.naru()),
      Numbers.show(row.summary(row.bare())),
      Numbers.median(row.shares())
    };
  }

  static String title(Measure measure) {
    return measure.title() + (measure.unit().isEmpty() ? "" : ", " + measure.unit());
  }
}

package dev.naru.proving.bench.report;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.naru.cli.Table;
import dev.naru.proving.bench.Measure;
import dev.naru.proving.bench.Outcome;
import dev.naru.proving.bench.Row;
import java.io.IOException;
import java.io.PrintStream;
import java.util.List;
import java.util.OptionalDouble;

/** What a cluster is to reach, and whether it did. */
public final class Goals {
  private enum Kind {
    NARU_AT_MOST("at most ", ""),
    RATIO_AT_MOST("at most ", " of Kafka's"),
    RATIO_AT_LEAST("at least ", " times Kafka's");

    private final String before;
    private final String after;

    Kind(String before, String after) {
      this.before = before;
      this.after = after;
    }
  }

  private record Goal(String what, String scenario, Measure measure, Kind kind, double bound) {

    String demand() {
      String unit = kind == Kind.NARU_AT_MOST ? " " + measure.unit() : "";
      return kind.before + Numbers.show(bound) + unit + kind.after;
    }

    /** Empty when it was not measured, or failed. */
    OptionalDouble seen(List<Outcome> outcomes) {
      for (Outcome outcome : outcomes) {
        if (outcome.scenario().name().equals(scenario) && !outcome.hasFailed()) {
          for (Row row : outcome.rows()) {
            if (row.measure() == measure) {
              return kind == Kind.NARU_AT_MOST ? row.summary(row.naru()) : Row.median(row.ratios());
            }
          }
        }
      }
      return OptionalDouble.empty();
    }

    boolean isReachedBy(double value) {
      return kind == Kind.RATIO_AT_LEAST ? value >= bound : value <= bound;
    }
  }

  private static final double THIRD = 1.0 / 3;

  /** Less than this many MB are the heads of empty files, not a log. */
  private static final double NOTHING_MB = 0.1;

  private static final List<Goal> CLUSTER =
      List.of(
          ratio("throughput, acks=all", "throughput", Measure.THROUGHPUT, 2, true),
          ratio("p99 at 1,000 records/s", "fixed-rate/1k", Measure.P99, 0.25, false),
          ratio("p99 at 5,000 records/s", "fixed-rate/5k", Measure.P99, 0.25, false),
          naru("no service after kill -9, p95", "owner-killed", Measure.NO_SERVICE_P95, 3),
          naru("no service after kill -9, max", "owner-killed", Measure.NO_SERVICE_MAX, 6),
          ratio("no service after kill -9", "owner-killed", Measure.NO_SERVICE, THIRD, false),
          naru("a fourth node owns its share, since its start", "join", Measure.SHARE, 5),
          naru("log copied to it", "join", Measure.COPIED, NOTHING_MB),
          naru("takeover of 2,000 partitions", "takeover", Measure.TAKEN_OVER, 10),
          ratio("resident memory of an idle node", "form", Measure.RESIDENT, 0.5, false));

  private Goals() {}

  private static Goal naru(String what, String scenario, Measure measure, double bound) {
    return new Goal(what, "cluster/" + scenario, measure, Kind.NARU_AT_MOST, bound);
  }

  private static Goal ratio(
      String what, String scenario, Measure measure, double bound, boolean atLeast) {
    Kind kind = atLeast ? Kind.RATIO_AT_LEAST : Kind.RATIO_AT_MOST;
    return new Goal(what, "cluster/" + scenario, measure, kind, bound);
  }

  public static void printCluster(PrintStream out, List<Outcome> outcomes) {
    out.println();
    Table table = new Table("WHAT", "GOAL", "SEEN", "REACHED");
    for (Goal goal : CLUSTER) {
      OptionalDouble seen = goal.seen(outcomes);
      table.row(goal.what(), goal.demand(), Numbers.show(seen), reached(goal, seen));
    }
    table.print(out, "");
    out.flush();
  }

  private static String reached(Goal goal, OptionalDouble seen) {
    if (seen.isEmpty()) {
      return "not measured";
    }
    return goal.isReachedBy(seen.getAsDouble()) ? "yes" : "no";
  }

  static void writeCluster(JsonGenerator json, List<Outcome> outcomes) throws IOException {
    json.writeArrayFieldStart("goals");
    for (Goal goal : CLUSTER) {
      OptionalDouble seen = goal.seen(outcomes);
      json.writeStartObject();
      json.writeStringField("what", goal.what());
      json.writeStringField("goal", goal.demand());
      if (seen.isPresent()) {
        json.writeNumberField("seen", seen.getAsDouble());
        json.writeBooleanField("reached", goal.isReachedBy(seen.getAsDouble()));
      }
      json.writeEndObject();
    }
    json.writeEndArray();
  }
}

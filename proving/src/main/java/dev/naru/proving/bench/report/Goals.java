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

/** What is to be reached, and whether it was. */
public final class Goals {
  private enum Kind {
    NARU_AT_MOST("at most ", "", false),
    NARU_AT_LEAST("at least ", "", true),
    RATIO_AT_MOST("at most ", " of Kafka's", false),
    RATIO_AT_LEAST("at least ", " times Kafka's", true),
    SHARE_AT_LEAST("at least ", " of the limit", true);

    private final String before;
    private final String after;
    private final boolean atLeast;

    Kind(String before, String after, boolean atLeast) {
      this.before = before;
      this.after = after;
      this.atLeast = atLeast;
    }

    /** Whether it is Naru's own value that counts, in the measure's unit. */
    private boolean isAbsolute() {
      return this == NARU_AT_MOST || this == NARU_AT_LEAST;
    }

    private OptionalDouble value(Row row) {
      return switch (this) {
        case NARU_AT_MOST, NARU_AT_LEAST -> row.summary(row.naru());
        case RATIO_AT_MOST, RATIO_AT_LEAST -> Row.median(row.ratios());
        case SHARE_AT_LEAST -> Row.median(row.shares());
      };
    }
  }

  private record Goal(String what, String scenario, Measure measure, Kind kind, double bound) {

    String demand() {
      String unit = kind.isAbsolute() ? " " + measure.unit() : "";
      return kind.before + Numbers.show(bound) + unit + kind.after;
    }

    /** Empty when it was not measured, or failed. */
    OptionalDouble seen(List<Outcome> outcomes) {
      for (Outcome outcome : outcomes) {
        if (outcome.scenario().name().equals(scenario) && !outcome.hasFailed()) {
          for (Row row : outcome.rows()) {
            if (row.measure() == measure) {
              return kind.value(row);
            }
          }
        }
      }
      return OptionalDouble.empty();
    }

    boolean isReachedBy(double value) {
      return kind.atLeast ? value >= bound : value <= bound;
    }
  }

  private static final double THIRD = 1.0 / 3;

  /** Less than this many MB are the heads of empty files, not a log. */
  private static final double NOTHING_MB = 0.1;

  private static final double IDLE_MB = 90;
  private static final double CONNECTED_MS = 3_000;

  /** Ten million addresses took 9 MB; what grew with them would be far beyond this. */
  private static final double CRAWL_HEAP_MB = 32;

  /** None. */
  public static final Goals NONE = new Goals(List.of());

  /** Of a cluster of three. */
  public static final Goals CLUSTER =
      new Goals(
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
              ratio("resident memory of an idle node", "form", Measure.RESIDENT, 0.5, false)));

  /** Of what connectors do. */
  public static final Goals FLOWS =
      new Goals(
          List.of(
              flow("resident memory of an idle node", "idle", Measure.RESIDENT, IDLE_MB),
              flow("the same, HTTP asked", "idle/http", Measure.RESIDENT, IDLE_MB),
              flow("the same, a connector deleted", "idle/restarted", Measure.RESIDENT, IDLE_MB),
              flow("start to first connector", "connect", Measure.CONNECTED, CONNECTED_MS),
              flow("restart to it", "connect", Measure.CONNECTED_AGAIN, CONNECTED_MS),
              new Goal("pages crawled", "flows/crawler", Measure.PAGES, Kind.NARU_AT_LEAST, 1_000),
              flow("heap with all addresses known", "crawler-memory", Measure.HEAP, CRAWL_HEAP_MB),
              new Goal(
                  "rows into PostgreSQL",
                  "flows/jdbc-sink",
                  Measure.ROWS,
                  Kind.SHARE_AT_LEAST,
                  0.8),
              flow("lag of captured changes, p99", "capture", Measure.P99, 1_000)));

  private final List<Goal> goals;

  private Goals(List<Goal> goals) {
    this.goals = goals;
  }

  private static Goal naru(String what, String scenario, Measure measure, double bound) {
    return new Goal(what, "cluster/" + scenario, measure, Kind.NARU_AT_MOST, bound);
  }

  private static Goal flow(String what, String scenario, Measure measure, double bound) {
    return new Goal(what, "flows/" + scenario, measure, Kind.NARU_AT_MOST, bound);
  }

  private static Goal ratio(
      String what, String scenario, Measure measure, double bound, boolean atLeast) {
    Kind kind = atLeast ? Kind.RATIO_AT_LEAST : Kind.RATIO_AT_MOST;
    return new Goal(what, "cluster/" + scenario, measure, kind, bound);
  }

  /** A line for each; nothing when there are none. */
  public void print(PrintStream out, List<Outcome> outcomes) {
    if (goals.isEmpty()) {
      return;
    }
    out.println();
    Table table = new Table("WHAT", "GOAL", "SEEN", "REACHED");
    for (Goal goal : goals) {
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

  void write(JsonGenerator json, List<Outcome> outcomes) throws IOException {
    if (goals.isEmpty()) {
      return;
    }
    json.writeArrayFieldStart("goals");
    for (Goal goal : goals) {
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

package dev.naru.proving.bench.report;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.naru.cli.Table;
import dev.naru.proving.bench.Measure;
import dev.naru.proving.bench.Outcome;
import dev.naru.proving.bench.Row;
import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.stream.Collectors;

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

  private static final double QUARTER = 1.0 / 4;
  private static final double HALF = 1.0 / 2;
  private static final double START_MS = 500;

  /** With the AOT cache that comes with that version. */
  private static final double START_ON_25_MS = 350;

  private static final int WITH_AOT_CACHE = 25;

  /** Of one node. */
  public static final Goals NODE = new Goals(ofNode());

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

  private static List<Goal> ofNode() {
    double startMs = Runtime.version().feature() >= WITH_AOT_CACHE ? START_ON_25_MS : START_MS;
    List<Goal> all = new ArrayList<>();
    all.add(atMost("start to first served request", "start", Measure.START, 1.0 / 8));
    all.add(new Goal("the same", "start", Measure.START, Kind.NARU_AT_MOST, startMs));
    all.add(atMost("idle resident memory", "idle", Measure.RESIDENT, QUARTER));
    all.add(new Goal("the same", "idle", Measure.RESIDENT, Kind.NARU_AT_MOST, IDLE_MB));
    all.add(atMost("server CPU per GB produced", "produce/all", Measure.CPU_PER_GB, THIRD));
    all.add(atMost("server CPU per GB consumed", "consume/start", Measure.CPU_PER_GB, THIRD));
    all.add(
        atMost(
            "server CPU per single-record request",
            "small-requests",
            Measure.CPU_PER_MILLION,
            HALF));
    all.add(atLeast("produce throughput, acks=all", "produce/all", 2));
    all.add(share("the same", "produce/all", 0.7));
    all.add(atLeast("consume throughput", "consume/start", 1.5));
    all.add(share("the same", "consume/start", 0.8));
    for (String rate : List.of("1k", "10k", "50k")) {
      String scenario = "latency/" + rate;
      all.add(atMost("p99 at " + rate + " records/s", scenario, Measure.P99, HALF));
      all.add(atMost("p99.9 at " + rate + " records/s", scenario, Measure.P999, HALF));
    }
    all.add(new Goal("transactions", "transactions", Measure.TRANSACTIONS, Kind.RATIO_AT_LEAST, 2));
    all.add(atMost("restart with 10,000 partitions", "partitions", Measure.READY, 0.1));
    all.add(atMost("memory with 10,000 partitions", "partitions", Measure.RESIDENT, QUARTER));
    all.add(atMost("recovery after kill -9", "recovery", Measure.READY, 0.2));
    return all;
  }

  private static Goal atMost(String what, String scenario, Measure measure, double ratio) {
    return new Goal(what, scenario, measure, Kind.RATIO_AT_MOST, ratio);
  }

  private static Goal atLeast(String what, String scenario, double ratio) {
    return new Goal(what, scenario, Measure.THROUGHPUT, Kind.RATIO_AT_LEAST, ratio);
  }

  private static Goal share(String what, String scenario, double share) {
    return new Goal(what, scenario, Measure.THROUGHPUT, Kind.SHARE_AT_LEAST, share);
  }

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

  /** Those of the scenarios that ran. */
  private List<Goal> of(List<Outcome> outcomes) {
    Set<String> ran =
        outcomes.stream().map(each -> each.scenario().name()).collect(Collectors.toSet());
    return goals.stream().filter(goal -> ran.contains(goal.scenario())).toList();
  }

  /** A line for each; nothing when there are none. */
  public void print(PrintStream out, List<Outcome> outcomes) {
    List<Goal> wanted = of(outcomes);
    if (wanted.isEmpty()) {
      return;
    }
    out.println();
    Table table = new Table("WHAT", "GOAL", "SEEN", "REACHED");
    for (Goal goal : wanted) {
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
    List<Goal> wanted = of(outcomes);
    if (wanted.isEmpty()) {
      return;
    }
    json.writeArrayFieldStart("goals");
    for (Goal goal : wanted) {
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

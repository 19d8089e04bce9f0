package dev.naru.proving.bench;

import dev.naru.proving.bench.node.Contender;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** What the runs of one scenario gave; filled by {@link Bench}. */
public final class Outcome {
  private final Scenario scenario;
  private final Map<Contender, List<Figures>> runs = new EnumMap<>(Contender.class);
  private String note = "";
  private String log = "";
  private boolean failed;

  Outcome(Scenario scenario) {
    this.scenario = scenario;
  }

  void add(Contender contender, Figures figures) {
    runs.computeIfAbsent(contender, none -> new ArrayList<>()).add(figures);
  }

  /**
   * @param logEnd the last lines that the node printed
   */
  void fail(String why, String logEnd) {
    failed = true;
    note = why;
    log = logEnd;
  }

  public Scenario scenario() {
    return scenario;
  }

  public boolean hasFailed() {
    return failed;
  }

  /** Why there are no figures, or not all of them; empty when there is nothing to say. */
  public String note() {
    return note;
  }

  /**
   * The last lines that the node printed which a scenario failed with; empty when there are none.
   */
  public String log() {
    return log;
  }

  /** A measure's value in each run, in the order of the pairs. */
  public List<Double> values(Contender contender, Measure measure) {
    List<Double> values = new ArrayList<>();
    for (Figures figures : runs.getOrDefault(contender, List.of())) {
      Double value = figures.values().get(measure);
      if (value != null) {
        values.add(value);
      }
    }
    return values;
  }

  /** One row for each measure that a node gave. */
  public List<Row> rows() {
    List<Row> rows = new ArrayList<>();
    for (Measure measure : Measure.values()) {
      Row row =
          new Row(
              measure,
              values(Contender.KAFKA, measure),
              values(Contender.NARU, measure),
              values(Contender.BARE, measure));
      if (!row.kafka().isEmpty() || !row.naru().isEmpty()) {
        rows.add(row);
      }
    }
    return rows;
  }
}

package dev.naru.proving.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.proving.bench.node.Contender;
import dev.naru.proving.bench.report.Goals;
import dev.naru.proving.bench.scenario.Scenarios;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class GoalsTest {
  private final List<Outcome> outcomes = new ArrayList<>();

  private Outcome ran(String scenario) {
    Scenario known =
        Scenarios.ofFlows().stream()
            .filter(each -> each.name().equals(scenario))
            .findFirst()
            .orElseThrow();
    Outcome outcome = new Outcome(known);
    outcomes.add(outcome);
    return outcome;
  }

  private String line(String what) {
    return lines(Goals.FLOWS).stream()
        .filter(line -> line.startsWith(what))
        .findFirst()
        .orElseThrow();
  }

  private List<String> lines(Goals goals) {
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    goals.print(new PrintStream(printed, true, StandardCharsets.UTF_8), outcomes);
    return printed.toString(StandardCharsets.UTF_8).lines().toList();
  }

  /** A goal that names no scenario would never be held against anything. */
  @Test
  void everyGoalIsOfAScenarioThatThereIs() {
    Scenarios.all().forEach(each -> outcomes.add(new Outcome(each)));
    assertEquals(21 + 2, lines(Goals.NODE).size());
    outcomes.clear();
    Scenarios.ofClusters().forEach(each -> outcomes.add(new Outcome(each)));
    assertEquals(10 + 2, lines(Goals.CLUSTER).size());
    outcomes.clear();
    Scenarios.ofFlows().forEach(each -> outcomes.add(new Outcome(each)));
    assertEquals(9 + 2, lines(Goals.FLOWS).size());
  }

  @Test
  void whatDidNotRunHasNoLine() {
    ran("flows/crawler").add(Contender.NARU, of(Measure.PAGES, 1_200));
    assertEquals(1 + 2, lines(Goals.FLOWS).size());
  }

  private static Figures of(Measure measure, double value) {
    return new Figures().put(measure, value);
  }

  @Test
  void aShareOfTheLimitIsTheMedianOfThePairs() {
    Outcome sink = ran("flows/jdbc-sink");
    double[][] pairs = {{90, 100}, {300, 1_000}, {85, 100}};
    for (double[] pair : pairs) {
      sink.add(Contender.NARU, of(Measure.ROWS, pair[0]));
      sink.add(Contender.BARE, of(Measure.ROWS, pair[1]));
    }
    assertEquals(
        List.of("at least 0.80 of the limit", "0.85", "yes"),
        List.of(line("rows into PostgreSQL").split("  +")).subList(1, 4));
  }

  @Test
  void moreThanIsAskedForIsReached() {
    Outcome crawler = ran("flows/crawler");
    crawler.add(Contender.NARU, of(Measure.PAGES, 1_200));
    assertTrue(line("pages crawled").endsWith("yes"), line("pages crawled"));
  }

  @Test
  void longerThanIsAllowedIsNot() {
    Outcome capture = ran("flows/capture");
    capture.add(Contender.NARU, of(Measure.P99, 1_001));
    assertTrue(line("lag of captured").endsWith("no"), line("lag of captured"));
  }

  @Test
  void whatFailedCountsAsNotMeasured() {
    Outcome crawler = ran("flows/crawler");
    crawler.add(Contender.NARU, of(Measure.PAGES, 1_200));
    crawler.fail("the second run broke", "");
    assertTrue(line("pages crawled").endsWith("not measured"), line("pages crawled"));
  }
}

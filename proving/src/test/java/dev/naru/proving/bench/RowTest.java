package dev.naru.proving.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class RowTest {
  @Test
  void theMedianIsTheMiddleOne() {
    assertEquals(2, Row.median(List.of(9.0, 1.0, 2.0)).getAsDouble());
    assertEquals(1.5, Row.median(List.of(2.0, 1.0)).getAsDouble());
    assertTrue(Row.median(List.of()).isEmpty());
  }

  @Test
  void onlyTheTwoOfAPairAreCompared() {
    Row row = new Row(Measure.THROUGHPUT, List.of(1.0, 10.0, 100.0), List.of(2.0, 30.0), List.of());
    assertEquals(List.of(2.0, 3.0), row.ratios());
  }

  @Test
  void aShareIsOfTheLimitOfTheSamePair() {
    Row row = new Row(Measure.ROWS, List.of(), List.of(2.0, 30.0), List.of(4.0, 40.0, 100.0));
    assertEquals(List.of(0.5, 0.75), row.shares());
  }

  @Test
  void ofWhatMustNeverHappenTheWorstRunIsShown() {
    List<Double> runs = List.of(4.0, 7.0, 5.0);
    assertEquals(
        7, new Row(Measure.NO_SERVICE_MAX, runs, runs, List.of()).summary(runs).getAsDouble());
    assertEquals(5, new Row(Measure.NO_SERVICE, runs, runs, List.of()).summary(runs).getAsDouble());
  }
}

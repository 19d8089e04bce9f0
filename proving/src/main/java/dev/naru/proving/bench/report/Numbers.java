package dev.naru.proving.bench.report;

import dev.naru.proving.bench.Row;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/** Numbers as people read them: three digits that count. */
final class Numbers {
  private Numbers() {}

  static String show(double value) {
    double size = Math.abs(value);
    String format = size >= 100 ? "%.0f" : size >= 10 ? "%.1f" : "%.2f";
    return String.format(Locale.ROOT, format, value);
  }

  static String median(List<Double> values) {
    return show(Row.median(values));
  }

  static String show(OptionalDouble value) {
    return value.isPresent() ? show(value.getAsDouble()) : "-";
  }

  /** From the smallest to the largest. */
  static String spread(List<Double> values) {
    return values.isEmpty()
        ? "-"
        : show(Collections.min(values)) + " to " + show(Collections.max(values));
  }
}

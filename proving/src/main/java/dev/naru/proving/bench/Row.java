package dev.naru.proving.bench;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.OptionalDouble;

/**
 * One measure of one scenario, over all pairs.
 *
 * @param kafka Apache Kafka's value in each pair
 * @param naru Naru's
 * @param bare the limit's; empty where there is none
 */
public record Row(Measure measure, List<Double> kafka, List<Double> naru, List<Double> bare) {

  /** Whether Apache Kafka was measured. */
  public boolean hasKafka() {
    return !kafka.isEmpty();
  }

  /** The middle one; the mean of the two in the middle when their number is even. */
  public static OptionalDouble median(List<Double> values) {
    if (values.isEmpty()) {
      return OptionalDouble.empty();
    }
    List<Double> sorted = new ArrayList<>(values);
    Collections.sort(sorted);
    int middle = sorted.size() / 2;
    return OptionalDouble.of(
        sorted.size() % 2 == 1
            ? sorted.get(middle)
            : (sorted.get(middle - 1) + sorted.get(middle)) / 2);
  }

  /** One value for all runs: the median, or the largest where that is what counts. */
  public OptionalDouble summary(List<Double> runs) {
    return measure.worstCounts()
        ? runs.stream().mapToDouble(Double::doubleValue).max()
        : median(runs);
  }

  /**
   * Naru : Kafka in each pair. Only the two of one pair are compared, because what else the machine
   * does changes from one minute to the next.
   */
  public List<Double> ratios() {
    return ratios(naru, kafka);
  }

  /** Naru : limit in each pair. */
  public List<Double> shares() {
    return ratios(naru, bare);
  }

  private static List<Double> ratios(List<Double> some, List<Double> others) {
    List<Double> ratios = new ArrayList<>();
    for (int i = 0; i < Math.min(some.size(), others.size()); i++) {
      if (others.get(i) > 0) {
        ratios.add(some.get(i) / others.get(i));
      }
    }
    return ratios;
  }
}

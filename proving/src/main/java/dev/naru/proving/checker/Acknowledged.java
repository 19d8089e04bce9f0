package dev.naru.proving.checker;

import java.util.List;
import java.util.function.Predicate;

/**
 * How many records were acknowledged in a while, and how long those that were sent in it waited.
 *
 * @param seconds how long the while was
 * @param waitedNs the times from send to acknowledgement, shortest first
 */
public record Acknowledged(double seconds, List<Long> waitedNs) {
  private static final double NS_PER_S = 1e9;
  private static final double NS_PER_MS = 1e6;

  /** Looks at what was sent to some partitions between two times of the history's clock. */
  public static Acknowledged of(
      History history, Predicate<PartitionId> which, long fromNs, long toNs) {
    List<Long> waited;
    synchronized (history.sends()) {
      waited =
          history.sends().stream()
              .filter(send -> which.test(send.partition))
              .filter(send -> send.outcome == Outcome.OK)
              .filter(send -> send.startNs >= fromNs && send.startNs < toNs)
              .map(send -> send.endNs - send.startNs)
              .sorted()
              .toList();
    }
    return new Acknowledged((toNs - fromNs) / NS_PER_S, waited);
  }

  public double perSecond() {
    return waitedNs.size() / seconds;
  }

  /** Not a number when there was nothing. */
  public double percentileMs(double percentile) {
    if (waitedNs.isEmpty()) {
      return Double.NaN;
    }
    int at = (int) Math.ceil((waitedNs.size() - 1) * percentile / 100);
    return waitedNs.get(at) / NS_PER_MS;
  }

  @Override
  public String toString() {
    return "%.0f/s, p50 %.0f ms, p99 %.0f ms"
        .formatted(perSecond(), percentileMs(50), percentileMs(99));
  }
}

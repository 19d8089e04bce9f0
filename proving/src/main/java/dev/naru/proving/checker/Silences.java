package dev.naru.proving.checker;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * How long each partition of a topic went without an acknowledgement while records were sent to it
 * all the time: what clients notice of a fault.
 *
 * @param longestNs the longest time of each partition, in nanoseconds, shortest first
 */
public record Silences(List<Long> longestNs) {
  private static final double NS_PER_S = 1e9;

  /**
   * Looks between two times of the history's clock; a partition that was acknowledged nothing after
   * {@code fromNs} was silent until {@code toNs}.
   */
  public static Silences of(History history, String topic, long fromNs, long toNs) {
    Map<PartitionId, List<Long>> ends = new TreeMap<>();
    synchronized (history.sends()) {
      for (History.Send send : history.sends()) {
        if (send.partition.topic().equals(topic)) {
          List<Long> times = ends.computeIfAbsent(send.partition, p -> new ArrayList<>());
          if (send.outcome == Outcome.OK && send.endNs >= fromNs && send.endNs <= toNs) {
            times.add(send.endNs);
          }
        }
      }
    }
    return new Silences(
        ends.values().stream().map(t -> longest(t, fromNs, toNs)).sorted().toList());
  }

  private static long longest(List<Long> times, long fromNs, long toNs) {
    long longest = 0;
    long before = fromNs;
    for (long time : times.stream().sorted().toList()) {
      longest = Math.max(longest, time - before);
      before = time;
    }
    return Math.max(longest, toNs - before);
  }

  /** All of both. */
  public Silences and(Silences other) {
    List<Long> all = new ArrayList<>(longestNs);
    all.addAll(other.longestNs);
    return new Silences(all.stream().sorted().toList());
  }

  @Override
  public String toString() {
    if (longestNs.isEmpty()) {
      return "no partitions";
    }
    int last = longestNs.size() - 1;
    return "longest time without an acknowledgement: median %.1f s, p95 %.1f s, max %.1f s"
        .formatted(
            longestNs.get(last / 2) / NS_PER_S,
            longestNs.get((int) Math.ceil(last * 0.95)) / NS_PER_S,
            longestNs.get(last) / NS_PER_S);
  }
}

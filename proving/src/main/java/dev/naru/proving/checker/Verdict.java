package dev.naru.proving.checker;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** What the checker found, with the figures that say how much it had to look at. */
public record Verdict(
    List<Violation> violations, long sends, long unknown, long visible, long transactions) {
  private static final int SHOWN_MAX = 20;

  /** With what was found by other means. */
  public Verdict with(List<Violation> more) {
    List<Violation> all = new ArrayList<>(violations);
    all.addAll(more);
    return new Verdict(List.copyOf(all), sends, unknown, visible, transactions);
  }

  /** Too many outcomes are unknown for the rest to prove anything. */
  public boolean inconclusive() {
    return sends == 0 || unknown > sends * Checker.UNKNOWN_SHARE_MAX;
  }

  public boolean passed() {
    return violations.isEmpty() && !inconclusive();
  }

  @Override
  public String toString() {
    String figures =
        "%d sends (%d unknown), %d records visible, %d transactions, %d violations%s"
            .formatted(
                sends,
                unknown,
                visible,
                transactions,
                violations.size(),
                inconclusive() ? ", inconclusive" : "");
    return violations.stream()
        .limit(SHOWN_MAX)
        .map(v -> "\n  " + v)
        .collect(Collectors.joining("", figures, ""));
  }
}

package dev.naru.proving.checker;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Exactly-once copies: every value of an input partition stands once, and in the same order, in its
 * output.
 */
public final class Copies {
  private static final char SEPARATOR = '|';

  private Copies() {}

  /**
   * The value of a copy; {@code attempt} makes it unique, so that every try can be told from the
   * others.
   */
  public static String copyOf(String value, String attempt) {
    return attempt + SEPARATOR + value;
  }

  private static String original(String copy) {
    return copy.substring(copy.indexOf(SEPARATOR) + 1);
  }

  /** What is wrong with a partition's copy, when the copier has nothing left to do. */
  public static List<Violation> check(
      PartitionId output, List<History.Entry> input, List<History.Entry> copies) {
    List<Violation> violations = new ArrayList<>();
    Map<String, Long> places = new HashMap<>();
    for (History.Entry copy : copies) {
      Long other = places.putIfAbsent(original(copy.value()), copy.offset());
      if (other != null) {
        violations.add(
            new Violation(
                Flaw.DUPLICATED,
                original(copy.value())
                    + " stands in "
                    + output
                    + " at "
                    + other
                    + " and "
                    + copy.offset()));
      }
    }
    long before = -1;
    for (History.Entry entry : input) {
      Long place = places.remove(entry.value());
      if (place == null) {
        violations.add(new Violation(Flaw.LOST, entry.value() + " has no copy in " + output));
        continue;
      }
      if (place < before) {
        violations.add(
            new Violation(
                Flaw.REORDERED, "the copy of " + entry.value() + " in " + output + " at " + place));
      }
      before = place;
    }
    places.forEach(
        (value, place) ->
            violations.add(
                new Violation(
                    Flaw.UNEXPECTED,
                    "a copy in " + output + " at " + place + " of what is not there: " + value)));
    return violations;
  }
}

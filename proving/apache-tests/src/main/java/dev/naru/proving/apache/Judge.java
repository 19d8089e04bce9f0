package dev.naru.proving.apache;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Says whether an outcome is what the checked-in lists say. The lists only shrink: what is on one
 * and passes is a mistake as well.
 */
final class Judge {
  private final ReasonedList outOfScope;
  private final ReasonedList expectedFailures;

  Judge(ReasonedList outOfScope, ReasonedList expectedFailures) {
    this.outOfScope = outOfScope;
    this.expectedFailures = expectedFailures;
  }

  /** One sentence about what is wrong with an outcome, or null. */
  String mistake(TestOutcome outcome) {
    String expected = expectedFailures.reason(outcome.id());
    String outside = outOfScope.reason(outcome.id());
    return switch (outcome.status()) {
      case PASSED ->
          expected != null || outside != null
              ? "passes: take it off the list, which says: "
                  + (expected != null ? expected : outside)
              : null;
      case FAILED -> expected != null || outside != null ? null : outcome.reason();
      case OUT_OF_SCOPE ->
          outside == null
              ? "asks for " + outcome.reason() + ", and out-of-scope.txt does not name it"
              : null;
      case SKIPPED -> null;
    };
  }

  /** Expected failures of a class that ran, of which nothing was seen. */
  Set<String> missing(String className, List<TestOutcome> outcomes) {
    Set<String> missing = new HashSet<>();
    for (String name : expectedFailures.names()) {
      if (name.startsWith(className + "#")) {
        if (outcomes.stream().noneMatch(seen -> ReasonedList.matches(name, seen.id()))) {
          missing.add(name);
        }
      }
    }
    return missing;
  }
}

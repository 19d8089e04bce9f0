package dev.naru.proving.apache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.naru.proving.apache.TestOutcome.Status;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class JudgeTest {
  private final Judge judge =
      new Judge(
          ReasonedList.parse(List.of("# no such thing here", "a.Test#inside", "a.Test#many*new*")),
          ReasonedList.parse(List.of("# not yet", "", "a.Test#known")));

  @Test
  void acceptsWhatPasses() {
    assertNull(judge.mistake(outcome(Status.PASSED, "a.Test#fine")));
  }

  @Test
  void reportsWhatFailsUnlessItIsExpected() {
    assertEquals("why", judge.mistake(outcome(Status.FAILED, "a.Test#fine")));
    assertNull(judge.mistake(outcome(Status.FAILED, "a.Test#known")));
    assertNull(judge.mistake(outcome(Status.FAILED, "a.Test#many [2] new, true")));
    assertNotNull(judge.mistake(outcome(Status.FAILED, "a.Test#many [1] old, true")));
  }

  @Test
  void reportsWhatIsOnAListAndPasses() {
    assertNotNull(judge.mistake(outcome(Status.PASSED, "a.Test#known")));
    assertNotNull(judge.mistake(outcome(Status.PASSED, "a.Test#inside")));
  }

  @Test
  void reportsWhatIsOutOfScopeAndNotNamed() {
    assertNull(judge.mistake(outcome(Status.OUT_OF_SCOPE, "a.Test#inside")));
    assertNotNull(judge.mistake(outcome(Status.OUT_OF_SCOPE, "a.Test#fine")));
  }

  @Test
  void reportsExpectedFailuresThatAreNotThere() {
    List<TestOutcome> seen = List.of(outcome(Status.PASSED, "a.Test#fine"));
    assertEquals(Set.of("a.Test#known"), judge.missing("a.Test", seen));
    assertEquals(Set.of(), judge.missing("a.Tes", seen));
  }

  @Test
  void aListGivesAReasonForEveryName() {
    assertThrows(IllegalArgumentException.class, () -> ReasonedList.parse(List.of("a.Test#x")));
    assertThrows(
        IllegalArgumentException.class, () -> ReasonedList.parse(List.of("# y", "a.T", "a.T")));
  }

  @Test
  void aReasonMayHaveSeveralLines() {
    ReasonedList list =
        ReasonedList.parse(
            List.of("## of all", "", "# one", "# two", "a.Test#x", "# 3", "a.Test#y"));
    assertEquals("one two", list.reason("a.Test#x"));
    assertEquals("3", list.reason("a.Test#y"));
    assertNull(list.reason("a.Test#z"));
  }

  private static TestOutcome outcome(Status status, String id) {
    return new TestOutcome(status, id, 1, "why");
  }
}

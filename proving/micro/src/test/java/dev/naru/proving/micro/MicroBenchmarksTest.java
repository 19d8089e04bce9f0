package dev.naru.proving.micro;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The benchmarks never rot: each of them runs, tiny, and what it measures is measured. */
class MicroBenchmarksTest {
  @Test
  void everyBenchmarkGivesAResult() throws Exception {
    List<String> names = MicroBenchmarks.names();
    List<String> begun = new ArrayList<>();

    List<MicroResult> results =
        MicroBenchmarks.run(
            Pattern.compile(""), MicroBenchmarks.Effort.SMOKE, (name, place) -> begun.add(name));

    assertTrue(names.size() >= 8, () -> "only these: " + names);
    assertEquals(names, begun);
    TreeSet<String> measured = new TreeSet<>();
    for (MicroResult result : results) {
      measured.add(result.name());
      assertTrue(result.nsPerOp() > 0, result::toString);
    }
    assertEquals(new TreeSet<>(names), measured);
    long sizes = results.stream().filter(r -> r.name().equals("FrameToAppend.produce")).count();
    assertEquals(3, sizes, "one result for each parameter");
  }

  @Test
  void aNameThatNothingHasGivesNothing() throws Exception {
    assertTrue(
        MicroBenchmarks.run(
                Pattern.compile("nothing of the kind"),
                MicroBenchmarks.Effort.SMOKE,
                (name, place) -> {})
            .isEmpty());
  }
}

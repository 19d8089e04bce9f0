package dev.naru.proving.apache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.naru.proving.node.Places;
import dev.naru.proving.node.TestNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/**
 * Apache Kafka's own one-broker tests against a node: the quick classes, with {@code -Dsoak=true}
 * all of them, with {@code -Dapache.classes=} those that it names. {@code -Dnaru.test.node=kafka}
 * runs them against Apache Kafka, to see that it is not they that are wrong. The output of each
 * class is {@code target/apache/CLASS.log}.
 */
@Tag("once")
class ApacheTestsIT {
  /** Most of them wait more than they work. */
  private static final int AT_A_TIME = 2;

  private static final Path MODULE = Places.root().resolve("proving/apache-tests");

  private final ClassProcess process =
      new ClassProcess(MODULE, MODULE.resolve("target/apache"), Boolean.getBoolean("apache.all"));
  private final Judge judge = new Judge(ReasonedList.load("out-of-scope.txt"), expectedFailures());

  /** Apache Kafka itself has none. */
  private static ReasonedList expectedFailures() {
    return TestNode.Kind.chosen() == TestNode.Kind.KAFKA
        ? ReasonedList.parse(List.of())
        : ReasonedList.load("expected-failures.txt");
  }

  @TestFactory
  Stream<DynamicTest> endAsTheListsSay() {
    ExecutorService pool = Executors.newFixedThreadPool(AT_A_TIME);
    Map<String, Future<List<TestOutcome>>> runs = new LinkedHashMap<>();
    for (String className : chosen()) {
      runs.put(className, pool.submit(() -> process.run(className)));
    }
    pool.shutdown();
    return runs.entrySet().stream().flatMap(run -> tests(run.getKey(), run.getValue()));
  }

  private static List<String> chosen() {
    String given = System.getProperty("apache.classes", "");
    if (!given.isBlank()) {
      return Arrays.asList(given.split(","));
    }
    ClassLists lists = ClassLists.load();
    List<String> chosen = new ArrayList<>(lists.quick());
    if (Boolean.getBoolean("soak")) {
      chosen.addAll(lists.soak());
    }
    return chosen;
  }

  private Stream<DynamicTest> tests(String className, Future<List<TestOutcome>> run) {
    List<TestOutcome> outcomes;
    try {
      outcomes = run.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException(className + " could not be run", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while " + className + " ran", e);
    }
    Stream<DynamicTest> each =
        outcomes.stream().map(outcome -> dynamicTest(outcome.id(), () -> check(outcome)));
    return Stream.concat(each, Stream.of(dynamicTest(className, () -> check(className, outcomes))));
  }

  private void check(TestOutcome outcome) {
    String mistake = judge.mistake(outcome);
    assertTrue(mistake == null, () -> outcome.id() + ": " + mistake);
    assumeTrue(outcome.status() == TestOutcome.Status.PASSED, outcome.reason());
  }

  private void check(String className, List<TestOutcome> outcomes) {
    assertTrue(
        outcomes.stream().anyMatch(outcome -> outcome.status() == TestOutcome.Status.PASSED),
        className + ": not one test passed");
    assertEquals(
        Set.of(), judge.missing(className, outcomes), "expected to fail, and not to be seen");
  }
}

package dev.naru.proving.apache;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.test.junit.RaftClusterInvocationContext;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.TestSource;
import org.junit.platform.engine.support.descriptor.ClassSource;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/**
 * Runs test classes in this JVM and writes a line for each test as it ends. Arguments: the results
 * file, then the classes. The details of failures go to the standard output.
 */
public final class ClassRun implements TestExecutionListener {
  private final PrintWriter results;
  private final Map<String, Long> startedNs = new HashMap<>();
  private TestPlan plan;

  private ClassRun(PrintWriter results) {
    this.results = results;
  }

  public static void main(String[] args) throws IOException {
    LauncherDiscoveryRequest request =
        LauncherDiscoveryRequestBuilder.request()
            .selectors(
                Arrays.stream(args)
                    .skip(1)
                    .map(name -> selectClass(TestIds.className(name)))
                    .toList())
            // As Apache's own build says: it brings what makes clusters for @ClusterTest.
            .configurationParameter("junit.jupiter.extensions.autodetection.enabled", "true")
            .build();
    try (PrintWriter results = new PrintWriter(Path.of(args[0]).toFile(), StandardCharsets.UTF_8)) {
      LauncherFactory.create().execute(request, new ClassRun(results));
    }
    // Some tests leave threads behind that are no daemons.
    System.exit(0);
  }

  @Override
  public void testPlanExecutionStarted(TestPlan started) {
    plan = started;
  }

  @Override
  public void executionStarted(TestIdentifier test) {
    startedNs.put(test.getUniqueId(), System.nanoTime());
  }

  @Override
  public void executionSkipped(TestIdentifier test, String reason) {
    if (!reason.equals(RaftClusterInvocationContext.TWIN)
        && !reason.startsWith(EveryTest.OUT_OF_SCOPE)) {
      write(TestOutcome.Status.SKIPPED, test, reason);
    }
  }

  @Override
  public void executionFinished(TestIdentifier test, TestExecutionResult result) {
    Throwable thrown = result.getThrowable().orElse(null);
    if (result.getStatus() == TestExecutionResult.Status.SUCCESSFUL) {
      if (test.isTest()) {
        write(TestOutcome.Status.PASSED, test, "");
      }
    } else if (OutOfScope.in(thrown) != null) {
      write(TestOutcome.Status.OUT_OF_SCOPE, test, OutOfScope.in(thrown).getMessage());
    } else if (result.getStatus() == TestExecutionResult.Status.ABORTED) {
      write(TestOutcome.Status.SKIPPED, test, String.valueOf(thrown));
    } else {
      System.out.println("---- " + id(test));
      thrown.printStackTrace(System.out);
      write(TestOutcome.Status.FAILED, test, String.valueOf(thrown));
    }
  }

  private synchronized void write(TestOutcome.Status status, TestIdentifier test, String reason) {
    long began = startedNs.getOrDefault(test.getUniqueId(), System.nanoTime());
    long millis = (System.nanoTime() - began) / 1_000_000;
    String line =
        reason.lines().limit(3).map(String::strip).reduce((a, b) -> a + " " + b).orElse("");
    results.println(new TestOutcome(status, id(test), millis, line.replace('\t', ' ')).toLine());
    results.flush();
  }

  private String id(TestIdentifier test) {
    TestSource source = test.getSource().orElse(null);
    if (source instanceof MethodSource method) {
      boolean oneOfMany = parentSource(test) instanceof MethodSource;
      return oneOfMany
          ? TestIds.ofRun(method.getClassName(), method.getMethodName(), test.getDisplayName())
          : TestIds.ofMethod(method.getClassName(), method.getMethodName());
    }
    return source instanceof ClassSource inClass
        ? TestIds.ofClass(inClass.getClassName())
        : test.getDisplayName();
  }

  private TestSource parentSource(TestIdentifier test) {
    return plan.getParent(test).flatMap(TestIdentifier::getSource).orElse(null);
  }
}

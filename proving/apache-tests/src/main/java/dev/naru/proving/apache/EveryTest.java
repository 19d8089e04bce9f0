package dev.naru.proving.apache;

import java.lang.reflect.Method;
import org.apache.kafka.common.utils.Exit;
import org.junit.jupiter.api.TestTemplate;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.support.AnnotationSupport;

/**
 * What is done for every test; JUnit finds it by its service file. Passes over what is out of scope
 * ({@code -Dapache.all=true} runs everything, to see whether the list is still right), and lets
 * Kafka's commands fail instead of ending this JVM.
 */
public final class EveryTest implements ExecutionCondition, BeforeEachCallback {
  static final String OUT_OF_SCOPE = "out of scope: ";

  private final boolean all = Boolean.getBoolean("apache.all");
  private final ReasonedList list = ReasonedList.load("out-of-scope.txt");

  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    String reason = all ? null : context.getTestMethod().map(m -> reason(context, m)).orElse(null);
    return reason == null
        ? ConditionEvaluationResult.enabled(null)
        : ConditionEvaluationResult.disabled(OUT_OF_SCOPE + reason);
  }

  @Override
  public void beforeEach(ExtensionContext context) {
    Exit.setExitProcedure(EveryTest::refuse);
    Exit.setHaltProcedure(EveryTest::refuse);
  }

  private static void refuse(int code, String message) {
    throw new IllegalStateException("the command ends with exit code " + code + ": " + message);
  }

  private String reason(ExtensionContext context, Method method) {
    String className = context.getRequiredTestClass().getName();
    String displayName = context.getDisplayName();
    boolean run =
        AnnotationSupport.isAnnotated(method, TestTemplate.class)
            && context.getUniqueId().contains("-invocation:");
    return list.reason(
        run
            ? TestIds.ofRun(className, method.getName(), displayName)
            : TestIds.ofMethod(className, method.getName()));
  }
}

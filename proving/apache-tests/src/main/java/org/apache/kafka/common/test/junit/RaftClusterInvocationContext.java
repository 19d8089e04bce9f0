package org.apache.kafka.common.test.junit;

import java.util.List;
import org.apache.kafka.common.test.api.ClusterConfig;
import org.apache.kafka.common.test.api.Type;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.Extension;
import org.junit.jupiter.api.extension.TestTemplateInvocationContext;

/**
 * Stands in for the class of this name in Apache Kafka's test runtime: what gives each run of a
 * {@code @ClusterTest} its cluster. This one gives it a node in a process of its own.
 *
 * <p>Most tests are meant to run twice, with controllers inside the brokers and apart from them.
 * For one node there is no difference, so that they run once.
 */
public class RaftClusterInvocationContext implements TestTemplateInvocationContext {
  /** The reason of a run that is left out because its twin runs. */
  public static final String TWIN = "the same with controllers apart";

  private final ClusterConfig config;
  private final boolean combined;

  public RaftClusterInvocationContext(
      String baseDisplayName, ClusterConfig config, boolean combined) {
    this.config = config;
    this.combined = combined;
  }

  /** The number of the cluster's configuration; which of its twins comes first is by chance. */
  @Override
  public String getDisplayName(int invocationIndex) {
    int twins = config.clusterTypes().size();
    return "[" + (invocationIndex + twins - 1) / twins + "]";
  }

  @Override
  public List<Extension> getAdditionalExtensions() {
    AttachedClusterInstance cluster = new AttachedClusterInstance(config);
    return List.of(
        (ExecutionCondition)
            context ->
                !combined && config.clusterTypes().contains(Type.CO_KRAFT)
                    ? ConditionEvaluationResult.disabled(TWIN)
                    : ConditionEvaluationResult.enabled(null),
        (BeforeEachCallback)
            context -> {
              if (config.isAutoStart()) {
                cluster.start();
              }
            },
        (AfterTestExecutionCallback) context -> cluster.stop(),
        // A test whose own preparation fails is not executed, and so not followed by the above.
        (AfterEachCallback) context -> cluster.stop(),
        new ClusterInstanceParameterResolver(cluster));
  }
}

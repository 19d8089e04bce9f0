package org.apache.kafka.common.test.junit;

import dev.naru.proving.apache.AttachedNode;
import dev.naru.proving.apache.BrokersFromOutside;
import dev.naru.proving.apache.ClusterDemand;
import dev.naru.proving.apache.OutOfScope;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import kafka.server.ControllerServer;
import kafka.server.KafkaBroker;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.GroupProtocol;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.network.ListenerName;
import org.apache.kafka.common.test.ClusterInstance;
import org.apache.kafka.common.test.api.ClusterConfig;
import org.apache.kafka.common.test.api.Type;
import org.apache.kafka.server.authorizer.Authorizer;
import org.apache.kafka.server.fault.FaultHandlerException;
import org.apache.kafka.test.TestUtils;

/**
 * A {@code @ClusterTest}'s view of a node in a process of its own. Where Apache's own looks into
 * the broker, this one asks the node as a client would, or says that the test is {@link
 * OutOfScope}.
 */
final class AttachedClusterInstance implements ClusterInstance {
  private static final long TOPIC_TIMEOUT_MS = 60_000;

  private final ClusterConfig config;
  private final AttachedNode node;
  private boolean started;
  private boolean stopped;

  AttachedClusterInstance(ClusterConfig config) {
    this.config = config;
    Map<String, String> properties = new HashMap<>(config.serverProperties());
    properties.putAll(
        config.perServerOverrideProperties().getOrDefault(AttachedNode.BROKER_ID, Map.of()));
    node =
        new AttachedNode(
            new ClusterDemand(
                config.numBrokers(),
                config.numDisksPerBroker(),
                config.brokerSecurityProtocol(),
                config.features().entrySet().stream()
                    .collect(Collectors.toMap(e -> e.getKey().featureName(), Map.Entry::getValue)),
                properties));
  }

  @Override
  public void start() {
    node.start();
    started = true;
  }

  @Override
  public boolean started() {
    return started;
  }

  @Override
  public void stop() {
    node.close();
    stopped = true;
  }

  @Override
  public boolean stopped() {
    return stopped;
  }

  @Override
  public void shutdownBroker(int brokerId) {
    requireKnown(brokerId);
    node.stop();
  }

  @Override
  public void startBroker(int brokerId) {
    requireKnown(brokerId);
    node.start();
  }

  private static void requireKnown(int brokerId) {
    if (brokerId != AttachedNode.BROKER_ID) {
      throw new IllegalArgumentException("there is no broker " + brokerId);
    }
  }

  @Override
  public String bootstrapServers() {
    return node.bootstrap();
  }

  @Override
  public String clusterId() {
    try (Admin admin = admin()) {
      return admin.describeCluster().clusterId().get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    }
  }

  @Override
  public Type type() {
    return Type.CO_KRAFT;
  }

  @Override
  public ClusterConfig config() {
    return config;
  }

  @Override
  public ListenerName clientListener() {
    return config.brokerListenerName();
  }

  @Override
  public List<Integer> brokerBoundPorts() {
    String bootstrap = node.bootstrap();
    return List.of(Integer.valueOf(bootstrap.substring(bootstrap.lastIndexOf(':') + 1)));
  }

  @Override
  public Set<GroupProtocol> supportedGroupProtocols() {
    return Set.of(GroupProtocol.CLASSIC, GroupProtocol.CONSUMER);
  }

  @Override
  public Optional<FaultHandlerException> firstFatalException() {
    return Optional.empty();
  }

  @Override
  public Optional<FaultHandlerException> firstNonFatalException() {
    return Optional.empty();
  }

  // ---- What Apache's own finds out inside the broker ----

  @Override
  public void waitForReadyBrokers() {
    // A node that has started serves.
  }

  @Override
  public void ensureConsistentMetadata() {
    // What one node has answered, it has also applied.
  }

  @Override
  public void waitTopicCreation(String topic, int partitions) throws InterruptedException {
    waitForPartitions(topic, partitions);
  }

  @Override
  public void waitTopicDeletion(String topic) throws InterruptedException {
    waitForPartitions(topic, 0);
  }

  private void waitForPartitions(String topic, int partitions) throws InterruptedException {
    try (Admin admin = admin()) {
      TestUtils.waitForCondition(
          () -> partitions(admin, topic) == partitions,
          TOPIC_TIMEOUT_MS,
          topic + " should have " + partitions + " partitions after " + TOPIC_TIMEOUT_MS + " ms");
    }
  }

  private static int partitions(Admin admin, String topic) {
    try {
      return admin
          .describeTopics(List.of(topic))
          .topicNameValues()
          .get(topic)
          .get()
          .partitions()
          .size();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof UnknownTopicOrPartitionException) {
        return 0;
      }
      throw new IllegalStateException(e.getCause());
    }
  }

  // ---- What is inside ----

  @Override
  public Map<Integer, KafkaBroker> brokers() {
    return new BrokersFromOutside<>(config.numBrokers());
  }

  @Override
  public Map<Integer, ControllerServer> controllers() {
    throw new OutOfScope("KRaft's controllers");
  }

  @Override
  public Set<Integer> controllerIds() {
    throw new OutOfScope("KRaft's controllers");
  }

  @Override
  public ListenerName controllerListenerName() {
    throw new OutOfScope("KRaft's controllers");
  }

  @Override
  public String bootstrapControllers() {
    throw new OutOfScope("KRaft's controllers");
  }

  @Override
  public List<Authorizer> authorizers() {
    throw new OutOfScope("security");
  }
}

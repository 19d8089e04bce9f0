package org.apache.kafka.common.test;

import dev.naru.proving.apache.AttachedNode;
import dev.naru.proving.apache.BrokersFromOutside;
import dev.naru.proving.apache.ClusterDemand;
import dev.naru.proving.apache.OutOfScope;
import java.util.HashMap;
import java.util.Map;
import kafka.server.BrokerServer;
import kafka.server.ControllerServer;

/**
 * Stands in for the class of this name in Apache Kafka's test runtime, which starts brokers and
 * controllers inside the tests' JVM; Kafka Streams' {@code EmbeddedKafkaCluster} is built on it.
 * This one attaches to a node in a process of its own. There is nothing inside to give out: a test
 * that asks for it is {@link OutOfScope}.
 */
public class KafkaClusterTestKit implements AutoCloseable {
  private final MockFaultHandler faults = new MockFaultHandler("none");
  private final int brokers;
  private final AttachedNode node;

  private KafkaClusterTestKit(ClusterDemand demand) {
    brokers = demand.brokers();
    node = new AttachedNode(demand);
  }

  /** Collects what a test asks for. */
  public static class Builder {
    private final TestKitNodes nodes;
    private final Map<String, String> properties = new HashMap<>();

    public Builder(TestKitNodes nodes) {
      this.nodes = nodes;
      nodes.brokerNodes().values().forEach(node -> properties.putAll(node.propertyOverrides()));
    }

    public Builder setConfigProp(String key, Object value) {
      properties.put(key, String.valueOf(value));
      return this;
    }

    public KafkaClusterTestKit build() {
      int disks =
          nodes.brokerNodes().values().stream()
              .mapToInt(node -> node.logDataDirectories().size())
              .max()
              .orElse(0);
      return new KafkaClusterTestKit(
          new ClusterDemand(
              nodes.brokerNodes().size(),
              disks,
              nodes.brokerListenerProtocol(),
              Map.of(),
              properties));
    }
  }

  public void format() {
    // A node makes its data directory when it starts.
  }

  public void startup() {
    node.start();
  }

  public void waitForReadyBrokers() {
    // A node that has started serves.
  }

  public String bootstrapServers() {
    return node.bootstrap();
  }

  /** As many as there are, and nothing more about them. */
  public Map<Integer, BrokerServer> brokers() {
    return new BrokersFromOutside<>(brokers);
  }

  public Map<Integer, ControllerServer> controllers() {
    throw new OutOfScope("KRaft's controllers");
  }

  public MockFaultHandler fatalFaultHandler() {
    return faults;
  }

  public MockFaultHandler nonFatalFaultHandler() {
    return faults;
  }

  @Override
  public void close() {
    node.close();
  }
}

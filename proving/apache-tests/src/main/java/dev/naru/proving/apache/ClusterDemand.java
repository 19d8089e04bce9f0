package dev.naru.proving.apache;

import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.security.auth.SecurityProtocol;

/**
 * The cluster that a test asks for.
 *
 * @param brokers how many
 * @param disksPerBroker log directories of each
 * @param protocol of the listener for clients
 * @param features feature levels other than the newest, by name
 * @param properties of the broker, by Kafka's names
 */
public record ClusterDemand(
    int brokers,
    int disksPerBroker,
    SecurityProtocol protocol,
    Map<String, Short> features,
    Map<String, String> properties) {

  public ClusterDemand {
    features = Map.copyOf(features);
    properties = Map.copyOf(properties);
  }

  /**
   * The rule that decides, from what is asked for, whether a test is run.
   *
   * @throws OutOfScope when it is not
   */
  void requireOneOrdinaryBroker() {
    if (brokers != 1) {
      throw new OutOfScope(brokers + " brokers");
    }
    if (disksPerBroker != 1) {
      throw new OutOfScope(disksPerBroker + " log directories");
    }
    if (protocol != SecurityProtocol.PLAINTEXT
        || properties.getOrDefault("listener.security.protocol.map", "").matches(".*:(SASL|SSL).*")
        || properties.containsKey("authorizer.class.name")) {
      throw new OutOfScope("security");
    }
    if (properties.containsKey("remote.log.storage.system.enable")) {
      throw new OutOfScope("remote storage");
    }
    if (!features.isEmpty()) {
      throw new OutOfScope("the feature levels " + new TreeMap<>(features));
    }
  }
}

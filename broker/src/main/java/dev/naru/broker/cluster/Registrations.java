package dev.naru.broker.cluster;

import dev.naru.broker.config.BrokerConfig;
import dev.naru.broker.config.Listener;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.BrokerRegistrationRequestData;
import org.apache.kafka.common.message.BrokerRegistrationRequestData.Feature;
import org.apache.kafka.common.message.BrokerRegistrationRequestData.FeatureCollection;
import org.apache.kafka.common.message.BrokerRegistrationRequestData.ListenerCollection;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.apache.kafka.server.common.GroupVersion;
import org.apache.kafka.server.common.MetadataVersion;
import org.apache.kafka.server.common.TransactionVersion;

/** What a node says of itself when it registers. */
public final class Registrations {
  private Registrations() {}

  /**
   * @param incarnation the process, as the cluster sees it
   * @param linkPort where it listens for other nodes
   */
  public static BrokerRegistrationRequestData of(
      BrokerConfig bound, String clusterId, Uuid incarnation, String linkHost, int linkPort) {
    ListenerCollection listeners = new ListenerCollection();
    for (Listener listener : bound.listeners()) {
      listeners.add(
          listener(
              listener.name(),
              listener.advertisedHost(),
              listener.advertisedPort(),
              listener.protocol()));
    }
    listeners.add(
        listener(ClusterMember.NODES, linkHost, linkPort, SecurityProtocol.SASL_PLAINTEXT));
    FeatureCollection features = new FeatureCollection();
    features.add(
        feature(
            MetadataVersion.FEATURE_NAME,
            MetadataVersion.MINIMUM_VERSION.featureLevel(),
            MetadataVersion.latestProduction().featureLevel()));
    features.add(feature(GroupVersion.FEATURE_NAME, (short) 0, GroupVersion.GV_1.featureLevel()));
    features.add(
        feature(
            TransactionVersion.FEATURE_NAME, (short) 0, TransactionVersion.TV_2.featureLevel()));
    return new BrokerRegistrationRequestData()
        .setBrokerId(bound.nodeId())
        .setClusterId(clusterId)
        .setIncarnationId(incarnation)
        .setListeners(listeners)
        .setFeatures(features)
        .setRack(bound.getString("broker.rack"));
  }

  private static BrokerRegistrationRequestData.Listener listener(
      String name, String host, int port, SecurityProtocol protocol) {
    return new BrokerRegistrationRequestData.Listener()
        .setName(name)
        .setHost(host)
        .setPort(port)
        .setSecurityProtocol(protocol.id);
  }

  private static Feature feature(String name, short min, short max) {
    return new Feature().setName(name).setMinSupportedVersion(min).setMaxSupportedVersion(max);
  }
}

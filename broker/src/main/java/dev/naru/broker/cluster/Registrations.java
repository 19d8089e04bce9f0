package dev.naru.broker.cluster;

import dev.naru.broker.config.BrokerConfig;
import dev.naru.broker.config.Listener;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.Endpoint;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.BrokerRegistrationRequestData;
import org.apache.kafka.common.message.BrokerRegistrationRequestData.Feature;
import org.apache.kafka.common.message.BrokerRegistrationRequestData.FeatureCollection;
import org.apache.kafka.common.message.BrokerRegistrationRequestData.ListenerCollection;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.apache.kafka.metadata.BrokerRegistration;
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

  /** Where a registered process listens; none when it does not listen for nodes. */
  static Optional<Peer> peer(BrokerRegistration registration) {
    Endpoint link = registration.listeners().get(ClusterMember.NODES);
    if (link == null) {
      return Optional.empty();
    }
    // Another host may be that of something in between, which says nothing about the process.
    List<NodeAddress> ports =
        registration.listeners().values().stream()
            .filter(each -> each.host().equals(link.host()))
            .map(each -> new NodeAddress(registration.id(), each.host(), each.port()))
            .toList();
    NodeAddress address = new NodeAddress(registration.id(), link.host(), link.port());
    return Optional.of(new Peer(registration.id(), registration.incarnationId(), address, ports));
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

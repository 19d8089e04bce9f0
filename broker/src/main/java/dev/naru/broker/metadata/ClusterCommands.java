package dev.naru.broker.metadata;

import dev.naru.broker.config.BrokerConfig;
import dev.naru.broker.config.Listener;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.Endpoint;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.metadata.FeatureLevelRecord;
import org.apache.kafka.common.metadata.ProducerIdsRecord;
import org.apache.kafka.common.metadata.RegisterBrokerRecord;
import org.apache.kafka.common.metadata.RegisterBrokerRecord.BrokerEndpoint;
import org.apache.kafka.common.metadata.RegisterBrokerRecord.BrokerFeature;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.metadata.BrokerRegistration;
import org.apache.kafka.server.common.ApiMessageAndVersion;
import org.apache.kafka.server.common.GroupVersion;
import org.apache.kafka.server.common.MetadataVersion;
import org.apache.kafka.server.common.ProducerIdsBlock;
import org.apache.kafka.server.common.TransactionVersion;

/** Commands about the cluster itself: its features, its nodes, its producer ids. */
final class ClusterCommands {
  private ClusterCommands() {}

  /** What a new cluster begins with. */
  static List<ApiMessageAndVersion> bootstrap() {
    return List.of(
        feature(MetadataVersion.FEATURE_NAME, MetadataVersion.latestProduction().featureLevel()),
        feature(GroupVersion.FEATURE_NAME, GroupVersion.GV_1.featureLevel()),
        feature(TransactionVersion.FEATURE_NAME, TransactionVersion.TV_2.featureLevel()));
  }

  /** Tells where a node can be reached; nothing is written when that is known already. */
  static Outcome<Long> register(MetadataImage image, BrokerConfig config) {
    BrokerRegistration known = image.cluster().broker(config.nodeId());
    Map<String, Endpoint> endpoints = new LinkedHashMap<>();
    for (Listener listener : config.listeners()) {
      endpoints.put(
          listener.name(),
          new Endpoint(
              listener.name(),
              listener.protocol(),
              listener.advertisedHost(),
              listener.advertisedPort()));
    }
    Optional<String> rack = Optional.ofNullable(config.getString("broker.rack"));
    if (known != null && known.listeners().equals(endpoints) && known.rack().equals(rack)) {
      return Outcome.of(known.epoch());
    }
    long epoch = image.offset() + 1;
    RegisterBrokerRecord record =
        new RegisterBrokerRecord()
            .setBrokerId(config.nodeId())
            .setIncarnationId(Uuid.randomUuid())
            .setBrokerEpoch(epoch)
            .setRack(rack.orElse(null))
            .setFenced(false)
            .setInControlledShutdown(false);
    endpoints.forEach(
        (name, endpoint) ->
            record
                .endPoints()
                .add(
                    new BrokerEndpoint()
                        .setName(name)
                        .setHost(endpoint.host())
                        .setPort(endpoint.port())
                        .setSecurityProtocol(endpoint.securityProtocol().id)));
    supported(
        record, MetadataVersion.FEATURE_NAME, MetadataVersion.latestProduction().featureLevel());
    supported(record, GroupVersion.FEATURE_NAME, GroupVersion.GV_1.featureLevel());
    supported(record, TransactionVersion.FEATURE_NAME, TransactionVersion.TV_2.featureLevel());
    short version = image.features().metadataVersionOrThrow().registerBrokerRecordVersion();
    return new Outcome<>(List.of(new ApiMessageAndVersion(record, version)), epoch);
  }

  /** Reserves the next block of producer ids. */
  static Outcome<ProducerIdsBlock> allocateProducerIds(MetadataImage image, int nodeId) {
    long first = Math.max(0, image.producerIds().nextProducerId());
    int size = ProducerIdsBlock.PRODUCER_ID_BLOCK_SIZE;
    ProducerIdsRecord record =
        new ProducerIdsRecord()
            .setBrokerId(nodeId)
            .setBrokerEpoch(image.cluster().brokerEpoch(nodeId))
            .setNextProducerId(first + size);
    List<ApiMessageAndVersion> records = new ArrayList<>();
    records.add(new ApiMessageAndVersion(record, (short) 0));
    return new Outcome<>(records, new ProducerIdsBlock(nodeId, first, size));
  }

  private static void supported(RegisterBrokerRecord record, String name, short max) {
    short min =
        name.equals(MetadataVersion.FEATURE_NAME)
            ? MetadataVersion.MINIMUM_VERSION.featureLevel()
            : 0;
    record
        .features()
        .add(
            new BrokerFeature()
                .setName(name)
                .setMinSupportedVersion(min)
                .setMaxSupportedVersion(max));
  }

  private static ApiMessageAndVersion feature(String name, short level) {
    return new ApiMessageAndVersion(
        new FeatureLevelRecord().setName(name).setFeatureLevel(level), (short) 0);
  }
}

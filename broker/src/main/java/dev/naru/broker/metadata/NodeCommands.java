package dev.naru.broker.metadata;

import dev.naru.broker.config.BrokerConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.BrokerIdNotRegisteredException;
import org.apache.kafka.common.errors.DuplicateBrokerRegistrationException;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.errors.StaleBrokerEpochException;
import org.apache.kafka.common.message.BrokerRegistrationRequestData;
import org.apache.kafka.common.metadata.BrokerRegistrationChangeRecord;
import org.apache.kafka.common.metadata.ConfigRecord;
import org.apache.kafka.common.metadata.RegisterBrokerRecord;
import org.apache.kafka.common.metadata.RegisterBrokerRecord.BrokerEndpoint;
import org.apache.kafka.common.metadata.RegisterBrokerRecord.BrokerFeature;
import org.apache.kafka.common.metadata.UnregisterBrokerRecord;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.image.TopicImage;
import org.apache.kafka.metadata.BrokerRegistration;
import org.apache.kafka.metadata.BrokerRegistrationFencingChange;
import org.apache.kafka.metadata.BrokerRegistrationInControlledShutdownChange;
import org.apache.kafka.metadata.PartitionRegistration;
import org.apache.kafka.server.common.ApiMessageAndVersion;

/** Commands about the nodes of a cluster: who is there, and what each of them owns. Pure. */
final class NodeCommands {
  private static final short CHANGE_VERSION = 1;

  /** A batch of so many changes is far below what one entry of a ledger may have. */
  private static final int CHANGES_MAX = 5_000;

  private NodeCommands() {}

  /** Whether a node shall own nothing. */
  static boolean isDrained(MetadataImage image, int nodeId) {
    return isTrue(image.configs().configMapForResource(config(nodeId)).get(BrokerConfig.DRAIN));
  }

  static boolean isTrue(String value) {
    return value != null && value.strip().equalsIgnoreCase("true");
  }

  /** Whether what a node owns could go elsewhere. */
  static boolean othersCanOwn(MetadataImage image, int nodeId) {
    return image.cluster().brokers().values().stream()
        .anyMatch(
            broker ->
                broker.id() != nodeId
                    && !broker.fenced()
                    && !broker.inControlledShutdown()
                    && !isDrained(image, broker.id()));
  }

  private static ConfigResource config(int nodeId) {
    return new ConfigResource(ConfigResource.Type.BROKER, Integer.toString(nodeId));
  }

  private static void undrain(MetadataImage image, int nodeId, List<ApiMessageAndVersion> records) {
    ConfigResource node = config(nodeId);
    if (image.configs().configMapForResource(node).containsKey(BrokerConfig.DRAIN)) {
      records.add(
          new ApiMessageAndVersion(
              new ConfigRecord()
                  .setResourceType(node.type().id())
                  .setResourceName(node.name())
                  .setName(BrokerConfig.DRAIN)
                  .setValue(null),
              (short) 0));
    }
  }

  /**
   * A node that says where it is reached. One that was drained and is a new process works again.
   *
   * @param alive by its id, which life of a node is seen by the others now
   * @return the broker epoch
   */
  static Outcome<Long> register(
      MetadataImage image, BrokerRegistrationRequestData request, Map<Integer, Uuid> alive) {
    Uuid seen = alive.get(request.brokerId());
    if (seen != null && !seen.equals(request.incarnationId())) {
      throw new DuplicateBrokerRegistrationException(
          "Another process is node " + request.brokerId() + " of this cluster");
    }
    BrokerRegistration known = image.cluster().broker(request.brokerId());
    boolean again = known != null && known.incarnationId().equals(request.incarnationId());
    long epoch = again ? known.epoch() : image.offset() + 1;
    RegisterBrokerRecord record =
        new RegisterBrokerRecord()
            .setBrokerId(request.brokerId())
            .setIncarnationId(request.incarnationId())
            .setBrokerEpoch(epoch)
            .setRack(request.rack())
            .setFenced(seen == null)
            .setInControlledShutdown(false);
    request
        .listeners()
        .forEach(
            each ->
                record
                    .endPoints()
                    .add(
                        new BrokerEndpoint()
                            .setName(each.name())
                            .setHost(each.host())
                            .setPort(each.port())
                            .setSecurityProtocol(each.securityProtocol())));
    request
        .features()
        .forEach(
            each ->
                record
                    .features()
                    .add(
                        new BrokerFeature()
                            .setName(each.name())
                            .setMinSupportedVersion(each.minSupportedVersion())
                            .setMaxSupportedVersion(each.maxSupportedVersion())));
    short version = image.features().metadataVersionOrThrow().registerBrokerRecordVersion();
    List<ApiMessageAndVersion> records = new ArrayList<>();
    records.add(new ApiMessageAndVersion(record, version));
    boolean sameProcess =
        again || (known != null && known.epoch() == request.previousBrokerEpoch());
    if (!sameProcess) {
      undrain(image, request.brokerId(), records);
    }
    return new Outcome<>(records, epoch);
  }

  /** Takes note of who is there and who is not. */
  static Outcome<Void> see(MetadataImage image, Map<Integer, Uuid> alive) {
    List<ApiMessageAndVersion> records = new ArrayList<>();
    for (BrokerRegistration broker : image.cluster().brokers().values()) {
      boolean isAlive = broker.incarnationId().equals(alive.get(broker.id()));
      if (isAlive == broker.fenced()) {
        records.add(
            change(broker)
                .fencing(
                    isAlive
                        ? BrokerRegistrationFencingChange.UNFENCE
                        : BrokerRegistrationFencingChange.FENCE));
      }
    }
    return new Outcome<>(records, null);
  }

  private record Change(BrokerRegistrationChangeRecord record) {
    ApiMessageAndVersion fencing(BrokerRegistrationFencingChange next) {
      return new ApiMessageAndVersion(record.setFenced(next.value()), CHANGE_VERSION);
    }
  }

  private static Change change(BrokerRegistration broker) {
    return new Change(
        new BrokerRegistrationChangeRecord()
            .setBrokerId(broker.id())
            .setBrokerEpoch(broker.epoch()));
  }

  /** A node that wants to stop: nothing new comes to it, and what it owns is given to others. */
  static Outcome<Void> leave(MetadataImage image, int nodeId, long brokerEpoch) {
    BrokerRegistration broker = image.cluster().broker(nodeId);
    if (broker == null || broker.epoch() != brokerEpoch) {
      throw new StaleBrokerEpochException("Node " + nodeId + " is not registered with that epoch");
    }
    if (broker.inControlledShutdown()) {
      return Outcome.of(null);
    }
    byte leaving = BrokerRegistrationInControlledShutdownChange.IN_CONTROLLED_SHUTDOWN.value();
    return new Outcome<>(
        List.of(
            new ApiMessageAndVersion(
                change(broker).record.setInControlledShutdown(leaving), CHANGE_VERSION)),
        null);
  }

  /**
   * Forgets a node that is gone.
   *
   * @throws InvalidRequestException it is there, or owns something
   */
  static Outcome<Void> unregister(MetadataImage image, int nodeId) {
    BrokerRegistration broker = image.cluster().broker(nodeId);
    if (broker == null) {
      throw new BrokerIdNotRegisteredException("Node " + nodeId + " is not a node of this cluster");
    }
    if (!broker.fenced()) {
      throw new InvalidRequestException(
          "Node " + nodeId + " is alive, and would come back; stop it first");
    }
    if (ownsAnything(image, nodeId)) {
      throw new InvalidRequestException(
          "Node " + nodeId + " owns partitions that no other node has taken over yet");
    }
    List<ApiMessageAndVersion> records = new ArrayList<>();
    undrain(image, nodeId, records);
    records.add(
        new ApiMessageAndVersion(
            new UnregisterBrokerRecord().setBrokerId(nodeId).setBrokerEpoch(broker.epoch()),
            (short) 0));
    return new Outcome<>(records, null);
  }

  /**
   * Gives each partition an owner that is there, and each node its share.
   *
   * @return whether there is more to be done
   */
  static Outcome<Boolean> spread(MetadataImage image, int nodeId) {
    List<ApiMessageAndVersion> records = new Ownership(image, nodeId).changes(CHANGES_MAX);
    return new Outcome<>(records, records.size() >= CHANGES_MAX);
  }

  /** Whether a node owns anything. */
  static boolean ownsAnything(MetadataImage image, int nodeId) {
    for (TopicImage topic : image.topics().topicsById().values()) {
      for (PartitionRegistration partition : topic.partitions().values()) {
        if (partition.leader == nodeId) {
          return true;
        }
      }
    }
    return false;
  }
}

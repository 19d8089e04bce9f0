package dev.naru.broker.metadata;

import dev.naru.broker.config.BrokerConfig;
import dev.naru.broker.config.GroupConfigSchema;
import dev.naru.broker.config.LiveConfigs;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.BrokerIdNotRegisteredException;
import org.apache.kafka.common.errors.StaleBrokerEpochException;
import org.apache.kafka.common.message.AlterPartitionReassignmentsRequestData;
import org.apache.kafka.common.message.AlterPartitionReassignmentsResponseData;
import org.apache.kafka.common.message.CreatePartitionsRequestData;
import org.apache.kafka.common.message.CreatePartitionsResponseData;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsResponseData;
import org.apache.kafka.common.message.ElectLeadersRequestData;
import org.apache.kafka.common.message.ElectLeadersResponseData;
import org.apache.kafka.common.requests.ApiError;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.metadata.BrokerRegistration;
import org.apache.kafka.server.common.ApiMessageAndVersion;
import org.apache.kafka.server.common.ProducerIdsBlock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Changes the metadata on the node that owns its log: each method is one command. Any thread; a
 * stage completes when the change is durable and has taken effect on this node.
 */
public final class ControllerService implements AdminController {
  private static final Logger LOG = LoggerFactory.getLogger(ControllerService.class);

  private final MetadataLog log;
  private final LiveConfigs configs;
  private final GroupConfigSchema groups;
  private final Supplier<Uuid> ids;

  public ControllerService(MetadataLog log, LiveConfigs configs, GroupConfigSchema groups) {
    this(log, configs, groups, Uuid::randomUuid);
  }

  /**
   * @param ids makes up ids for new topics
   */
  public ControllerService(
      MetadataLog log, LiveConfigs configs, GroupConfigSchema groups, Supplier<Uuid> ids) {
    this.log = log;
    this.configs = configs;
    this.groups = groups;
    this.ids = ids;
  }

  /** What a new cluster's metadata log begins with, for {@link MetadataLog#open}. */
  public static List<ApiMessageAndVersion> bootstrap() {
    return ClusterCommands.bootstrap();
  }

  @Override
  public CompletionStage<Uuid> ensureTopic(
      String name, int partitions, Map<String, String> topicConfigs) {
    return log.submit(
        image -> {
          BrokerConfig broker = configs.at(image).broker();
          Map<String, String> own = new HashMap<>(InternalTopics.configs(name, broker));
          own.putAll(topicConfigs);
          int count = partitions == -1 ? InternalTopics.partitions(name, broker) : partitions;
          return topics(image).ensure(name, count, own);
        });
  }

  @Override
  public CompletionStage<ProducerIdsBlock> allocateProducerIds() {
    return log.submit(
        image -> ClusterCommands.allocateProducerIds(image, configs.started().nodeId()));
  }

  @Override
  public CompletionStage<ProducerIdsBlock> allocateProducerIds(int nodeId, long brokerEpoch) {
    return log.submit(
        image -> {
          BrokerRegistration registered = image.cluster().broker(nodeId);
          if (registered == null) {
            throw new BrokerIdNotRegisteredException("node " + nodeId + " is not registered");
          }
          if (registered.epoch() != brokerEpoch) {
            throw new StaleBrokerEpochException(
                "node " + nodeId + " is registered with another epoch than " + brokerEpoch);
          }
          return ClusterCommands.allocateProducerIds(image, nodeId);
        });
  }

  /**
   * Tells clients where this node is reached; after its port is known.
   *
   * @return the broker epoch
   */
  public CompletionStage<Long> registerBroker(BrokerConfig bound) {
    return log.submit(image -> ClusterCommands.register(image, bound));
  }

  @Override
  public CompletionStage<CreateTopicsResponseData> createTopics(CreateTopicsRequestData request) {
    return log.submit(image -> topics(image).create(request));
  }

  @Override
  public CompletionStage<CreatePartitionsResponseData> createPartitions(
      CreatePartitionsRequestData request) {
    return log.submit(image -> topics(image).grow(request));
  }

  @Override
  public CompletionStage<Map<Uuid, ApiError>> deleteTopics(Set<Uuid> ids) {
    return log.submit(image -> topics(image).delete(ids));
  }

  @Override
  public CompletionStage<Map<ConfigResource, ApiError>> incrementalAlterConfigs(
      Map<ConfigResource, Map<String, ConfigChange>> changes, boolean validateOnly) {
    return log.<Map<ConfigResource, ApiError>>submit(
            image -> configs(image).incremental(changes, validateOnly))
        .thenApply(results -> obeyed(results, validateOnly));
  }

  @Override
  public CompletionStage<Map<ConfigResource, ApiError>> replaceConfigs(
      Map<ConfigResource, Map<String, String>> wanted, boolean validateOnly) {
    return log.<Map<ConfigResource, ApiError>>submit(
            image -> configs(image).replace(wanted, validateOnly))
        .thenApply(results -> obeyed(results, validateOnly));
  }

  /**
   * A node's configs may say that it is to own nothing. Nobody waits for that: new owners open many
   * logs, and whoever asked sees in the metadata how it goes on.
   */
  private Map<ConfigResource, ApiError> obeyed(
      Map<ConfigResource, ApiError> results, boolean validateOnly) {
    boolean ofNodes =
        results.keySet().stream()
            .anyMatch(resource -> resource.type() == ConfigResource.Type.BROKER);
    if (ofNodes && !validateOnly) {
      spread();
    }
    return results;
  }

  /** Never fails: what was done before it is done, whatever becomes of this. */
  private CompletionStage<Void> spread() {
    return NodeService.spread(log, configs.started().nodeId())
        .exceptionally(
            error -> {
              LOG.warn("Partitions could not be given to other nodes now", error);
              return null;
            });
  }

  @Override
  public CompletionStage<AlterPartitionReassignmentsResponseData> reassign(
      AlterPartitionReassignmentsRequestData request) {
    return log.submit(image -> leaders(image).reassign(request));
  }

  @Override
  public CompletionStage<ElectLeadersResponseData> electLeaders(ElectLeadersRequestData request) {
    return log.submit(image -> leaders(image).elect(request));
  }

  private LeaderCommands leaders(MetadataImage image) {
    return new LeaderCommands(image, configs.started().nodeId());
  }

  @Override
  public CompletionStage<Void> unregisterBroker(int nodeId) {
    return log.<Void>submit(image -> NodeCommands.unregister(image, nodeId))
        .thenCompose(done -> spread());
  }

  private TopicCommands topics(MetadataImage image) {
    return new TopicCommands(configs.started().nodeId(), image, configs.at(image), ids);
  }

  private ConfigCommands configs(MetadataImage image) {
    return new ConfigCommands(image, configs.at(image), groups, configs::check);
  }
}

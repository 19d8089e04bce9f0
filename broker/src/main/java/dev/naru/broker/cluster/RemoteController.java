package dev.naru.broker.cluster;

import dev.naru.broker.Timers;
import dev.naru.broker.config.BrokerConfig;
import dev.naru.broker.config.LiveConfigs;
import dev.naru.broker.metadata.AdminController;
import dev.naru.broker.metadata.InternalTopics;
import dev.naru.broker.metadata.MetadataProgress;
import dev.naru.broker.metadata.MetadataView;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.CoordinatorNotAvailableException;
import org.apache.kafka.common.errors.NotControllerException;
import org.apache.kafka.common.message.AllocateProducerIdsRequestData;
import org.apache.kafka.common.message.AllocateProducerIdsResponseData;
import org.apache.kafka.common.message.AlterPartitionReassignmentsRequestData;
import org.apache.kafka.common.message.AlterPartitionReassignmentsResponseData;
import org.apache.kafka.common.message.CreatePartitionsRequestData;
import org.apache.kafka.common.message.CreatePartitionsResponseData;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopic;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopicConfig;
import org.apache.kafka.common.message.CreateTopicsResponseData;
import org.apache.kafka.common.message.CreateTopicsResponseData.CreatableTopicResult;
import org.apache.kafka.common.message.DeleteTopicsRequestData;
import org.apache.kafka.common.message.DeleteTopicsRequestData.DeleteTopicState;
import org.apache.kafka.common.message.ElectLeadersRequestData;
import org.apache.kafka.common.message.ElectLeadersRequestData.TopicPartitions;
import org.apache.kafka.common.message.ElectLeadersResponseData;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData.AlterConfigsResource;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData.AlterableConfig;
import org.apache.kafka.common.message.UnregisterBrokerRequestData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.AllocateProducerIdsRequest;
import org.apache.kafka.common.requests.AllocateProducerIdsResponse;
import org.apache.kafka.common.requests.AlterConfigsRequest;
import org.apache.kafka.common.requests.AlterConfigsResponse;
import org.apache.kafka.common.requests.AlterPartitionReassignmentsRequest;
import org.apache.kafka.common.requests.AlterPartitionReassignmentsResponse;
import org.apache.kafka.common.requests.ApiError;
import org.apache.kafka.common.requests.CreatePartitionsRequest;
import org.apache.kafka.common.requests.CreatePartitionsResponse;
import org.apache.kafka.common.requests.CreateTopicsRequest;
import org.apache.kafka.common.requests.CreateTopicsResponse;
import org.apache.kafka.common.requests.DeleteTopicsRequest;
import org.apache.kafka.common.requests.DeleteTopicsResponse;
import org.apache.kafka.common.requests.ElectLeadersRequest;
import org.apache.kafka.common.requests.ElectLeadersResponse;
import org.apache.kafka.common.requests.IncrementalAlterConfigsRequest;
import org.apache.kafka.common.requests.IncrementalAlterConfigsResponse;
import org.apache.kafka.common.requests.UnregisterBrokerRequest;
import org.apache.kafka.common.requests.UnregisterBrokerResponse;
import org.apache.kafka.image.TopicImage;
import org.apache.kafka.server.common.ProducerIdsBlock;

/**
 * The controller when it is another node: commands go there as Kafka's own requests, and are
 * answered when this node sees what they did, so that a client that was told of success may ask
 * here. Any thread.
 *
 * <p>While there is no controller a command waits for one, for as long as its own timeout says.
 */
public final class RemoteController implements AdminController {
  private static final long TIMEOUT_MS = 30_000;
  private static final long TIMEOUT_MS_MIN = 1000;
  private static final long TIMEOUT_MS_MAX = 60_000;

  /**
   * What it needs of the node.
   *
   * @param controller where the controller is; gives null while nobody is
   * @param progress how far this node follows the metadata
   */
  public record Surroundings(
      NodeLinks links,
      Supplier<NodeAddress> controller,
      MetadataView view,
      MetadataProgress progress,
      LiveConfigs configs,
      Timers timers) {}

  private final Surroundings around;

  public RemoteController(Surroundings around) {
    this.around = around;
  }

  private <R extends AbstractResponse> CompletionStage<R> ask(
      AbstractRequest.Builder<?> request, Class<R> type, long timeoutMs) {
    return new ControllerCall<>(around, request, type, false, timeoutMs).start();
  }

  private <R extends AbstractResponse> CompletionStage<R> askRepeatedly(
      AbstractRequest.Builder<?> request, Class<R> type) {
    return new ControllerCall<>(around, request, type, true, TIMEOUT_MS).start();
  }

  /** What a client wants; zero and less would give nobody the time to answer. */
  private static long bounded(int timeoutMs) {
    return Math.max(TIMEOUT_MS_MIN, Math.min(timeoutMs, TIMEOUT_MS_MAX));
  }

  // ---- topics ----

  @Override
  public CompletionStage<CreateTopicsResponseData> createTopics(CreateTopicsRequestData request) {
    return ask(
            new CreateTopicsRequest.Builder(request),
            CreateTopicsResponse.class,
            bounded(request.timeoutMs()))
        .thenApply(CreateTopicsResponse::data);
  }

  @Override
  public CompletionStage<CreatePartitionsResponseData> createPartitions(
      CreatePartitionsRequestData request) {
    return ask(
            new CreatePartitionsRequest.Builder(request),
            CreatePartitionsResponse.class,
            bounded(request.timeoutMs()))
        .thenApply(CreatePartitionsResponse::data);
  }

  @Override
  public CompletionStage<Map<Uuid, ApiError>> deleteTopics(Set<Uuid> ids) {
    DeleteTopicsRequestData request = new DeleteTopicsRequestData().setTimeoutMs((int) TIMEOUT_MS);
    ids.forEach(id -> request.topics().add(new DeleteTopicState().setTopicId(id).setName(null)));
    return ask(new DeleteTopicsRequest.Builder(request), DeleteTopicsResponse.class, TIMEOUT_MS)
        .thenApply(
            response -> {
              Map<Uuid, ApiError> results = new LinkedHashMap<>();
              ids.forEach(id -> results.put(id, new ApiError(Errors.UNKNOWN_SERVER_ERROR)));
              response
                  .data()
                  .responses()
                  .forEach(
                      result ->
                          results.put(
                              result.topicId(), error(result.errorCode(), result.errorMessage())));
              return results;
            });
  }

  @Override
  public CompletionStage<Uuid> ensureTopic(
      String name, int partitions, Map<String, String> configs) {
    TopicImage known = around.view().topic(name);
    if (known != null) {
      return CompletableFuture.completedFuture(known.id());
    }
    return askRepeatedly(
            new CreateTopicsRequest.Builder(creation(name, partitions, configs)),
            CreateTopicsResponse.class)
        .handle(
            (response, failure) -> {
              if (failure != null) {
                throw ensureFailure(Errors.maybeUnwrapException(failure));
              }
              return idOf(name, response.data().topics().find(name));
            });
  }

  /** A topic for whose partitions and configs this node's own options speak, as on one node. */
  private CreateTopicsRequestData creation(
      String name, int partitions, Map<String, String> configs) {
    BrokerConfig broker = around.configs().at(around.view().image()).broker();
    Map<String, String> own = new HashMap<>(InternalTopics.configs(name, broker));
    own.putAll(configs);
    CreatableTopic topic =
        new CreatableTopic()
            .setName(name)
            .setNumPartitions(
                partitions == -1 ? InternalTopics.partitions(name, broker) : partitions)
            .setReplicationFactor((short) -1);
    own.forEach(
        (key, value) ->
            topic.configs().add(new CreatableTopicConfig().setName(key).setValue(value)));
    CreateTopicsRequestData request = new CreateTopicsRequestData().setTimeoutMs((int) TIMEOUT_MS);
    request.topics().add(topic);
    return request;
  }

  private Uuid idOf(String name, CreatableTopicResult result) {
    Errors error =
        result == null ? Errors.UNKNOWN_SERVER_ERROR : Errors.forCode(result.errorCode());
    if (error != Errors.NONE && error != Errors.TOPIC_ALREADY_EXISTS) {
      throw error.exception(result == null ? null : result.errorMessage());
    }
    TopicImage topic = around.view().topic(name);
    if (topic == null) {
      throw new CoordinatorNotAvailableException(
          "The topic " + name + " is there, and this node has not heard of it yet.");
    }
    return topic.id();
  }

  /** Whoever needs a topic is a client of something else, and comes again. */
  private static RuntimeException ensureFailure(Throwable failure) {
    return failure instanceof RuntimeException other && !(other instanceof NotControllerException)
        ? other
        : new CoordinatorNotAvailableException(failure.getMessage(), failure);
  }

  // ---- configs ----

  @Override
  public CompletionStage<Map<ConfigResource, ApiError>> incrementalAlterConfigs(
      Map<ConfigResource, Map<String, ConfigChange>> changes, boolean validateOnly) {
    IncrementalAlterConfigsRequestData request =
        new IncrementalAlterConfigsRequestData().setValidateOnly(validateOnly);
    changes.forEach(
        (resource, ops) -> {
          AlterConfigsResource wanted =
              new AlterConfigsResource()
                  .setResourceType(resource.type().id())
                  .setResourceName(resource.name());
          ops.forEach(
              (name, op) ->
                  wanted
                      .configs()
                      .add(
                          new AlterableConfig()
                              .setName(name)
                              .setConfigOperation(op.type().id())
                              .setValue(op.value())));
          request.resources().add(wanted);
        });
    // Nothing is added or taken twice, so that all of them may be repeated.
    return askRepeatedly(
            new IncrementalAlterConfigsRequest.Builder(request),
            IncrementalAlterConfigsResponse.class)
        .thenApply(
            response -> {
              Map<ConfigResource, ApiError> results = allFailed(changes.keySet());
              response
                  .data()
                  .responses()
                  .forEach(
                      result ->
                          results.put(
                              resource(result.resourceType(), result.resourceName()),
                              error(result.errorCode(), result.errorMessage())));
              return results;
            });
  }

  @Override
  public CompletionStage<Map<ConfigResource, ApiError>> replaceConfigs(
      Map<ConfigResource, Map<String, String>> wanted, boolean validateOnly) {
    Map<ConfigResource, AlterConfigsRequest.Config> configs = new LinkedHashMap<>();
    wanted.forEach(
        (resource, values) -> {
          List<AlterConfigsRequest.ConfigEntry> entries = new ArrayList<>();
          values.forEach(
              (name, value) -> entries.add(new AlterConfigsRequest.ConfigEntry(name, value)));
          configs.put(resource, new AlterConfigsRequest.Config(entries));
        });
    return askRepeatedly(
            new AlterConfigsRequest.Builder(configs, validateOnly), AlterConfigsResponse.class)
        .thenApply(
            response -> {
              Map<ConfigResource, ApiError> results = allFailed(wanted.keySet());
              response
                  .data()
                  .responses()
                  .forEach(
                      result ->
                          results.put(
                              resource(result.resourceType(), result.resourceName()),
                              error(result.errorCode(), result.errorMessage())));
              return results;
            });
  }

  private static Map<ConfigResource, ApiError> allFailed(Set<ConfigResource> resources) {
    Map<ConfigResource, ApiError> results = new LinkedHashMap<>();
    resources.forEach(one -> results.put(one, new ApiError(Errors.UNKNOWN_SERVER_ERROR)));
    return results;
  }

  private static ConfigResource resource(byte type, String name) {
    return new ConfigResource(ConfigResource.Type.forId(type), name);
  }

  private static ApiError error(short code, String message) {
    return code == Errors.NONE.code() ? ApiError.NONE : new ApiError(Errors.forCode(code), message);
  }

  // ---- owners ----

  /** Whoever asks for the same twice gets the same. */
  @Override
  public CompletionStage<AlterPartitionReassignmentsResponseData> reassign(
      AlterPartitionReassignmentsRequestData request) {
    return askRepeatedly(
            new AlterPartitionReassignmentsRequest.Builder(request),
            AlterPartitionReassignmentsResponse.class)
        .thenApply(AlterPartitionReassignmentsResponse::data);
  }

  @Override
  public CompletionStage<ElectLeadersResponseData> electLeaders(ElectLeadersRequestData request) {
    Set<TopicPartition> partitions = null;
    if (request.topicPartitions() != null) {
      partitions = new LinkedHashSet<>();
      for (TopicPartitions topic : request.topicPartitions()) {
        for (int index : topic.partitions()) {
          partitions.add(new TopicPartition(topic.topic(), index));
        }
      }
    }
    return ask(
            new ElectLeadersRequest.Builder(
                ElectionType.valueOf(request.electionType()), partitions, request.timeoutMs()),
            ElectLeadersResponse.class,
            bounded(request.timeoutMs()))
        .thenApply(ElectLeadersResponse::data);
  }

  // ---- nodes ----

  @Override
  public CompletionStage<Void> unregisterBroker(int nodeId) {
    return ask(
            new UnregisterBrokerRequest.Builder(
                new UnregisterBrokerRequestData().setBrokerId(nodeId)),
            UnregisterBrokerResponse.class,
            TIMEOUT_MS)
        .thenApply(
            response -> {
              ApiError error = error(response.data().errorCode(), response.data().errorMessage());
              if (error.isFailure()) {
                throw error.exception();
              }
              return null;
            });
  }

  // ---- producer ids ----

  @Override
  public CompletionStage<ProducerIdsBlock> allocateProducerIds() {
    int nodeId = around.view().nodeId();
    return allocateProducerIds(nodeId, around.view().image().cluster().brokerEpoch(nodeId));
  }

  @Override
  public CompletionStage<ProducerIdsBlock> allocateProducerIds(int nodeId, long brokerEpoch) {
    AllocateProducerIdsRequestData request =
        new AllocateProducerIdsRequestData().setBrokerId(nodeId).setBrokerEpoch(brokerEpoch);
    return askRepeatedly(
            new AllocateProducerIdsRequest.Builder(request), AllocateProducerIdsResponse.class)
        .thenApply(
            response -> {
              AllocateProducerIdsResponseData data = response.data();
              Errors error = Errors.forCode(data.errorCode());
              if (error != Errors.NONE) {
                throw error.exception();
              }
              return new ProducerIdsBlock(nodeId, data.producerIdStart(), data.producerIdLen());
            });
  }
}

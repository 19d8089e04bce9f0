package dev.naru.broker.topic;

import dev.naru.broker.api.ApiHandler;
import dev.naru.broker.api.Request;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.MetadataRequestData.MetadataRequestTopic;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseBroker;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponsePartition;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseTopic;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseTopicCollection;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.MetadataResponse;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.image.TopicImage;
import org.apache.kafka.metadata.PartitionRegistration;
import org.apache.kafka.metadata.Replicas;

/**
 * Metadata: the nodes, and topics by name, by id, or all. Topics that may be made on the way are
 * made before the answer, so that a client need not ask again.
 */
final class MetadataHandler implements ApiHandler {
  private static final short FIRST_WITH_TOPIC_IDS_ASKED = 12;

  private final TopicServices services;

  MetadataHandler(TopicServices services) {
    this.services = services;
  }

  @Override
  public ApiKeys api() {
    return ApiKeys.METADATA;
  }

  @Override
  public void handle(Request request) {
    MetadataRequestData data = request.data(MetadataRequestData.class);
    if (isAllTopics(data, request.version())) {
      List<String> names = new ArrayList<>(image().topics().topicsByName().keySet());
      request.respond(response(request, names, List.of(), Map.of()));
      return;
    }
    check(data, request.version());
    Set<Uuid> ids = new LinkedHashSet<>();
    Set<String> names = new LinkedHashSet<>();
    for (MetadataRequestTopic topic : data.topics()) {
      if (!topic.topicId().equals(Uuid.ZERO_UUID)) {
        ids.add(topic.topicId());
      } else if (topic.name() != null) {
        names.add(topic.name());
      }
    }
    if (!ids.isEmpty()) {
      respondByIds(request, ids);
    } else {
      respondByNames(request, data.allowAutoTopicCreation(), names);
    }
  }

  private static boolean isAllTopics(MetadataRequestData data, short version) {
    return data.topics() == null || (version == 0 && data.topics().isEmpty());
  }

  private static void check(MetadataRequestData data, short version) {
    if (version >= FIRST_WITH_TOPIC_IDS_ASKED) {
      return;
    }
    for (MetadataRequestTopic topic : data.topics()) {
      if (topic.name() == null) {
        throw new InvalidRequestException("Topic name can not be null for version " + version);
      }
      if (!topic.topicId().equals(Uuid.ZERO_UUID)) {
        throw new InvalidRequestException(
            "Topic IDs are not supported in requests for version " + version);
      }
    }
  }

  private void respondByIds(Request request, Set<Uuid> ids) {
    List<String> names = new ArrayList<>();
    List<Uuid> unknown = new ArrayList<>();
    for (Uuid id : ids) {
      TopicImage topic = services.view().topic(id);
      if (topic == null) {
        unknown.add(id);
      } else {
        names.add(topic.name());
      }
    }
    request.respond(response(request, names, unknown, Map.of()));
  }

  private void respondByNames(Request request, boolean mayCreate, Set<String> names) {
    Map<String, Errors> errors = new ConcurrentHashMap<>();
    List<CompletableFuture<Uuid>> creations = new ArrayList<>();
    boolean create = mayCreate && services.brokerConfig().getBoolean("auto.create.topics.enable");
    for (String name : names) {
      if (services.view().topic(name) != null) {
        continue;
      }
      if (!Topic.isValid(name)) {
        errors.put(name, Errors.INVALID_TOPIC_EXCEPTION);
      } else if (create) {
        creations.add(create(name, errors));
      } else {
        errors.put(name, Errors.UNKNOWN_TOPIC_OR_PARTITION);
      }
    }
    CompletableFuture<?> all = CompletableFuture.allOf(creations.toArray(CompletableFuture[]::new));
    TopicServices.answer(
        request, all.handle((done, error) -> response(request, names, List.of(), errors)));
  }

  private CompletableFuture<Uuid> create(String name, Map<String, Errors> errors) {
    return services
        .controller()
        .ensureTopic(name, -1, Map.of())
        .toCompletableFuture()
        .whenComplete(
            (id, error) -> {
              if (error != null) {
                errors.put(name, errorOf(TopicServices.unwrapped(error)));
              }
            });
  }

  /** Clients of this API wait for a leader; what else can pass means nothing to them. */
  private static Errors errorOf(Throwable cause) {
    return cause instanceof RetriableException
        ? Errors.LEADER_NOT_AVAILABLE
        : Errors.forException(cause);
  }

  private MetadataResponseData response(
      Request request,
      Collection<String> names,
      List<Uuid> unknownIds,
      Map<String, Errors> errors) {
    MetadataRequestData data = request.data(MetadataRequestData.class);
    short version = request.version();
    MetadataResponseData response = new MetadataResponseData();
    if (!unknownIds.isEmpty()) {
      // They all have the same key, null, and a collection that had to grow would choke on them.
      response.setTopics(
          new MetadataResponseTopicCollection(2 * (unknownIds.size() + names.size())));
    }
    response.setClusterId(services.view().clusterId());
    List<Node> nodes = services.nodes(request);
    response.setControllerId(
        nodes.isEmpty() ? MetadataResponse.NO_CONTROLLER_ID : services.view().controllerId());
    for (Node node : nodes) {
      response
          .brokers()
          .add(
              new MetadataResponseBroker()
                  .setNodeId(node.id())
                  .setHost(node.host())
                  .setPort(node.port())
                  .setRack(node.rack()));
    }
    for (Uuid id : unknownIds) {
      response
          .topics()
          .add(
              new MetadataResponseTopic()
                  .setErrorCode(Errors.UNKNOWN_TOPIC_ID.code())
                  .setName(null)
                  .setTopicId(id));
    }
    boolean operations = version >= 8 && data.includeTopicAuthorizedOperations();
    MetadataImage image = image();
    for (String name : names) {
      MetadataResponseTopic topic = topic(image, name, errors.get(name));
      response.topics().add(operations ? withOperations(topic) : topic);
    }
    if (version >= 8 && version <= 10 && data.includeClusterAuthorizedOperations()) {
      response.setClusterAuthorizedOperations(AuthorizedOperations.CLUSTER);
    }
    return response;
  }

  private static MetadataResponseTopic withOperations(MetadataResponseTopic topic) {
    return topic.setTopicAuthorizedOperations(AuthorizedOperations.TOPIC);
  }

  private static MetadataResponseTopic topic(MetadataImage image, String name, Errors error) {
    TopicImage found = image.topics().getTopic(name);
    MetadataResponseTopic topic =
        new MetadataResponseTopic().setName(name).setIsInternal(Topic.isInternal(name));
    if (found == null) {
      Errors why = error == null ? Errors.UNKNOWN_TOPIC_OR_PARTITION : error;
      return topic.setErrorCode(why.code());
    }
    topic.setTopicId(found.id());
    found
        .partitions()
        .forEach((index, registration) -> topic.partitions().add(partition(index, registration)));
    return topic;
  }

  private static MetadataResponsePartition partition(int index, PartitionRegistration partition) {
    return new MetadataResponsePartition()
        .setPartitionIndex(index)
        .setLeaderId(partition.leader)
        .setLeaderEpoch(partition.leaderEpoch)
        .setReplicaNodes(Replicas.toList(partition.replicas))
        .setIsrNodes(Replicas.toList(partition.isr))
        .setErrorCode(
            partition.hasLeader() ? Errors.NONE.code() : Errors.LEADER_NOT_AVAILABLE.code());
  }

  private MetadataImage image() {
    return services.view().image();
  }
}

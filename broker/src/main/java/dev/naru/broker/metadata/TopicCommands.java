package dev.naru.broker.metadata;

import dev.naru.broker.config.ConfigView;
import dev.naru.broker.config.TopicConfigs;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.apache.kafka.common.DirectoryId;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.InvalidPartitionsException;
import org.apache.kafka.common.errors.InvalidReplicaAssignmentException;
import org.apache.kafka.common.errors.InvalidReplicationFactorException;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.PolicyViolationException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.CreatePartitionsRequestData;
import org.apache.kafka.common.message.CreatePartitionsRequestData.CreatePartitionsTopic;
import org.apache.kafka.common.message.CreatePartitionsResponseData;
import org.apache.kafka.common.message.CreatePartitionsResponseData.CreatePartitionsTopicResult;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableReplicaAssignment;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopic;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopicConfig;
import org.apache.kafka.common.message.CreateTopicsResponseData;
import org.apache.kafka.common.message.CreateTopicsResponseData.CreatableTopicConfigs;
import org.apache.kafka.common.message.CreateTopicsResponseData.CreatableTopicResult;
import org.apache.kafka.common.metadata.ConfigRecord;
import org.apache.kafka.common.metadata.RemoveTopicRecord;
import org.apache.kafka.common.metadata.TopicRecord;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ApiError;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.image.TopicImage;
import org.apache.kafka.image.writer.ImageWriterOptions;
import org.apache.kafka.metadata.LeaderRecoveryState;
import org.apache.kafka.metadata.PartitionRegistration;
import org.apache.kafka.server.common.ApiMessageAndVersion;

/** Commands that make, grow and delete topics, with Kafka's rules, error codes and messages. */
final class TopicCommands {
  /** Kafka's limit for one request. */
  private static final int MAX_PARTITIONS_PER_REQUEST = 10_000;

  /** Naming more nodes costs nothing: how often records are kept is for the storage to say. */
  private static final int USUAL_REPLICAS = 3;

  private final MetadataImage image;
  private final TopicConfigs configs;
  private final ImageWriterOptions writing;
  private final List<ApiMessageAndVersion> records = new ArrayList<>();
  private final int nodeId;
  private final Supplier<Uuid> ids;
  private Ownership ownership;

  /**
   * @param ids makes up ids for new topics
   */
  TopicCommands(int nodeId, MetadataImage image, TopicConfigs configs, Supplier<Uuid> ids) {
    this.nodeId = nodeId;
    this.ids = ids;
    this.image = image;
    this.configs = configs;
    this.writing = new ImageWriterOptions.Builder(image).build();
  }

  private Ownership ownership() {
    if (ownership == null) {
      ownership = new Ownership(image, nodeId);
    }
    return ownership;
  }

  Outcome<CreateTopicsResponseData> create(CreateTopicsRequestData request) {
    checkTotal(request);
    Map<String, Integer> count = new LinkedHashMap<>();
    request.topics().forEach(topic -> count.merge(topic.name(), 1, Integer::sum));
    Map<String, String> taken = namesThatCollide(request);
    CreateTopicsResponseData response = new CreateTopicsResponseData();
    Set<String> answered = new HashSet<>();
    for (CreatableTopic topic : request.topics()) {
      if (answered.add(topic.name())) {
        boolean duplicate = count.get(topic.name()) > 1;
        response.topics().add(createOne(topic, duplicate, taken));
      }
    }
    return request.validateOnly() ? Outcome.of(response) : new Outcome<>(records, response);
  }

  /** The topic's id; records are there when it has to be made. */
  Outcome<Uuid> ensure(String name, int partitions, Map<String, String> topicConfigs) {
    TopicImage existing = image.topics().getTopic(name);
    if (existing != null) {
      return Outcome.of(existing.id());
    }
    CreatableTopic topic =
        new CreatableTopic()
            .setName(name)
            .setNumPartitions(partitions)
            .setReplicationFactor((short) -1);
    topicConfigs.forEach(
        (key, value) ->
            topic.configs().add(new CreatableTopicConfig().setName(key).setValue(value)));
    CreateTopicsRequestData request = new CreateTopicsRequestData();
    request.topics().add(topic);
    CreatableTopicResult result = newTopic(topic, namesThatCollide(request));
    return new Outcome<>(records, result.topicId());
  }

  Outcome<Map<Uuid, ApiError>> delete(Set<Uuid> ids) {
    Map<Uuid, ApiError> results = new LinkedHashMap<>();
    for (Uuid id : ids) {
      if (image.topics().getTopic(id) == null) {
        results.put(id, new ApiError(Errors.UNKNOWN_TOPIC_ID));
      } else {
        records.add(new ApiMessageAndVersion(new RemoveTopicRecord().setTopicId(id), (short) 0));
        results.put(id, ApiError.NONE);
      }
    }
    return new Outcome<>(records, results);
  }

  Outcome<CreatePartitionsResponseData> grow(CreatePartitionsRequestData request) {
    CreatePartitionsResponseData response = new CreatePartitionsResponseData();
    Map<String, Integer> count = new LinkedHashMap<>();
    request.topics().forEach(topic -> count.merge(topic.name(), 1, Integer::sum));
    int[] total = new int[1];
    count.forEach(
        (name, times) -> {
          ApiError error;
          if (times > 1) {
            error = new ApiError(Errors.INVALID_REQUEST, "Duplicate topic name.");
          } else {
            error = attempt(() -> total[0] += growOne(request.topics().find(name), total[0]));
          }
          response
              .results()
              .add(
                  new CreatePartitionsTopicResult()
                      .setName(name)
                      .setErrorCode(error.error().code())
                      .setErrorMessage(error.message()));
        });
    return request.validateOnly() ? Outcome.of(response) : new Outcome<>(records, response);
  }

  private CreatableTopicResult createOne(
      CreatableTopic topic, boolean duplicate, Map<String, String> taken) {
    CreatableTopicResult[] result = new CreatableTopicResult[1];
    int before = records.size();
    ApiError error =
        attempt(
            () -> {
              if (duplicate) {
                throw new InvalidRequestException("Duplicate topic name.");
              }
              result[0] = newTopic(topic, taken);
            });
    if (error.isSuccess()) {
      return result[0];
    }
    records.subList(before, records.size()).clear();
    return new CreatableTopicResult()
        .setName(topic.name())
        .setErrorCode(error.error().code())
        .setErrorMessage(error.message());
  }

  private CreatableTopicResult newTopic(CreatableTopic topic, Map<String, String> taken) {
    String name = topic.name();
    checkName(name, taken);
    Map<String, String> own = ownConfigs(topic);
    configs.validate(Map.of(), own);
    List<List<Integer>> assigned = assignments(topic);
    int partitions = assigned == null ? partitionsOf(topic) : assigned.size();
    int replicas = assigned == null ? replicasOf(topic) : assigned.get(0).size();
    Uuid id = ids.get();
    records.add(
        new ApiMessageAndVersion(new TopicRecord().setName(name).setTopicId(id), (short) 0));
    own.forEach(
        (key, value) ->
            records.add(
                new ApiMessageAndVersion(
                    new ConfigRecord()
                        .setResourceType(ConfigResource.Type.TOPIC.id())
                        .setResourceName(name)
                        .setName(key)
                        .setValue(value),
                    (short) 0)));
    for (int partition = 0; partition < partitions; partition++) {
      records.add(
          partition(
              id,
              partition,
              assigned == null
                  ? ownership().place(id, partition, replicas)
                  : assigned.get(partition)));
    }
    if (Topic.hasCollisionChars(name)) {
      taken.put(Topic.unifyCollisionChars(name), name);
    }
    return success(topic, id, partitions, replicas, own);
  }

  private void checkName(String name, Map<String, String> taken) {
    if (name.equals(Topic.CLUSTER_METADATA_TOPIC_NAME)) {
      throw new InvalidRequestException("Creation of internal topic " + name + " is prohibited.");
    }
    Topic.validate(name);
    if (image.topics().getTopic(name) != null) {
      throw new TopicExistsException("Topic '" + name + "' already exists.");
    }
    String other =
        Topic.hasCollisionChars(name) ? taken.get(Topic.unifyCollisionChars(name)) : null;
    if (other != null) {
      throw new InvalidTopicException(
          "Topic '" + name + "' collides with existing topic: " + other);
    }
  }

  private static Map<String, String> ownConfigs(CreatableTopic topic) {
    Map<String, String> own = new LinkedHashMap<>();
    List<String> nulls = new ArrayList<>();
    for (CreatableTopicConfig config : topic.configs()) {
      if (config.value() == null) {
        nulls.add(config.name());
      } else {
        own.put(config.name(), config.value());
      }
    }
    if (!nulls.isEmpty()) {
      throw new InvalidConfigurationException(
          "Null value not supported for topic configs: " + String.join(",", nulls));
    }
    return own;
  }

  private int partitionsOf(CreatableTopic topic) {
    if (topic.numPartitions() < -1 || topic.numPartitions() == 0) {
      throw new InvalidPartitionsException(
          "Number of partitions was set to an invalid non-positive value.");
    }
    return topic.numPartitions() == -1
        ? configs.broker().getInt("num.partitions")
        : topic.numPartitions();
  }

  /** By the request, or as many as there are up to a number. */
  private int replicasOf(CreatableTopic topic) {
    short replicas = topic.replicationFactor();
    if (replicas < -1 || replicas == 0) {
      throw new InvalidReplicationFactorException(
          "Replication factor must be larger than 0, or -1 to use the default value.");
    }
    int nodes = nodes();
    if (replicas == -1) {
      return Math.min(nodes, USUAL_REPLICAS);
    }
    if (replicas > nodes) {
      throw new InvalidReplicationFactorException(
          "Unable to replicate the partition "
              + replicas
              + " time(s): The target replication factor of "
              + replicas
              + " cannot be reached because only "
              + nodes
              + " broker(s) are registered.");
    }
    return replicas;
  }

  /** How many a partition can have; in a cluster of which every node is gone that is nothing. */
  private int nodes() {
    int nodes = ownership().size();
    if (nodes == 0) {
      throw new InvalidReplicationFactorException(
          "Unable to replicate the partition: All brokers are currently fenced.");
    }
    return nodes;
  }

  /** The nodes of each partition, when the request names them; otherwise null. */
  private List<List<Integer>> assignments(CreatableTopic topic) {
    if (topic.assignments().isEmpty()) {
      return null;
    }
    if (topic.replicationFactor() != -1) {
      throw new InvalidRequestException(
          "A manual partition assignment was specified, but replication factor was not set to -1.");
    }
    if (topic.numPartitions() != -1) {
      throw new InvalidRequestException(
          "A manual partition assignment was specified, but numPartitions was not set to -1.");
    }
    Map<Integer, List<Integer>> partitions = new TreeMap<>();
    for (CreatableReplicaAssignment assignment : topic.assignments()) {
      if (partitions.put(assignment.partitionIndex(), assignment.brokerIds()) != null) {
        throw new InvalidReplicaAssignmentException(
            "Found multiple manual partition assignments for partition "
                + assignment.partitionIndex());
      }
      checkAssignment(assignment.brokerIds());
    }
    for (int partition = 0; partition < partitions.size(); partition++) {
      if (!partitions.containsKey(partition)) {
        throw new InvalidReplicaAssignmentException(
            "partitions should be a consecutive 0-based integer sequence");
      }
    }
    List<List<Integer>> nodes = List.copyOf(partitions.values());
    for (List<Integer> each : nodes) {
      if (each.size() != nodes.get(0).size()) {
        throw new InvalidReplicaAssignmentException(
            "The manual partition assignment includes a partition with %d replica(s), but this is"
                    .formatted(each.size())
                + " not consistent with previous partitions, which have %d replica(s)."
                    .formatted(nodes.get(0).size()));
      }
    }
    return nodes;
  }

  /** A partition's nodes that were named one by one: each is there, and is named once. */
  private void checkAssignment(List<Integer> brokers) {
    if (brokers.isEmpty()) {
      throw new InvalidReplicaAssignmentException(
          "The manual partition assignment includes an empty replica list.");
    }
    Set<Integer> seen = new HashSet<>();
    for (int broker : brokers) {
      boolean known =
          image.cluster().brokers().isEmpty()
              ? broker == nodeId
              : image.cluster().broker(broker) != null;
      if (!known) {
        throw new InvalidReplicaAssignmentException(
            "The manual partition assignment includes broker "
                + broker
                + ", but no such broker is registered.");
      }
      if (!seen.add(broker)) {
        throw new InvalidReplicaAssignmentException(
            "The manual partition assignment includes the broker " + broker + " more than once.");
      }
    }
  }

  private int growOne(CreatePartitionsTopic topic, int addedBefore) {
    TopicImage existing = image.topics().getTopic(topic.name());
    if (existing == null) {
      throw new UnknownTopicOrPartitionException();
    }
    int now = existing.partitions().size();
    if (topic.count() == now) {
      throw new InvalidPartitionsException("Topic already has " + now + " partition(s).");
    }
    if (topic.count() < now) {
      throw new InvalidPartitionsException(
          "The topic %s currently has %d partition(s); %d would not be an increase."
              .formatted(topic.name(), now, topic.count()));
    }
    int additional = topic.count() - now;
    if (addedBefore + additional > MAX_PARTITIONS_PER_REQUEST) {
      throw new PolicyViolationException("Excessively large number of partitions per request.");
    }
    if (topic.assignments() != null) {
      if (topic.assignments().size() != additional) {
        throw new InvalidReplicaAssignmentException(
            "Attempted to add %d additional partition(s), but only %d assignment(s) were specified."
                .formatted(additional, topic.assignments().size()));
      }
      topic.assignments().forEach(assignment -> checkAssignment(assignment.brokerIds()));
    }
    int replicas =
        topic.assignments() != null
            ? 0
            : Math.min(nodes(), existing.partitions().get(0).replicas.length);
    for (int partition = now; partition < topic.count(); partition++) {
      List<Integer> nodes =
          topic.assignments() != null
              ? topic.assignments().get(partition - now).brokerIds()
              : ownership().place(existing.id(), partition, replicas);
      records.add(partition(existing.id(), partition, nodes));
    }
    return additional;
  }

  private ApiMessageAndVersion partition(Uuid topicId, int partition, List<Integer> nodes) {
    int[] replicas = nodes.stream().mapToInt(Integer::intValue).toArray();
    Uuid[] directories = new Uuid[replicas.length];
    Arrays.fill(directories, DirectoryId.UNASSIGNED);
    return new PartitionRegistration.Builder()
        .setReplicas(replicas)
        .setDirectories(directories)
        .setIsr(replicas)
        .setLeader(replicas[0])
        .setLeaderRecoveryState(LeaderRecoveryState.RECOVERED)
        .setLeaderEpoch(0)
        .setPartitionEpoch(0)
        .build()
        .toRecord(topicId, partition, writing);
  }

  private CreatableTopicResult success(
      CreatableTopic topic, Uuid id, int partitions, int replicas, Map<String, String> own) {
    CreatableTopicResult result =
        new CreatableTopicResult()
            .setName(topic.name())
            .setTopicId(id)
            .setNumPartitions(partitions)
            .setReplicationFactor((short) replicas);
    for (ConfigView view : configs.describe(own)) {
      result
          .configs()
          .add(
              new CreatableTopicConfigs()
                  .setName(view.name())
                  .setValue(view.value())
                  .setReadOnly(view.readOnly())
                  .setConfigSource(view.source().id()));
    }
    return result;
  }

  private void checkTotal(CreateTopicsRequestData request) {
    long total = 0;
    int standard = configs.broker().getInt("num.partitions");
    for (CreatableTopic topic : request.topics()) {
      int wanted = topic.numPartitions() == -1 ? standard : Math.max(0, topic.numPartitions());
      total += topic.assignments().isEmpty() ? wanted : topic.assignments().size();
    }
    if (total > MAX_PARTITIONS_PER_REQUEST) {
      throw new PolicyViolationException("Excessively large number of partitions per request.");
    }
  }

  private Map<String, String> namesThatCollide(CreateTopicsRequestData request) {
    Map<String, String> unified = new HashMap<>();
    if (request.topics().stream().anyMatch(topic -> Topic.hasCollisionChars(topic.name()))) {
      for (String name : image.topics().topicsByName().keySet()) {
        if (Topic.hasCollisionChars(name)) {
          unified.put(Topic.unifyCollisionChars(name), name);
        }
      }
    }
    return unified;
  }

  static ApiError attempt(Runnable action) {
    try {
      action.run();
      return ApiError.NONE;
    } catch (ApiException e) {
      return ApiError.fromThrowable(e);
    } catch (ConfigException e) {
      return new ApiError(Errors.INVALID_CONFIG, e.getMessage());
    }
  }
}

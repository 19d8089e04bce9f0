package dev.naru.broker.metadata;

import dev.naru.broker.config.BrokerConfig;
import dev.naru.broker.config.GroupConfigSchema;
import dev.naru.broker.config.TopicConfigs;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.metadata.ConfigRecord;
import org.apache.kafka.common.requests.ApiError;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.server.common.ApiMessageAndVersion;

/** Commands that change configs of topics, nodes and groups. */
final class ConfigCommands {
  private final MetadataImage image;
  private final TopicConfigs topics;
  private final GroupConfigSchema groups;
  private final Consumer<BrokerConfig> nodeCheck;
  private final List<ApiMessageAndVersion> records = new ArrayList<>();

  /**
   * @param nodeCheck throws ConfigException when the node could not go on with these options
   */
  ConfigCommands(
      MetadataImage image,
      TopicConfigs topics,
      GroupConfigSchema groups,
      Consumer<BrokerConfig> nodeCheck) {
    this.image = image;
    this.topics = topics;
    this.groups = groups;
    this.nodeCheck = nodeCheck;
  }

  /** Changes some configs of each resource and leaves its others. */
  Outcome<Map<ConfigResource, ApiError>> incremental(
      Map<ConfigResource, Map<String, AdminController.ConfigChange>> changes,
      boolean validateOnly) {
    Map<ConfigResource, ApiError> results = new LinkedHashMap<>();
    changes.forEach(
        (resource, ops) ->
            results.put(
                resource,
                TopicCommands.attempt(
                    () -> change(resource, applied(resource, ops), ops.keySet()))));
    return new Outcome<>(validateOnly ? List.of() : records, results);
  }

  /** Gives each resource exactly these configs. */
  Outcome<Map<ConfigResource, ApiError>> replace(
      Map<ConfigResource, Map<String, String>> wanted, boolean validateOnly) {
    Map<ConfigResource, ApiError> results = new LinkedHashMap<>();
    wanted.forEach(
        (resource, configs) ->
            results.put(
                resource,
                TopicCommands.attempt(() -> change(resource, configs, configs.keySet()))));
    return new Outcome<>(validateOnly ? List.of() : records, results);
  }

  private Map<String, String> applied(
      ConfigResource resource, Map<String, AdminController.ConfigChange> ops) {
    Map<String, String> next = new HashMap<>(current(resource));
    ops.forEach(
        (name, op) -> {
          switch (op.type()) {
            case SET -> next.put(name, op.value());
            case DELETE -> next.remove(name);
            case APPEND, SUBTRACT -> next.put(name, edited(resource, name, op));
          }
        });
    return next;
  }

  private String edited(ConfigResource resource, String name, AdminController.ConfigChange op) {
    if (!isList(resource, name)) {
      throw new InvalidConfigurationException(
          "Can't " + op.type() + " to key " + name + " because its type is not LIST.");
    }
    String now = current(resource).get(name);
    if (now == null) {
      now = inForce(resource, name);
    }
    List<String> values =
        now.isEmpty() ? new ArrayList<>() : new ArrayList<>(Arrays.asList(now.split(",")));
    for (String value : op.value().split(",")) {
      if (op.type() == OpType.SUBTRACT) {
        values.remove(value);
      } else if (!values.contains(value)) {
        values.add(value);
      }
    }
    return String.join(",", values);
  }

  private void change(ConfigResource resource, Map<String, String> next, Set<String> named) {
    Map<String, String> before = current(resource);
    next.forEach(
        (name, value) -> {
          if (value.length() > Short.MAX_VALUE) {
            throw new InvalidConfigurationException(
                "The configuration value cannot be added because it exceeds the maximum value size"
                    + " of "
                    + Short.MAX_VALUE
                    + " bytes.");
          }
        });
    validate(resource, before, next, named);
    Set<String> names = new TreeSet<>(before.keySet());
    names.addAll(next.keySet());
    for (String name : names) {
      // A store's name that is set once more says that the file changed.
      boolean again = named.contains(name) && BrokerConfig.isOfOneListener(name);
      if (again || !Objects.equals(before.get(name), next.get(name))) {
        records.add(
            new ApiMessageAndVersion(
                new ConfigRecord()
                    .setResourceType(resource.type().id())
                    .setResourceName(resource.name())
                    .setName(name)
                    .setValue(next.get(name)),
                (short) 0));
      }
    }
  }

  private void validate(
      ConfigResource resource,
      Map<String, String> before,
      Map<String, String> next,
      Set<String> named) {
    switch (resource.type()) {
      case TOPIC -> {
        if (resource.name().isEmpty()) {
          throw new InvalidRequestException("Default topic resources are not allowed.");
        }
        Topic.validate(resource.name());
        topics.validate(before, next);
        if (image.topics().getTopic(resource.name()) == null) {
          throw new UnknownTopicOrPartitionException(
              "The topic '" + resource.name() + "' does not exist.");
        }
      }
      case BROKER -> validateBroker(resource, next, named);
      case GROUP -> {
        if (resource.name().isEmpty()) {
          throw new InvalidRequestException("Default group resources are not allowed.");
        }
        groups.validate(next);
      }
      case BROKER_LOGGER ->
          throw new InvalidRequestException(
              "Log levels of this broker cannot be changed while it runs.");
      case CLIENT_METRICS ->
          throw new InvalidRequestException("This broker does not collect clients' metrics.");
      default -> throw new InvalidRequestException("Unknown resource type " + resource.type());
    }
  }

  private void validateBroker(
      ConfigResource resource, Map<String, String> next, Set<String> named) {
    BrokerConfig broker = topics.broker();
    boolean forAll = resource.name().isEmpty();
    boolean own = forAll || checkNodeId(resource.name(), broker.nodeId());
    Set<String> fixed = new TreeSet<>(named);
    // What is named and not set is taken back, which changes nothing where nothing was set.
    fixed.retainAll(next.keySet());
    fixed.removeIf(BrokerConfig::isDynamic);
    if (!fixed.isEmpty()) {
      // Kafka's sentence, which programs look for, and then the reasons.
      throw new InvalidRequestException(
          "Cannot update these configs dynamically: "
              + fixed
              + ". "
              + fixed.stream()
                  .map(name -> name + ": " + BrokerConfig.whyFixed(name))
                  .collect(Collectors.joining("; ")));
    }
    if (forAll && named.stream().anyMatch(BrokerConfig::isOfOneListener)) {
      throw new InvalidRequestException(
          "Cannot update these configs at default cluster level: "
              + new TreeSet<>(named)
              + ": keys and trust stores are files of one node; name that node");
    }
    if (named.contains(BrokerConfig.DRAIN)) {
      checkDrain(forAll, resource, next);
    }
    if (!own && named.stream().anyMatch(BrokerConfig::isOfOneListener)) {
      throw new InvalidRequestException(
          "Keys and trust stores of node "
              + resource.name()
              + " can be looked at there only, and this is the controller, node "
              + broker.nodeId()
              + "; restart that node to change them");
    }
    Map<String, String> other = current(brokerResource(forAll ? broker.nodeId() + "" : ""));
    try {
      BrokerConfig then = broker.withDynamic(forAll ? next : other, forAll ? other : next);
      if (named.stream().anyMatch(BrokerConfig::isOfOneListener)) {
        nodeCheck.accept(then);
      }
    } catch (ConfigException e) {
      throw new InvalidRequestException(e.getMessage());
    }
  }

  /**
   * Node configs are those of a node of this cluster.
   *
   * @return whether it is this node, which alone can look at files that its configs name
   */
  private boolean checkNodeId(String name, int nodeId) {
    int asked;
    try {
      asked = Integer.parseInt(name);
    } catch (NumberFormatException e) {
      throw new InvalidRequestException("Node id must be an integer, but it is: " + name);
    }
    if (asked != nodeId && image.cluster().broker(asked) == null) {
      throw new InvalidRequestException(
          "Unexpected broker id, expected " + nodeId + ", but received " + name);
    }
    return asked == nodeId;
  }

  private void checkDrain(boolean forAll, ConfigResource resource, Map<String, String> next) {
    if (forAll) {
      throw new InvalidRequestException(
          BrokerConfig.DRAIN + " is set for one node at a time; name that node");
    }
    int nodeId = Integer.parseInt(resource.name());
    if (NodeCommands.isTrue(next.get(BrokerConfig.DRAIN))
        && !NodeCommands.othersCanOwn(image, nodeId)) {
      throw new InvalidRequestException(
          "Node " + nodeId + " cannot be drained: there is no other node to take what it owns");
    }
  }

  private boolean isList(ConfigResource resource, String name) {
    return switch (resource.type()) {
      case TOPIC -> TopicConfigs.isList(name);
      case BROKER -> BrokerConfig.isList(name);
      case GROUP -> groups.isList(name);
      default -> false;
    };
  }

  /** The value that APPEND and SUBTRACT start from when the resource has none of its own. */
  private String inForce(ConfigResource resource, String name) {
    var views =
        switch (resource.type()) {
          case TOPIC -> topics.describe(Map.of());
          case BROKER -> topics.broker().describe();
          default -> groups.describe(Map.of());
        };
    return views.stream()
        .filter(view -> view.name().equals(name) && view.value() != null)
        .findFirst()
        .map(view -> view.value())
        .orElse("");
  }

  private Map<String, String> current(ConfigResource resource) {
    return image.configs().configMapForResource(resource);
  }

  private static ConfigResource brokerResource(String name) {
    return new ConfigResource(ConfigResource.Type.BROKER, name);
  }
}

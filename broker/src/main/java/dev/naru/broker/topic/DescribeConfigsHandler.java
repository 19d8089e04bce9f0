package dev.naru.broker.topic;

import dev.naru.broker.api.ApiHandler;
import dev.naru.broker.api.Request;
import dev.naru.broker.config.ConfigView;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.DescribeConfigsRequestData;
import org.apache.kafka.common.message.DescribeConfigsRequestData.DescribeConfigsResource;
import org.apache.kafka.common.message.DescribeConfigsResponseData;
import org.apache.kafka.common.message.DescribeConfigsResponseData.DescribeConfigsResourceResult;
import org.apache.kafka.common.message.DescribeConfigsResponseData.DescribeConfigsResult;
import org.apache.kafka.common.message.DescribeConfigsResponseData.DescribeConfigsSynonym;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.requests.ApiError;
import org.apache.kafka.common.requests.DescribeConfigsResponse.ConfigType;

/** DescribeConfigs: every config with its value, where that comes from, and what it means. */
final class DescribeConfigsHandler implements ApiHandler {
  private final TopicServices services;

  DescribeConfigsHandler(TopicServices services) {
    this.services = services;
  }

  @Override
  public ApiKeys api() {
    return ApiKeys.DESCRIBE_CONFIGS;
  }

  @Override
  public void handle(Request request) {
    DescribeConfigsRequestData data = request.data(DescribeConfigsRequestData.class);
    List<DescribeConfigsResult> results = new ArrayList<>();
    for (DescribeConfigsResource resource : data.resources()) {
      DescribeConfigsResult result =
          new DescribeConfigsResult()
              .setResourceName(resource.resourceName())
              .setResourceType(resource.resourceType());
      try {
        for (ConfigView view : describe(resource)) {
          if (isWanted(resource, view)) {
            result.configs().add(entry(view, data));
          }
        }
      } catch (ApiException e) {
        ApiError error = ApiError.fromThrowable(e);
        result.setErrorCode(error.error().code()).setErrorMessage(error.message());
      }
      results.add(result);
    }
    request.respond(new DescribeConfigsResponseData().setResults(results));
  }

  private static boolean isWanted(DescribeConfigsResource resource, ConfigView view) {
    List<String> keys = resource.configurationKeys();
    return keys == null || keys.isEmpty() || keys.contains(view.name());
  }

  private List<ConfigView> describe(DescribeConfigsResource resource) {
    String name = resource.resourceName();
    ConfigResource.Type type = ConfigResource.Type.forId(resource.resourceType());
    return switch (type) {
      case TOPIC -> {
        Topic.validate(name);
        if (services.view().topic(name) == null) {
          throw new UnknownTopicOrPartitionException();
        }
        yield services.topicConfigs().describe(configs(type, name));
      }
      case BROKER -> {
        if (name.isEmpty()) {
          yield services.brokerConfig().describeDefaults();
        }
        checkNode(name, " or empty string, but received ");
        yield services.brokerConfig().describe();
      }
      case BROKER_LOGGER -> {
        checkNamed(name, "Broker id must not be empty");
        checkNode(name, " but received ");
        yield List.of();
      }
      case CLIENT_METRICS -> {
        checkNamed(name, "Client metrics subscription name must not be empty");
        yield List.of();
      }
      case GROUP -> {
        checkNamed(name, "Group name must not be empty");
        yield services.groups().describe(configs(type, name));
      }
      default -> throw new InvalidRequestException("Unsupported resource type: " + type);
    };
  }

  private static void checkNamed(String name, String otherwise) {
    if (name.isEmpty()) {
      throw new InvalidRequestException(otherwise);
    }
  }

  private Map<String, String> configs(ConfigResource.Type type, String name) {
    return services.view().image().configs().configMapForResource(new ConfigResource(type, name));
  }

  private void checkNode(String name, String middle) {
    int nodeId = services.view().nodeId();
    int asked;
    try {
      asked = Integer.parseInt(name);
    } catch (NumberFormatException e) {
      throw new InvalidRequestException("Broker id must be an integer, but it is: " + name);
    }
    if (asked != nodeId) {
      throw new InvalidRequestException("Unexpected broker id, expected " + nodeId + middle + name);
    }
  }

  private static DescribeConfigsResourceResult entry(
      ConfigView view, DescribeConfigsRequestData data) {
    DescribeConfigsResourceResult entry =
        new DescribeConfigsResourceResult()
            .setName(view.name())
            .setValue(view.type() == ConfigDef.Type.PASSWORD ? null : view.value())
            .setIsSensitive(view.type() == ConfigDef.Type.PASSWORD)
            .setReadOnly(view.readOnly())
            .setConfigSource(view.source().id())
            .setConfigType(type(view.type()).id());
    if (data.includeDocumentation()) {
      entry.setDocumentation(view.documentation());
    }
    if (data.includeSynonyms()) {
      for (ConfigView.Synonym synonym : view.synonyms()) {
        entry
            .synonyms()
            .add(
                new DescribeConfigsSynonym()
                    .setName(synonym.name())
                    .setValue(view.type() == ConfigDef.Type.PASSWORD ? null : synonym.value())
                    .setSource(synonym.source().id()));
      }
    }
    return entry;
  }

  private static ConfigType type(ConfigDef.Type type) {
    return switch (type) {
      case BOOLEAN -> ConfigType.BOOLEAN;
      case STRING -> ConfigType.STRING;
      case INT -> ConfigType.INT;
      case SHORT -> ConfigType.SHORT;
      case LONG -> ConfigType.LONG;
      case DOUBLE -> ConfigType.DOUBLE;
      case LIST -> ConfigType.LIST;
      case CLASS -> ConfigType.CLASS;
      case PASSWORD -> ConfigType.PASSWORD;
    };
  }
}

package dev.naru.broker.topic;

import dev.naru.broker.api.ApiHandler;
import dev.naru.broker.api.Request;
import java.util.List;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.message.ListConfigResourcesRequestData;
import org.apache.kafka.common.message.ListConfigResourcesResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.image.MetadataImage;

/** ListConfigResources (KIP-1142): what has configs. */
final class ListConfigResourcesHandler implements ApiHandler {
  private final TopicServices services;

  ListConfigResourcesHandler(TopicServices services) {
    this.services = services;
  }

  @Override
  public ApiKeys api() {
    return ApiKeys.LIST_CONFIG_RESOURCES;
  }

  @Override
  public void handle(Request request) {
    List<Byte> supported =
        request.version() == 0
            ? List.of(ConfigResource.Type.CLIENT_METRICS.id())
            : List.of(
                ConfigResource.Type.TOPIC.id(),
                ConfigResource.Type.BROKER.id(),
                ConfigResource.Type.BROKER_LOGGER.id(),
                ConfigResource.Type.CLIENT_METRICS.id(),
                ConfigResource.Type.GROUP.id());
    List<Byte> asked = request.data(ListConfigResourcesRequestData.class).resourceTypes();
    List<Byte> types = asked.isEmpty() ? supported : asked;
    ListConfigResourcesResponseData response = new ListConfigResourcesResponseData();
    if (!supported.containsAll(types)) {
      request.respond(response.setErrorCode(Errors.UNSUPPORTED_VERSION.code()));
      return;
    }
    MetadataImage image = services.view().image();
    for (byte id : types) {
      ConfigResource.Type type = ConfigResource.Type.forId(id);
      switch (type) {
        case TOPIC -> image.topics().topicsByName().keySet().forEach(n -> add(response, type, n));
        case BROKER, BROKER_LOGGER ->
            image.cluster().brokers().keySet().forEach(n -> add(response, type, n.toString()));
        default ->
            image.configs().resourceData().keySet().stream()
                .filter(resource -> resource.type() == type)
                .map(ConfigResource::name)
                .forEach(name -> add(response, type, name));
      }
    }
    request.respond(response);
  }

  private static void add(
      ListConfigResourcesResponseData response, ConfigResource.Type type, String name) {
    response
        .configResources()
        .add(
            new ListConfigResourcesResponseData.ConfigResource()
                .setResourceName(name)
                .setResourceType(type.id()));
  }
}

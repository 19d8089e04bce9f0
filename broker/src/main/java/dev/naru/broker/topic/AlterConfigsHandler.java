package dev.naru.broker.topic;

import dev.naru.broker.api.ApiHandler;
import dev.naru.broker.api.Request;
import java.util.Map;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.message.AlterConfigsRequestData;
import org.apache.kafka.common.message.AlterConfigsRequestData.AlterConfigsResource;
import org.apache.kafka.common.message.AlterConfigsResponseData;
import org.apache.kafka.common.message.AlterConfigsResponseData.AlterConfigsResourceResponse;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.requests.ApiError;

/** AlterConfigs, the older form: what is not named goes back to its default. */
final class AlterConfigsHandler implements ApiHandler {
  private final TopicServices services;

  AlterConfigsHandler(TopicServices services) {
    this.services = services;
  }

  @Override
  public ApiKeys api() {
    return ApiKeys.ALTER_CONFIGS;
  }

  @Override
  public void handle(Request request) {
    AlterConfigsRequestData data = request.data(AlterConfigsRequestData.class);
    ConfigRequests<String> wanted = new ConfigRequests<>();
    for (AlterConfigsResource resource : data.resources()) {
      wanted.add(
          resource.resourceType(),
          resource.resourceName(),
          into ->
              resource.configs().forEach(c -> into.add(c.name(), c.value(), c.value() == null)));
    }
    TopicServices.answer(
        request,
        services
            .controller()
            .replaceConfigs(wanted.changes, data.validateOnly())
            .thenApply(results -> response(wanted, results)));
  }

  private static AlterConfigsResponseData response(
      ConfigRequests<String> wanted, Map<ConfigResource, ApiError> results) {
    AlterConfigsResponseData response = new AlterConfigsResponseData();
    wanted.forEach(
        results,
        (resource, error) ->
            response
                .responses()
                .add(
                    new AlterConfigsResourceResponse()
                        .setResourceType(resource.type().id())
                        .setResourceName(resource.name())
                        .setErrorCode(error.error().code())
                        .setErrorMessage(error.message())));
    return response;
  }
}

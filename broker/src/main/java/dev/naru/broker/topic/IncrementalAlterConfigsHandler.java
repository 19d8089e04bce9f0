package dev.naru.broker.topic;

import dev.naru.broker.api.ApiHandler;
import dev.naru.broker.api.Request;
import dev.naru.broker.metadata.AdminController.ConfigChange;
import java.util.Map;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData.AlterConfigsResource;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData.AlterableConfig;
import org.apache.kafka.common.message.IncrementalAlterConfigsResponseData;
import org.apache.kafka.common.message.IncrementalAlterConfigsResponseData.AlterConfigsResourceResponse;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.requests.ApiError;

/** IncrementalAlterConfigs: sets, deletes, appends to and subtracts from single configs. */
final class IncrementalAlterConfigsHandler implements ApiHandler {
  private final TopicServices services;

  IncrementalAlterConfigsHandler(TopicServices services) {
    this.services = services;
  }

  @Override
  public ApiKeys api() {
    return ApiKeys.INCREMENTAL_ALTER_CONFIGS;
  }

  @Override
  public void handle(Request request) {
    IncrementalAlterConfigsRequestData data =
        request.data(IncrementalAlterConfigsRequestData.class);
    ConfigRequests<ConfigChange> wanted = new ConfigRequests<>();
    for (AlterConfigsResource resource : data.resources()) {
      wanted.add(
          resource.resourceType(),
          resource.resourceName(),
          into -> resource.configs().forEach(config -> collect(config, into)));
    }
    TopicServices.answer(
        request,
        services
            .controller()
            .incrementalAlterConfigs(wanted.changes, data.validateOnly())
            .thenApply(results -> response(wanted, results)));
  }

  private static void collect(AlterableConfig config, ConfigRequests.Collector<ConfigChange> into) {
    OpType type = OpType.forId(config.configOperation());
    if (type == null) {
      throw new InvalidRequestException("Unknown operations type " + config.configOperation());
    }
    boolean isNull = type != OpType.DELETE && config.value() == null;
    into.add(config.name(), new ConfigChange(type, config.value()), isNull);
  }

  private static IncrementalAlterConfigsResponseData response(
      ConfigRequests<ConfigChange> wanted, Map<ConfigResource, ApiError> results) {
    IncrementalAlterConfigsResponseData response = new IncrementalAlterConfigsResponseData();
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

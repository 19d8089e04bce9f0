package dev.naru.broker.topic;

import dev.naru.broker.api.ApiHandler;
import dev.naru.broker.api.Request;
import org.apache.kafka.common.message.UnregisterBrokerRequestData;
import org.apache.kafka.common.message.UnregisterBrokerResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.requests.ApiError;

/** UnregisterBroker: forgets a node that is gone (KIP-631). */
final class UnregisterBrokerHandler implements ApiHandler {
  private final TopicServices services;

  UnregisterBrokerHandler(TopicServices services) {
    this.services = services;
  }

  @Override
  public ApiKeys api() {
    return ApiKeys.UNREGISTER_BROKER;
  }

  @Override
  public void handle(Request request) {
    int nodeId = request.data(UnregisterBrokerRequestData.class).brokerId();
    TopicServices.answer(
        request,
        services
            .controller()
            .unregisterBroker(nodeId)
            .handle(
                (done, failure) ->
                    failure == null ? ApiError.NONE : ApiError.fromThrowable(failure))
            .thenApply(
                error ->
                    new UnregisterBrokerResponseData()
                        .setErrorCode(error.error().code())
                        .setErrorMessage(error.message())));
  }
}

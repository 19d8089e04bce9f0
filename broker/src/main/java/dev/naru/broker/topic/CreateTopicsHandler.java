package dev.naru.broker.topic;

import dev.naru.broker.api.ApiHandler;
import dev.naru.broker.api.Request;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.protocol.ApiKeys;

/** CreateTopics. Answered when the topics' logs are open. */
final class CreateTopicsHandler implements ApiHandler {
  private final TopicServices services;

  CreateTopicsHandler(TopicServices services) {
    this.services = services;
  }

  @Override
  public ApiKeys api() {
    return ApiKeys.CREATE_TOPICS;
  }

  @Override
  public void handle(Request request) {
    TopicServices.answer(
        request, services.controller().createTopics(request.data(CreateTopicsRequestData.class)));
  }
}

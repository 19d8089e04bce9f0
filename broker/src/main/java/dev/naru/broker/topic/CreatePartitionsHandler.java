package dev.naru.broker.topic;

import dev.naru.broker.api.ApiHandler;
import dev.naru.broker.api.Request;
import org.apache.kafka.common.message.CreatePartitionsRequestData;
import org.apache.kafka.common.protocol.ApiKeys;

/** CreatePartitions: more partitions for topics that there are. */
final class CreatePartitionsHandler implements ApiHandler {
  private final TopicServices services;

  CreatePartitionsHandler(TopicServices services) {
    this.services = services;
  }

  @Override
  public ApiKeys api() {
    return ApiKeys.CREATE_PARTITIONS;
  }

  @Override
  public void handle(Request request) {
    TopicServices.answer(
        request,
        services.controller().createPartitions(request.data(CreatePartitionsRequestData.class)));
  }
}

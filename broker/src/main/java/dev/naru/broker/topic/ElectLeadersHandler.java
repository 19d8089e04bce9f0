package dev.naru.broker.topic;

import dev.naru.broker.api.ApiHandler;
import dev.naru.broker.api.Request;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.message.ElectLeadersRequestData;
import org.apache.kafka.common.protocol.ApiKeys;

/** ElectLeaders: gives partitions to the first node that they name. */
final class ElectLeadersHandler implements ApiHandler {
  private final TopicServices services;

  ElectLeadersHandler(TopicServices services) {
    this.services = services;
  }

  @Override
  public ApiKeys api() {
    return ApiKeys.ELECT_LEADERS;
  }

  @Override
  public void handle(Request request) {
    ElectLeadersRequestData data = request.data(ElectLeadersRequestData.class);
    checkType(data.electionType());
    TopicServices.answer(request, services.controller().electLeaders(data));
  }

  private static void checkType(byte type) {
    try {
      ElectionType.valueOf(type);
    } catch (IllegalArgumentException e) {
      throw new InvalidRequestException("Unknown election type " + type, e);
    }
  }
}

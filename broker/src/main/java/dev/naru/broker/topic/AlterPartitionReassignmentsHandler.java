package dev.naru.broker.topic;

import dev.naru.broker.api.ApiHandler;
import dev.naru.broker.api.Request;
import org.apache.kafka.common.message.AlterPartitionReassignmentsRequestData;
import org.apache.kafka.common.protocol.ApiKeys;

/**
 * AlterPartitionReassignments: says which nodes a partition names, and with that who owns it. It
 * has happened when it is answered, for no data moves.
 */
final class AlterPartitionReassignmentsHandler implements ApiHandler {
  private final TopicServices services;

  AlterPartitionReassignmentsHandler(TopicServices services) {
    this.services = services;
  }

  @Override
  public ApiKeys api() {
    return ApiKeys.ALTER_PARTITION_REASSIGNMENTS;
  }

  @Override
  public void handle(Request request) {
    TopicServices.answer(
        request,
        services.controller().reassign(request.data(AlterPartitionReassignmentsRequestData.class)));
  }
}

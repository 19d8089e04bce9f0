package dev.naru.broker.topic;

import dev.naru.broker.api.ApiHandler;
import dev.naru.broker.api.Request;
import org.apache.kafka.common.message.ListPartitionReassignmentsResponseData;
import org.apache.kafka.common.protocol.ApiKeys;

/** ListPartitionReassignments: none is ever in progress, since data never moves. */
final class ListPartitionReassignmentsHandler implements ApiHandler {
  @Override
  public ApiKeys api() {
    return ApiKeys.LIST_PARTITION_REASSIGNMENTS;
  }

  @Override
  public void handle(Request request) {
    request.respond(new ListPartitionReassignmentsResponseData());
  }
}

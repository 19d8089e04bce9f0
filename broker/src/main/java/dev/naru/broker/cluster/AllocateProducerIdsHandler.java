package dev.naru.broker.cluster;

import dev.naru.broker.api.ApiHandler;
import dev.naru.broker.api.Request;
import dev.naru.broker.metadata.AdminController;
import org.apache.kafka.common.message.AllocateProducerIdsRequestData;
import org.apache.kafka.common.message.AllocateProducerIdsResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/** AllocateProducerIds: a block of producer ids for the node that asks. */
final class AllocateProducerIdsHandler implements ApiHandler {
  private final AdminController controller;

  AllocateProducerIdsHandler(AdminController controller) {
    this.controller = controller;
  }

  @Override
  public ApiKeys api() {
    return ApiKeys.ALLOCATE_PRODUCER_IDS;
  }

  @Override
  public void handle(Request request) {
    AllocateProducerIdsRequestData data = request.data(AllocateProducerIdsRequestData.class);
    controller
        .allocateProducerIds(data.brokerId(), data.brokerEpoch())
        .whenComplete(
            (block, failure) -> {
              if (failure == null) {
                request.respond(
                    new AllocateProducerIdsResponseData()
                        .setProducerIdStart(block.firstProducerId())
                        .setProducerIdLen(block.size()));
              } else {
                request.fail(Errors.maybeUnwrapException(failure));
              }
            });
  }
}

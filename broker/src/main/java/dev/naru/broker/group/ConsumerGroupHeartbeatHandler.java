package dev.naru.broker.group;

import dev.naru.broker.api.Request;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData;
import org.apache.kafka.common.protocol.ApiKeys;

/** KIP-848: the consumer group protocol's one request. */
final class ConsumerGroupHeartbeatHandler extends GroupHandler<ConsumerGroupHeartbeatRequestData> {
  ConsumerGroupHeartbeatHandler(GroupService groups) {
    super(ApiKeys.CONSUMER_GROUP_HEARTBEAT, ConsumerGroupHeartbeatRequestData.class, groups);
  }

  @Override
  CompletionStage<ConsumerGroupHeartbeatResponseData> answer(
      Request request, ConsumerGroupHeartbeatRequestData data) {
    return groups()
        .forGroup(data.groupId())
        .thenCompose(coordinator -> coordinator.consumerGroupHeartbeat(request.context(), data));
  }
}

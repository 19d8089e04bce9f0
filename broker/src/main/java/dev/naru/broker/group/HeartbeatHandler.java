package dev.naru.broker.group;

import dev.naru.broker.api.Request;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.HeartbeatResponseData;
import org.apache.kafka.common.protocol.ApiKeys;

/** Heartbeat of a classic group. */
final class HeartbeatHandler extends GroupHandler<HeartbeatRequestData> {
  HeartbeatHandler(GroupService groups) {
    super(ApiKeys.HEARTBEAT, HeartbeatRequestData.class, groups);
  }

  @Override
  CompletionStage<HeartbeatResponseData> answer(Request request, HeartbeatRequestData data) {
    return groups()
        .forGroup(data.groupId())
        .thenCompose(coordinator -> coordinator.heartbeat(request.context(), data));
  }
}

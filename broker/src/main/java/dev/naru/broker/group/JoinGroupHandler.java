package dev.naru.broker.group;

import dev.naru.broker.api.Request;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.requests.JoinGroupResponse;
import org.apache.kafka.common.utils.internals.BufferSupplier;

/** JoinGroup of a classic group; parks until the group has gathered. */
final class JoinGroupHandler extends GroupHandler<JoinGroupRequestData> {
  JoinGroupHandler(GroupService groups) {
    super(ApiKeys.JOIN_GROUP, JoinGroupRequestData.class, groups);
  }

  @Override
  CompletionStage<JoinGroupResponseData> answer(Request request, JoinGroupRequestData data) {
    if (request.version() == 0) {
      // Version 0 knows one timeout for both.
      data.setRebalanceTimeoutMs(data.sessionTimeoutMs());
    }
    return groups()
        .forGroup(data.groupId())
        .thenCompose(
            coordinator ->
                coordinator.joinGroup(request.context(), data, BufferSupplier.NO_CACHING))
        .thenApply(response -> new JoinGroupResponse(response, request.version()).data());
  }
}

package dev.naru.broker.group;

import dev.naru.broker.api.Request;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.utils.internals.BufferSupplier;

/** SyncGroup of a classic group; parks until the leader has assigned. */
final class SyncGroupHandler extends GroupHandler<SyncGroupRequestData> {
  private static final short FIRST_VERSION_WITH_PROTOCOL = 5;

  SyncGroupHandler(GroupService groups) {
    super(ApiKeys.SYNC_GROUP, SyncGroupRequestData.class, groups);
  }

  @Override
  CompletionStage<SyncGroupResponseData> answer(Request request, SyncGroupRequestData data) {
    if (request.version() >= FIRST_VERSION_WITH_PROTOCOL
        && (data.protocolType() == null || data.protocolName() == null)) {
      return CompletableFuture.failedFuture(Errors.INCONSISTENT_GROUP_PROTOCOL.exception());
    }
    return groups()
        .forGroup(data.groupId())
        .thenCompose(
            coordinator ->
                coordinator.syncGroup(request.context(), data, BufferSupplier.NO_CACHING));
  }
}

package dev.naru.broker.group;

import dev.naru.broker.api.Request;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.message.DeleteGroupsRequestData;
import org.apache.kafka.common.message.DeleteGroupsResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.utils.internals.BufferSupplier;

/** Deletes empty groups with their offsets. */
final class DeleteGroupsHandler extends GroupHandler<DeleteGroupsRequestData> {
  DeleteGroupsHandler(GroupService groups) {
    super(ApiKeys.DELETE_GROUPS, DeleteGroupsRequestData.class, groups);
  }

  @Override
  CompletionStage<DeleteGroupsResponseData> answer(Request request, DeleteGroupsRequestData data) {
    List<String> groupIds = data.groupsNames().stream().distinct().toList();
    return groups()
        .forGroups(groupIds)
        .thenCompose(
            coordinator ->
                coordinator.deleteGroups(request.context(), groupIds, BufferSupplier.NO_CACHING))
        .thenApply(results -> new DeleteGroupsResponseData().setResults(results));
  }
}

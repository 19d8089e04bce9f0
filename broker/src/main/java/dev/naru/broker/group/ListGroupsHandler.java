package dev.naru.broker.group;

import dev.naru.broker.api.Request;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.message.ListGroupsRequestData;
import org.apache.kafka.common.message.ListGroupsResponseData;
import org.apache.kafka.common.protocol.ApiKeys;

/** Lists groups of every kind, by state and type. */
final class ListGroupsHandler extends GroupHandler<ListGroupsRequestData> {
  ListGroupsHandler(GroupService groups) {
    super(ApiKeys.LIST_GROUPS, ListGroupsRequestData.class, groups);
  }

  @Override
  CompletionStage<ListGroupsResponseData> answer(Request request, ListGroupsRequestData data) {
    return groups()
        .forAllGroups()
        .thenCompose(coordinator -> coordinator.listGroups(request.context(), data));
  }
}

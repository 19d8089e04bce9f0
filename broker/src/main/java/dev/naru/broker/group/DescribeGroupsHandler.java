package dev.naru.broker.group;

import dev.naru.broker.api.Request;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.message.DescribeGroupsRequestData;
import org.apache.kafka.common.message.DescribeGroupsResponseData;
import org.apache.kafka.common.message.DescribeGroupsResponseData.DescribedGroup;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/** Describes classic groups. */
final class DescribeGroupsHandler extends GroupHandler<DescribeGroupsRequestData> {
  DescribeGroupsHandler(GroupService groups) {
    super(ApiKeys.DESCRIBE_GROUPS, DescribeGroupsRequestData.class, groups);
  }

  @Override
  CompletionStage<DescribeGroupsResponseData> answer(
      Request request, DescribeGroupsRequestData data) {
    return groups()
        .forGroups(data.groups())
        .thenCompose(coordinator -> coordinator.describeGroups(request.context(), data.groups()))
        .thenApply(
            described -> {
              if (data.includeAuthorizedOperations()) {
                for (DescribedGroup group : described) {
                  if (group.errorCode() == Errors.NONE.code()) {
                    group.setAuthorizedOperations(GroupOperations.ALL);
                  }
                }
              }
              return new DescribeGroupsResponseData().setGroups(described);
            });
  }
}

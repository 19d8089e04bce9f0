package dev.naru.broker.group;

import dev.naru.broker.api.Request;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.message.ConsumerGroupDescribeRequestData;
import org.apache.kafka.common.message.ConsumerGroupDescribeResponseData;
import org.apache.kafka.common.message.ConsumerGroupDescribeResponseData.DescribedGroup;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/** KIP-848: describes groups of the consumer group protocol. */
final class ConsumerGroupDescribeHandler extends GroupHandler<ConsumerGroupDescribeRequestData> {
  ConsumerGroupDescribeHandler(GroupService groups) {
    super(ApiKeys.CONSUMER_GROUP_DESCRIBE, ConsumerGroupDescribeRequestData.class, groups);
  }

  @Override
  CompletionStage<ConsumerGroupDescribeResponseData> answer(
      Request request, ConsumerGroupDescribeRequestData data) {
    return groups()
        .forGroups(data.groupIds())
        .thenCompose(
            coordinator -> coordinator.consumerGroupDescribe(request.context(), data.groupIds()))
        .thenApply(
            described -> {
              if (data.includeAuthorizedOperations()) {
                for (DescribedGroup group : described) {
                  if (group.errorCode() == Errors.NONE.code()) {
                    group.setAuthorizedOperations(GroupOperations.ALL);
                  }
                }
              }
              return new ConsumerGroupDescribeResponseData().setGroups(described);
            });
  }
}

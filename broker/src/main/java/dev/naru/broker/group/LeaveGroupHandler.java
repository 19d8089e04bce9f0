package dev.naru.broker.group;

import dev.naru.broker.api.Request;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.message.LeaveGroupRequestData;
import org.apache.kafka.common.message.LeaveGroupRequestData.MemberIdentity;
import org.apache.kafka.common.message.LeaveGroupResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.requests.LeaveGroupResponse;

/** LeaveGroup of a classic group: one member before version 3, several since. */
final class LeaveGroupHandler extends GroupHandler<LeaveGroupRequestData> {
  private static final short FIRST_VERSION_WITH_MEMBERS = 3;

  LeaveGroupHandler(GroupService groups) {
    super(ApiKeys.LEAVE_GROUP, LeaveGroupRequestData.class, groups);
  }

  @Override
  CompletionStage<LeaveGroupResponseData> answer(Request request, LeaveGroupRequestData data) {
    LeaveGroupRequestData leave =
        request.version() >= FIRST_VERSION_WITH_MEMBERS
            ? data
            : new LeaveGroupRequestData()
                .setGroupId(data.groupId())
                .setMembers(List.of(new MemberIdentity().setMemberId(data.memberId())));
    return groups()
        .forGroup(leave.groupId())
        .thenCompose(coordinator -> coordinator.leaveGroup(request.context(), leave))
        .thenApply(response -> new LeaveGroupResponse(response, request.version()).data());
  }
}

package dev.naru.broker.group;

import dev.naru.broker.api.ApiHandler;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/** The APIs of consumer groups. */
public final class GroupHandlers {
  private GroupHandlers() {}

  /**
   * @param transactionPartition the partition of {@code __transaction_state} for a transactional
   *     id, creating the topic when it is absent; for FindCoordinator
   */
  public static List<ApiHandler> all(
      GroupService groups,
      Function<String, ? extends CompletionStage<Integer>> transactionPartition) {
    return List.of(
        new FindCoordinatorHandler(groups, transactionPartition),
        new JoinGroupHandler(groups),
        new SyncGroupHandler(groups),
        new HeartbeatHandler(groups),
        new LeaveGroupHandler(groups),
        new ConsumerGroupHeartbeatHandler(groups),
        new ConsumerGroupDescribeHandler(groups),
        new OffsetCommitHandler(groups),
        new OffsetFetchHandler(groups),
        new OffsetDeleteHandler(groups),
        new TxnOffsetCommitHandler(groups),
        new DescribeGroupsHandler(groups),
        new ListGroupsHandler(groups),
        new DeleteGroupsHandler(groups));
  }
}

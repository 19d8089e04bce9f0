package dev.naru.broker.fetch;

import dev.naru.broker.api.Request;
import dev.naru.broker.partition.PartitionLookup;
import dev.naru.broker.partition.PartitionLookup.Leader;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FetchResponseData.LeaderIdAndEpoch;
import org.apache.kafka.common.message.FetchResponseData.NodeEndpoint;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.protocol.Errors;

/**
 * Says in a fetch's answer who leads what this node does not, so that the client goes on there
 * without asking for metadata first (KIP-951).
 */
record CurrentLeaders(PartitionLookup partitions, Request request, FetchResponseData answer) {
  private static final short FIRST_VERSION_WITH_LEADERS = 12;
  private static final short FIRST_VERSION_WITH_ENDPOINTS = 16;

  /**
   * @param topic null for an id that is not known
   */
  void tell(String topic, PartitionData result) {
    boolean elsewhere =
        result.errorCode() == Errors.NOT_LEADER_OR_FOLLOWER.code()
            || result.errorCode() == Errors.FENCED_LEADER_EPOCH.code();
    if (!elsewhere || request.version() < FIRST_VERSION_WITH_LEADERS) {
      return;
    }
    Leader leader = partitions.leader(topic, result.partitionIndex());
    if (leader == null) {
      return;
    }
    result.setCurrentLeader(
        new LeaderIdAndEpoch().setLeaderId(leader.nodeId()).setLeaderEpoch(leader.epoch()));
    if (request.version() >= FIRST_VERSION_WITH_ENDPOINTS
        && answer.nodeEndpoints().find(leader.nodeId()) == null) {
      partitions
          .node(leader.nodeId(), request.context().listenerName)
          .ifPresent(
              node ->
                  answer
                      .nodeEndpoints()
                      .add(
                          new NodeEndpoint()
                              .setNodeId(node.id())
                              .setHost(node.host())
                              .setPort(node.port())
                              .setRack(node.rack())));
    }
  }
}

package dev.naru.broker.cluster;

import java.util.function.Function;
import org.apache.kafka.common.TopicPartition;

/**
 * The other nodes of the cluster, for what must be done where a partition is led. Any thread.
 *
 * @param nodeId this node
 * @param leaders where a partition's leader listens for nodes; null while nobody leads it
 */
public record Peers(int nodeId, NodeLinks links, Function<TopicPartition, NodeAddress> leaders) {
  /** The leader of a partition, or null while nobody leads it. */
  public NodeAddress leader(TopicPartition partition) {
    return leaders.apply(partition);
  }

  /** Whether that is this node itself. */
  public boolean isSelf(NodeAddress address) {
    return address.nodeId() == nodeId;
  }
}

package dev.naru.broker.cluster;

import java.util.List;
import org.apache.kafka.common.Uuid;

/**
 * A process of another node, as it registered.
 *
 * @param link where it listens for other nodes
 * @param ports all that it listens on at that host, the link's included
 */
public record Peer(int nodeId, Uuid incarnation, NodeAddress link, List<NodeAddress> ports) {
  boolean isSameProcess(Peer other) {
    return other.nodeId == nodeId && other.incarnation.equals(incarnation);
  }
}

package dev.naru.broker.cluster;

import dev.naru.log.LocatedReads;
import dev.naru.log.Logs;

/**
 * A node's seat in a cluster: what all nodes share, as this one was given it. Whoever made it
 * closes it, after the node.
 *
 * @param logs of the partitions
 * @param metadataLogs of the metadata
 * @param reads of what is in other nodes' logs
 * @param linkPort where this node listens for others, on the host of its first listener
 */
public record ClusterSeat(
    String clusterId,
    Logs logs,
    Logs metadataLogs,
    LocatedReads reads,
    Coordination coordination,
    NodeSecret secret,
    int linkPort) {}

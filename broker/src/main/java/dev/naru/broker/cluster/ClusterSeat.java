package dev.naru.broker.cluster;

import dev.naru.log.LogId;
import dev.naru.log.Logs;
import java.util.function.Predicate;

/**
 * A node's seat in a cluster: what all nodes share, as this one was given it. Whoever made it
 * closes it, after the node.
 *
 * @param logs of the partitions
 * @param metadataLogs of the metadata
 * @param leftovers what the controller asks for now and then
 * @param linkPort where this node listens for others, on the host of its first listener
 */
public record ClusterSeat(
    String clusterId,
    Logs logs,
    Logs metadataLogs,
    Coordination coordination,
    NodeSecret secret,
    Leftovers leftovers,
    int linkPort) {

  /** Finds and deletes, in the background, what no log needs any more. Any thread. */
  public interface Leftovers {
    /**
     * Looks at a piece of what there is.
     *
     * @param deleted whether a partition of that log certainly exists no more; any thread
     */
    void sweep(Predicate<LogId> deleted);
  }
}

package dev.naru.broker.fetch;

import dev.naru.broker.Timers;
import dev.naru.broker.metadata.MetadataView;
import dev.naru.broker.partition.Partition;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.network.ListenerName;
import org.apache.kafka.image.ClusterImage;
import org.apache.kafka.metadata.BrokerRegistration;
import org.apache.kafka.metadata.PartitionRegistration;

/**
 * Which node a consumer of a partition of this node should fetch from (KIP-392): one of the
 * consumer's rack, when this node is in another one. Any thread.
 *
 * <p>Clients go only to nodes that the metadata names as replicas. Among several in the rack, the
 * partitions of a topic are dealt out evenly, and the same way while the same nodes are there.
 */
public final class ReplicaSelector {
  /** Who comes back so soon was not served there, and is not sent there again for so long. */
  private static final long STAY_MS = 10_000;

  private static final int REMEMBERED_MAX = 10_000;

  private final MetadataView metadata;
  private final Timers timers;

  /** When a connection was sent elsewhere for a partition, the longest ago first; guards itself. */
  private final Map<Visit, Long> sentMs = new LinkedHashMap<>();

  private record Visit(String connection, Uuid topicId, int partition) {}

  /** A consumer that said where it is. */
  record Visitor(String rack, ListenerName listener, String connection) {}

  public ReplicaSelector(MetadataView metadata, Timers timers) {
    this.metadata = metadata;
    this.timers = timers;
  }

  /** The node to go to, if {@link #sends} agrees; empty when it is this one. */
  OptionalInt select(Partition partition, Visitor visitor) {
    ClusterImage cluster = metadata.image().cluster();
    BrokerRegistration self = cluster.broker(metadata.nodeId());
    PartitionRegistration known = registration(partition);
    if (self == null || known == null || visitor.rack.equals(self.rack().orElse(null))) {
      return OptionalInt.empty();
    }
    int[] near =
        Arrays.stream(known.replicas)
            .filter(id -> isNear(cluster.broker(id), visitor))
            .sorted()
            .toArray();
    if (near.length == 0) {
      return OptionalInt.empty();
    }
    int turn = partition.topicId().hashCode() + partition.topicPartition().partition();
    return OptionalInt.of(near[Math.floorMod(turn, near.length)]);
  }

  private PartitionRegistration registration(Partition partition) {
    var topic = metadata.topic(partition.topicId());
    return topic == null ? null : topic.partitions().get(partition.topicPartition().partition());
  }

  private boolean isNear(BrokerRegistration node, Visitor visitor) {
    return node != null
        && !node.fenced()
        && !node.inControlledShutdown()
        && Objects.equals(node.rack().orElse(null), visitor.rack)
        && node.node(visitor.listener.value()).isPresent()
        && !metadata.isDrained(node.id());
  }

  /**
   * Whether to send a consumer elsewhere now: not when it was only just, for it was not served
   * there.
   */
  boolean sends(Partition partition, Visitor visitor) {
    Visit visit =
        new Visit(visitor.connection, partition.topicId(), partition.topicPartition().partition());
    long nowMs = timers.elapsedMs();
    synchronized (sentMs) {
      Long before = sentMs.get(visit);
      if (before != null && nowMs - before < STAY_MS) {
        return false;
      }
      sentMs.remove(visit);
      sentMs.put(visit, nowMs);
      if (sentMs.size() > REMEMBERED_MAX) {
        sentMs.remove(sentMs.keySet().iterator().next());
      }
      return true;
    }
  }
}

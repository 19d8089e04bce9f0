package dev.naru.broker.partition;

import java.util.Collection;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.common.TopicPartition;

/** The partitions that this node owns, by name. Any thread. */
public final class PartitionRegistry {
  private final ConcurrentHashMap<TopicPartition, Partition> partitions = new ConcurrentHashMap<>();

  /** The partition, or null when this node does not have it. */
  public Partition get(TopicPartition topicPartition) {
    return partitions.get(topicPartition);
  }

  public Collection<Partition> all() {
    return partitions.values();
  }

  public void add(Partition partition) {
    partitions.put(partition.topicPartition(), partition);
  }

  public void remove(TopicPartition topicPartition) {
    partitions.remove(topicPartition);
  }

  /** Whether it is this one, and not an earlier or a later one of its name. */
  @SuppressWarnings("ReferenceEquality") // Which object it is is the question.
  public boolean isCurrent(Partition partition) {
    return partitions.get(partition.topicPartition()) == partition;
  }

  /** Takes over a changed leader epoch or changed topic configs. */
  public void update(TopicPartition topicPartition, int leaderEpoch, TopicSettings settings) {
    Partition partition = partitions.get(topicPartition);
    if (partition != null) {
      partition.leaderEpoch(leaderEpoch);
      partition.settings(settings);
      partition.log().reconfigure(settings.log());
    }
  }
}

package dev.naru.broker.partition;

import java.util.Collection;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.apache.kafka.common.TopicPartition;

/** The partitions that this node owns, by name. Any thread. */
public final class PartitionRegistry {
  private final ConcurrentHashMap<TopicPartition, Partition> partitions = new ConcurrentHashMap<>();
  private final List<Consumer<Partition>> departures = new CopyOnWriteArrayList<>();

  /** The partition, or null when this node does not have it. */
  public Partition get(TopicPartition topicPartition) {
    return partitions.get(topicPartition);
  }

  public Collection<Partition> all() {
    return partitions.values();
  }

  /** Adds a partition, in place of one that had another log, if there was one. */
  public void add(Partition partition) {
    told(partitions.put(partition.topicPartition(), partition));
  }

  public void remove(TopicPartition topicPartition) {
    told(partitions.remove(topicPartition));
  }

  private void told(Partition gone) {
    if (gone != null) {
      departures.forEach(listener -> listener.accept(gone));
    }
  }

  /**
   * Calls back for every partition that this node does not have any more, or has with another log:
   * on the thread that took it out, after it was, and before its log is given up. Must not block.
   */
  public void onDeparture(Consumer<Partition> listener) {
    departures.add(listener);
  }

  /** Whether it is this one, and not an earlier or a later one of its name. */
  @SuppressWarnings("ReferenceEquality") // Which object it is is the question.
  public boolean isCurrent(Partition partition) {
    return partitions.get(partition.topicPartition()) == partition;
  }

  /**
   * Takes over changed topic configs, where the partition is open in that leader epoch: in another
   * one it is opened anew.
   */
  public void update(TopicPartition topicPartition, int leaderEpoch, TopicSettings settings) {
    Partition partition = partitions.get(topicPartition);
    if (partition != null && partition.leaderEpoch() == leaderEpoch) {
      partition.settings(settings);
      partition.log().reconfigure(settings.log());
    }
  }
}

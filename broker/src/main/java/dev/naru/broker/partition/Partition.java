package dev.naru.broker.partition;

import dev.naru.log.PartitionLog;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;

/** A partition that this node owns: its names, its leader epoch and its log. */
public final class Partition {
  private final Uuid topicId;
  private final TopicPartition topicPartition;
  private final PartitionLog log;
  private final int leaderEpoch;
  private volatile TopicSettings settings;

  public Partition(
      Uuid topicId,
      TopicPartition topicPartition,
      int leaderEpoch,
      PartitionLog log,
      TopicSettings settings) {
    this.topicId = topicId;
    this.topicPartition = topicPartition;
    this.leaderEpoch = leaderEpoch;
    this.log = log;
    this.settings = settings;
  }

  public Uuid topicId() {
    return topicId;
  }

  public TopicPartition topicPartition() {
    return topicPartition;
  }

  public PartitionLog log() {
    return log;
  }

  public int leaderEpoch() {
    return leaderEpoch;
  }

  /** The topic's configs as the request path needs them. */
  public TopicSettings settings() {
    return settings;
  }

  void settings(TopicSettings next) {
    settings = next;
  }
}

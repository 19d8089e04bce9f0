package dev.naru.broker.partition;

import dev.naru.broker.metadata.MetadataView;
import java.util.Collection;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.network.ListenerName;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.image.TopicImage;
import org.apache.kafka.metadata.BrokerRegistration;
import org.apache.kafka.metadata.LeaderConstants;
import org.apache.kafka.metadata.PartitionRegistration;

/**
 * Finds the partitions that requests name, or says why this node does not serve them and who does
 * (KIP-951). The one place where "it moved" is told from "there is none". Any thread; nothing
 * blocks.
 *
 * <p>What the metadata knows and this node does not have is NOT_LEADER_OR_FOLLOWER, also while this
 * node is about to take it over: clients ask again. A log that this node leads and could not open
 * is KAFKA_STORAGE_ERROR. Only what the metadata does not know is UNKNOWN_TOPIC_OR_PARTITION, or
 * UNKNOWN_TOPIC_ID.
 */
public final class PartitionLookup {
  private final MetadataView metadata;
  private final PartitionRegistry registry;
  private final Predicate<TopicPartition> offline;

  /**
   * @param offline whether the log of a partition that this node leads could not be opened
   */
  public PartitionLookup(
      MetadataView metadata, PartitionRegistry registry, Predicate<TopicPartition> offline) {
    this.metadata = metadata;
    this.registry = registry;
    this.offline = offline;
  }

  /** Who leads a partition, as the metadata says. */
  public record Leader(int nodeId, int epoch) {}

  /** The name of a topic that is named by its id, unless that is zero; null for an unknown id. */
  public String topicName(String name, Uuid id) {
    return id.equals(Uuid.ZERO_UUID) ? name : topicName(id);
  }

  /** The name of the topic of that id, or null. */
  public String topicName(Uuid id) {
    TopicImage topic = metadata.topic(id);
    return topic == null ? null : topic.name();
  }

  /** As {@link PartitionRegistry#onDeparture}. */
  public void onDeparture(Consumer<Partition> listener) {
    registry.onDeparture(listener);
  }

  /** All partitions that are here. */
  public Collection<Partition> all() {
    return registry.all();
  }

  /** The partition, or null when it is not here; then {@link #absence} says why. */
  public Partition find(TopicPartition name) {
    return registry.get(name);
  }

  /**
   * As above.
   *
   * @param topic null for a topic that is not known
   * @param id zero when the request does not say
   */
  public Partition find(String topic, Uuid id, int index) {
    if (topic == null) {
      return null;
    }
    Partition partition = registry.get(new TopicPartition(topic, index));
    // A topic of that name that was deleted may not be gone from here yet.
    boolean other =
        partition != null && !id.equals(Uuid.ZERO_UUID) && !id.equals(partition.topicId());
    return other ? null : partition;
  }

  /**
   * Why a partition is not here.
   *
   * @param topic null for an id that is not known
   */
  public Errors absence(String topic, int index) {
    if (topic == null) {
      return Errors.UNKNOWN_TOPIC_ID;
    }
    PartitionRegistration known = registration(topic, index);
    if (known == null) {
      return Errors.UNKNOWN_TOPIC_OR_PARTITION;
    }
    return known.leader == metadata.nodeId() && offline.test(new TopicPartition(topic, index))
        ? Errors.KAFKA_STORAGE_ERROR
        : Errors.NOT_LEADER_OR_FOLLOWER;
  }

  /** As above. */
  public Errors absence(TopicPartition name) {
    return absence(name.topic(), name.partition());
  }

  /**
   * What a client is told of a failure that its request met at a partition's log. Where other nodes
   * may have taken the log, one that does not serve is not an error of a disk: whatever is not
   * acknowledged may or may not be in the log, and its leader knows. A leader epoch that is over is
   * told as such to no client: not all of them know that error in answer to records.
   */
  public Errors errorOf(TopicPartition name, Throwable failure) {
    Errors error = Errors.forException(failure);
    return error == Errors.FENCED_LEADER_EPOCH
            || (error == Errors.KAFKA_STORAGE_ERROR && othersMayLead(name))
        ? Errors.NOT_LEADER_OR_FOLLOWER
        : error;
  }

  private boolean othersMayLead(TopicPartition name) {
    PartitionRegistration known = registration(name.topic(), name.partition());
    return known != null
        && (known.leader != metadata.nodeId() || metadata.image().cluster().brokers().size() > 1);
  }

  /** Who leads a partition; null when nobody does, or nobody knows it. */
  public Leader leader(String topic, int index) {
    PartitionRegistration known = topic == null ? null : registration(topic, index);
    return known == null || known.leader == LeaderConstants.NO_LEADER
        ? null
        : new Leader(known.leader, known.leaderEpoch);
  }

  /** How many replicas of a partition the metadata calls in sync. */
  public int inSync(TopicPartition name) {
    PartitionRegistration known = registration(name.topic(), name.partition());
    return known == null ? 0 : known.isr.length;
  }

  /** A node as clients of a listener reach it. */
  public Optional<Node> node(int id, ListenerName listener) {
    BrokerRegistration broker = metadata.image().cluster().broker(id);
    return broker == null ? Optional.empty() : broker.node(listener.value());
  }

  private PartitionRegistration registration(String topic, int index) {
    MetadataImage image = metadata.image();
    TopicImage known = image.topics().getTopic(topic);
    return known == null ? null : known.partitions().get(index);
  }
}

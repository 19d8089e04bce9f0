package dev.naru.proving.load;

import dev.naru.proving.checker.History;
import dev.naru.proving.checker.PartitionId;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.CloseOptions.GroupMembershipOperation;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RebalanceInProgressException;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A member of a consumer group that commits what it has seen, after it has seen it. Told to stop,
 * it leaves the group, or goes without a word as one that dies.
 */
public final class MemberLoad extends Load {
  private static final Logger LOG = LoggerFactory.getLogger(MemberLoad.class);

  private final String name;
  private final String group;
  private final Map<String, Object> settings;
  private final List<String> topics;
  private volatile boolean silently;

  /**
   * @param settings of the consumer, beside those that a member needs
   */
  public MemberLoad(
      String name,
      String bootstrap,
      History history,
      String group,
      Map<String, Object> settings,
      List<String> topics) {
    super(name, bootstrap, history);
    this.name = name;
    this.group = group;
    this.settings = Map.copyOf(settings);
    this.topics = List.copyOf(topics);
  }

  /** As {@link #stop()}, but the group is told nothing: the member's session has to end. */
  public void die() {
    silently = true;
    stop();
  }

  @Override
  protected void run() {
    while (!stopping()) {
      Consumer<String, String> consumer = consumer();
      try {
        follow(consumer);
      } catch (KafkaException e) {
        // The next round is another member, which goes on from what was committed.
        failed(name + ": " + e);
      } finally {
        close(consumer);
      }
    }
  }

  private Consumer<String, String> consumer() {
    Map<String, Object> config = new HashMap<>();
    config.put("bootstrap.servers", bootstrap);
    config.put("group.id", group);
    config.put("isolation.level", "read_committed");
    config.put("enable.auto.commit", false);
    config.put("auto.offset.reset", "earliest");
    config.put("reconnect.backoff.max.ms", 200);
    config.putAll(settings);
    return new KafkaConsumer<>(config, new StringDeserializer(), new StringDeserializer());
  }

  private void follow(Consumer<String, String> consumer) {
    Map<TopicPartition, History.Stint> stints = new HashMap<>();
    consumer.subscribe(topics, new Assignments(stints));
    while (!stopping()) {
      ConsumerRecords<String, String> records = consumer.poll(Duration.ofMillis(100));
      for (ConsumerRecord<String, String> record : records) {
        stints
            .get(new TopicPartition(record.topic(), record.partition()))
            .saw(record.offset(), record.value());
        progressed();
      }
      if (!records.isEmpty()) {
        commit(consumer, records);
      }
    }
  }

  /** A commit that comes too late for this generation of the group is left to the next owner. */
  private static void commit(
      Consumer<String, String> consumer, ConsumerRecords<String, String> records) {
    try {
      consumer.commitSync(records.nextOffsets());
    } catch (RebalanceInProgressException | CommitFailedException e) {
      LOG.debug("The group is being divided anew", e);
    }
  }

  /** A closed consumer says goodbye; one that dies only loses its connections, in the end. */
  private void close(Consumer<String, String> consumer) {
    if (silently) {
      consumer.close(
          CloseOptions.groupMembershipOperation(GroupMembershipOperation.REMAIN_IN_GROUP)
              .withTimeout(Duration.ZERO));
    } else {
      consumer.close();
    }
  }

  /** Between being given a partition and losing it, nothing may be skipped or seen again. */
  private final class Assignments implements ConsumerRebalanceListener {
    private final Map<TopicPartition, History.Stint> stints;

    Assignments(Map<TopicPartition, History.Stint> stints) {
      this.stints = stints;
    }

    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
      partitions.forEach(
          p ->
              stints.put(
                  p, history.assigned(name, group, new PartitionId(p.topic(), p.partition()))));
    }

    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
      partitions.forEach(stints::remove);
    }
  }
}

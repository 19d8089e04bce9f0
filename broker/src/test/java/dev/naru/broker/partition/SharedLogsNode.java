package dev.naru.broker.partition;

import dev.naru.broker.metadata.MetadataView;
import dev.naru.broker.metadata.PublishedMetadata;
import dev.naru.log.LogConfig;
import dev.naru.log.LogId;
import dev.naru.log.Logs;
import java.util.List;
import java.util.function.Consumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.metadata.PartitionChangeRecord;
import org.apache.kafka.common.metadata.PartitionRecord;
import org.apache.kafka.common.metadata.RegisterBrokerRecord;
import org.apache.kafka.common.metadata.RegisterBrokerRecord.BrokerEndpoint;
import org.apache.kafka.common.metadata.RegisterBrokerRecord.BrokerEndpointCollection;
import org.apache.kafka.common.metadata.TopicRecord;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.image.MetadataDelta;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.image.MetadataProvenance;
import org.apache.kafka.image.TopicImage;

/**
 * What a node of a cluster of two knows and has, with every step of a move in the test's hands: the
 * metadata changes, a log is given up, a log is taken over.
 */
public final class SharedLogsNode {
  /** The nodes; one listens on port 9000 + its id. */
  public static final List<Integer> NODES = List.of(1, 2);

  private static final TopicSettings SETTINGS =
      new TopicSettings(
          LogConfig.DEFAULTS,
          1 << 20,
          "producer",
          null,
          TimestampType.CREATE_TIME,
          Long.MAX_VALUE,
          Long.MAX_VALUE,
          1);

  /** Is told of a change, after the view has it. */
  public interface Listener {
    void onChange(MetadataDelta delta, MetadataImage image);
  }

  public final MetadataView view;
  public final PartitionRegistry registry = new PartitionRegistry();
  public final PartitionLookup lookup;
  private final Logs logs;
  private Listener listener = (delta, image) -> {};
  private long changes;

  public SharedLogsNode(int nodeId, Logs logs) {
    this.view = new MetadataView(nodeId, "cluster");
    this.lookup = new PartitionLookup(view, registry, name -> false);
    this.logs = logs;
    change(delta -> NODES.forEach(id -> delta.replay(registration(id))));
  }

  public void listener(Listener next) {
    listener = next;
  }

  private static RegisterBrokerRecord registration(int id) {
    BrokerEndpoint endpoint =
        new BrokerEndpoint()
            .setName("PLAINTEXT")
            .setHost("127.0.0.1")
            .setPort(9000 + id)
            .setSecurityProtocol((short) 0);
    return new RegisterBrokerRecord()
        .setBrokerId(id)
        .setIncarnationId(new Uuid(1, id))
        .setFenced(false)
        .setEndPoints(new BrokerEndpointCollection(List.of(endpoint).iterator()));
  }

  /** Shows a change of the metadata; nothing else happens. */
  public void change(Consumer<MetadataDelta> records) {
    MetadataDelta delta = new MetadataDelta.Builder().setImage(view.image()).build();
    records.accept(delta);
    MetadataImage image = delta.apply(new MetadataProvenance(++changes, 1, 0, true));
    PublishedMetadata.publish(view, image);
    listener.onChange(delta, image);
  }

  /** A topic whose id follows from its name, so that all nodes know the same one. */
  public static Uuid topicId(String name) {
    return new Uuid(7, name.hashCode());
  }

  public void createTopic(String name, int partitions, int leader) {
    change(
        delta -> {
          delta.replay(new TopicRecord().setName(name).setTopicId(topicId(name)));
          for (int i = 0; i < partitions; i++) {
            delta.replay(
                new PartitionRecord()
                    .setTopicId(topicId(name))
                    .setPartitionId(i)
                    .setReplicas(NODES)
                    .setIsr(NODES)
                    .setLeader(leader)
                    .setLeaderEpoch(0)
                    .setPartitionEpoch(0));
          }
        });
  }

  /**
   * The metadata says that all partitions of a topic have another leader, in the next epoch; with
   * several, one after the other, and the node learns it at once.
   */
  public void lead(String name, int... leaders) {
    change(
        delta -> {
          for (int partition : view.topic(name).partitions().keySet()) {
            for (int leader : leaders) {
              delta.replay(
                  new PartitionChangeRecord()
                      .setTopicId(topicId(name))
                      .setPartitionId(partition)
                      .setLeader(leader));
            }
          }
        });
  }

  /** Opens the logs of a topic here, which takes them from whoever had them. */
  public void takeOver(String name) {
    TopicImage topic = view.topic(name);
    topic
        .partitions()
        .forEach(
            (index, registration) ->
                registry.add(
                    new Partition(
                        topic.id(),
                        new TopicPartition(name, index),
                        registration.leaderEpoch,
                        logs.openOrCreate(new LogId(topic.id(), index), LogConfig.DEFAULTS),
                        SETTINGS)));
  }

  /** Gives the logs of a topic up, as a node does that knows that it lost them. */
  public void giveUp(String name) {
    TopicImage topic = view.topic(name);
    for (int index : topic.partitions().keySet()) {
      registry.remove(new TopicPartition(name, index));
      logs.release(new LogId(topic.id(), index));
    }
  }
}

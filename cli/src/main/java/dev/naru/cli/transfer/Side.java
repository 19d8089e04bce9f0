package dev.naru.cli.transfer;

import dev.naru.cli.client.Cluster;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** One of the two clusters of an import. For one thread. */
final class Side implements AutoCloseable {
  private static final int BATCH_BYTES = 256 << 10;

  /**
   * A batch that was compressed in the source may hold one record that is larger than the batch.
   */
  private static final int REQUEST_BYTES = 100 << 20;

  private final Map<String, Object> config;
  private final String address;
  private final Admin admin;
  private String id;

  private Side(String address, Map<String, Object> config) {
    this.address = address;
    this.config = config;
    this.admin = Admin.create(config);
  }

  static Side open(Cluster cluster) {
    return new Side(cluster.bootstrap(), cluster.config());
  }

  Admin admin() {
    return admin;
  }

  String address() {
    return address;
  }

  /** The cluster's id. */
  String id() {
    if (id == null) {
      id = Cluster.await("the cluster at " + address, admin.describeCluster().clusterId());
    }
    return id;
  }

  /** Reads what is committed, and fails when an offset is out of range. */
  KafkaConsumer<byte[], byte[]> consumer() {
    Map<String, Object> reading = new HashMap<>(config);
    reading.put("isolation.level", "read_committed");
    reading.put("auto.offset.reset", "none");
    reading.put("enable.auto.commit", "false");
    reading.put("allow.auto.create.topics", "false");
    return new KafkaConsumer<>(reading, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  /** Writes in order and once, and tries on for as long as the cluster may need to mend itself. */
  KafkaProducer<byte[], byte[]> producer() {
    Map<String, Object> writing = new HashMap<>(config);
    writing.put("acks", "all");
    writing.put("enable.idempotence", "true");
    writing.put("compression.type", "lz4");
    writing.put("linger.ms", "20");
    writing.put("batch.size", BATCH_BYTES);
    writing.put("max.request.size", REQUEST_BYTES);
    writing.put("buffer.memory", REQUEST_BYTES);
    return new KafkaProducer<>(writing, new ByteArraySerializer(), new ByteArraySerializer());
  }

  Map<TopicPartition, Long> starts(Collection<TopicPartition> partitions) {
    return offsets(partitions, partition -> OffsetSpec.earliest());
  }

  /** Up to where records can be read: no further than the first open transaction. */
  Map<TopicPartition, Long> ends(Collection<TopicPartition> partitions) {
    return offsets(partitions, partition -> OffsetSpec.latest());
  }

  private Map<TopicPartition, Long> offsets(
      Collection<TopicPartition> partitions, Function<TopicPartition, OffsetSpec> which) {
    Map<TopicPartition, OffsetSpec> asked =
        partitions.stream().collect(Collectors.toMap(partition -> partition, which));
    Map<TopicPartition, Long> offsets = new HashMap<>();
    Cluster.await(
            "offsets at " + address,
            admin.listOffsets(asked, new ListOffsetsOptions(IsolationLevel.READ_COMMITTED)).all())
        .forEach((partition, found) -> offsets.put(partition, found.offset()));
    return offsets;
  }

  /** What a group has committed; nothing when there is no such group. */
  Map<TopicPartition, OffsetAndMetadata> committed(String group) {
    Map<TopicPartition, OffsetAndMetadata> committed = new HashMap<>();
    Cluster.await(
            "group " + group,
            admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata(group))
        .forEach(
            (partition, offset) -> {
              if (offset != null) {
                committed.put(partition, offset);
              }
            });
    return committed;
  }

  @Override
  public void close() {
    admin.close();
  }
}

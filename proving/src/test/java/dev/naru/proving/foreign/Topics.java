package dev.naru.proving.foreign;

import static dev.naru.proving.Clients.get;

import dev.naru.proving.Clients;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;

/** Topics for foreign clients to read, and what the Java clients know about their groups. */
final class Topics {
  private Topics() {}

  /** Makes a topic with {@code v0}, {@code v1}, … in its partitions in turn, a second apart. */
  static String filled(Admin admin, String bootstrap, String name, int partitions, int total) {
    return filled(
        admin, bootstrap, name, partitions, total, System.currentTimeMillis() - 3_600_000);
  }

  /** As above; the first record has this timestamp. */
  static String filled(
      Admin admin, String bootstrap, String name, int partitions, int total, long firstMs) {
    String topic = Clients.createTopic(admin, name, partitions);
    try (Producer<String, String> producer = Clients.producer(bootstrap)) {
      List<Future<RecordMetadata>> sent =
          IntStream.range(0, total)
              .mapToObj(
                  i ->
                      producer.send(
                          new ProducerRecord<>(
                              topic, i % partitions, firstMs + 1_000L * i, "k" + i, "v" + i)))
              .toList();
      sent.forEach(Clients::get);
    }
    return topic;
  }

  /** A group's committed offsets with their metadata: {@code partition -> "offset metadata"}. */
  static Map<Integer, String> committed(Admin admin, String group, String topic) {
    Map<Integer, String> result = new TreeMap<>();
    get(admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata())
        .forEach(
            (partition, offset) -> {
              if (offset != null && partition.topic().equals(topic)) {
                result.put(
                    partition.partition(), (offset.offset() + " " + offset.metadata()).trim());
              }
            });
    return result;
  }

  static List<String> values(String bootstrap, String isolation, String topic, int partition) {
    return Clients.readAll(bootstrap, isolation, new TopicPartition(topic, partition)).stream()
        .map(record -> record.value())
        .toList();
  }
}

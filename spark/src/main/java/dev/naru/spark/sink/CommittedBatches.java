package dev.naru.spark.sink;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;

/**
 * A compacted topic with the last batch of each sink that is a topic, written in the transaction
 * that wrote the batch. It is read when a batch may have been written before: once after a job's
 * start, and when a task is tried again.
 */
final class CommittedBatches {
  static final String TOPIC = "naru-spark-batches";

  /** Small segments, compacted early: there is a record for each batch, and one counts. */
  private static final Map<String, String> CONFIGS =
      Map.of(
          "cleanup.policy", "compact",
          "segment.bytes", "1048576",
          "min.cleanable.dirty.ratio", "0.1");

  private static final Duration POLL = Duration.ofMillis(500);

  /** Longer than a transaction of another job may stay open before the node ends it. */
  private static final long PATIENCE_NS = Duration.ofMinutes(6).toNanos();

  private CommittedBatches() {}

  static void create(Topics topics) {
    topics.ensure(TOPIC, 1, CONFIGS);
  }

  /** What says that the sink has the batch. */
  static ProducerRecord<byte[], byte[]> record(Batch batch) {
    return new ProducerRecord<>(
        TOPIC, bytes(batch.sink()), bytes(batch.query() + " " + batch.number()));
  }

  /** Whether the sink has the batch, or a later one of the same query. */
  static boolean contains(KafkaSettings kafka, Batch batch) {
    String last = last(kafka, batch.sink());
    if (last == null) {
      return false;
    }
    int blank = last.indexOf(' ');
    return last.substring(0, blank).equals(batch.query())
        && Long.parseLong(last.substring(blank + 1)) >= batch.number();
  }

  private static String last(KafkaSettings kafka, String sink) {
    TopicPartition partition = new TopicPartition(TOPIC, 0);
    long end = end(kafka, partition);
    String last = null;
    try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(kafka.consumer())) {
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
      long untilNs = System.nanoTime() + PATIENCE_NS;
      while (consumer.position(partition) < end) {
        if (System.nanoTime() - untilNs > 0) {
          throw new TimeoutException(
              "the topic " + TOPIC + " could not be read to its end in time");
        }
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
          if (record.key() != null && record.value() != null && text(record.key()).equals(sink)) {
            last = text(record.value());
          }
        }
      }
    }
    return last;
  }

  /**
   * The end of all that is written. What is committed may end before that, where somebody's
   * transaction is open, with what we look for behind it.
   */
  private static long end(KafkaSettings kafka, TopicPartition partition) {
    Map<String, Object> config = kafka.consumer();
    config.put("isolation.level", "read_uncommitted");
    try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(config)) {
      return consumer.endOffsets(List.of(partition)).get(partition);
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }
}

package dev.naru.cli.transfer;

import dev.naru.cli.CliException;
import dev.naru.cli.StatusLine;
import dev.naru.cli.client.Cluster;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * Brings the records. For one thread; the producer's own reports where records went.
 *
 * <p>Progress is written down only for records that the target acknowledged, so what a cut-off run
 * leaves behind it is at most some records too many, which {@link Resume} finds.
 */
final class RecordCopy {
  private static final Duration POLL = Duration.ofMillis(200);
  private static final long CHECKPOINT_NS = TimeUnit.SECONDS.toNanos(2);

  private final Side source;
  private final Side target;
  private final Progress progress;
  private final StatusLine status;
  private final Map<TopicPartition, Position> positions;
  private final Map<TopicPartition, Long> ends;
  private final Map<TopicPartition, Position> saved = new HashMap<>();
  private final Set<TopicPartition> left = new HashSet<>();
  private final Map<TopicPartition, Long> written = new ConcurrentHashMap<>();
  private final AtomicReference<Exception> refused = new AtomicReference<>();
  private long records;

  /**
   * @param positions where each partition begins; moved on meanwhile
   * @param ends up to where each is brought, at least
   */
  RecordCopy(
      Side source,
      Side target,
      Progress progress,
      StatusLine status,
      Map<TopicPartition, Position> positions,
      Map<TopicPartition, Long> ends) {
    this.source = source;
    this.target = target;
    this.progress = progress;
    this.status = status;
    this.positions = positions;
    this.ends = ends;
  }

  /**
   * Returns when every partition has reached its end and that is written down.
   *
   * @return how many records were brought
   */
  long run() {
    progress.save(positions);
    saved.putAll(positions);
    positions.forEach(
        (partition, position) -> {
          if (position.source() < ends.get(partition)) {
            left.add(partition);
          }
        });
    if (left.isEmpty()) {
      return 0;
    }
    try (KafkaConsumer<byte[], byte[]> consumer = source.consumer();
        KafkaProducer<byte[], byte[]> producer = target.producer()) {
      consumer.assign(left);
      left.forEach(partition -> consumer.seek(partition, positions.get(partition).source()));
      copy(consumer, producer);
    }
    status.end(records + " records brought");
    return records;
  }

  private void copy(
      KafkaConsumer<byte[], byte[]> consumer, KafkaProducer<byte[], byte[]> producer) {
    long checkpointNs = System.nanoTime();
    long movedNs = checkpointNs;
    while (!left.isEmpty()) {
      boolean moved = step(consumer, producer);
      long nowNs = System.nanoTime();
      if (moved) {
        movedNs = nowNs;
      } else if (nowNs - movedNs > PartitionReader.PATIENCE_NS) {
        throw CliException.failure("nothing came of the source for a minute");
      }
      if (left.isEmpty() || nowNs - checkpointNs > CHECKPOINT_NS) {
        checkpoint(producer);
        checkpointNs = nowNs;
      }
    }
  }

  /** Sends on what one poll gives. */
  private boolean step(
      KafkaConsumer<byte[], byte[]> consumer, KafkaProducer<byte[], byte[]> producer) {
    ConsumerRecords<byte[], byte[]> polled = poll(consumer);
    for (ConsumerRecord<byte[], byte[]> record : polled) {
      send(producer, record);
    }
    boolean moved = false;
    Set<TopicPartition> done = new HashSet<>();
    for (TopicPartition partition : left) {
      long position = consumer.position(partition);
      Position before = positions.get(partition);
      if (position > before.source()) {
        moved = true;
        positions.put(partition, new Position(position, before.target()));
      }
      if (position >= ends.get(partition)) {
        done.add(partition);
      }
    }
    left.removeAll(done);
    consumer.pause(done);
    status.show(line());
    return moved;
  }

  private static ConsumerRecords<byte[], byte[]> poll(KafkaConsumer<byte[], byte[]> consumer) {
    try {
      return consumer.poll(POLL);
    } catch (OffsetOutOfRangeException e) {
      throw CliException.failure(
          "the source's retention deleted records of "
              + e.offsetOutOfRangePartitions().keySet()
              + " before they were brought; run the import again to go on with what is left",
          e);
    }
  }

  private void send(KafkaProducer<byte[], byte[]> producer, ConsumerRecord<byte[], byte[]> record) {
    failIfRefused();
    TopicPartition partition = new TopicPartition(record.topic(), record.partition());
    producer.send(
        new ProducerRecord<>(
            record.topic(),
            record.partition(),
            record.timestamp() < 0 ? null : record.timestamp(),
            record.key(),
            record.value(),
            record.headers()),
        (metadata, exception) -> {
          if (exception == null) {
            written.merge(partition, metadata.offset() + 1, Math::max);
          } else {
            refused.compareAndSet(null, exception);
          }
        });
    records++;
  }

  private void failIfRefused() {
    Exception first = refused.get();
    if (first != null) {
      throw Cluster.refusal("a record for the target", first);
    }
  }

  private void checkpoint(KafkaProducer<byte[], byte[]> producer) {
    producer.flush();
    failIfRefused();
    positions.replaceAll(
        (partition, position) ->
            new Position(position.source(), written.getOrDefault(partition, position.target())));
    Map<TopicPartition, Position> moved = new HashMap<>(positions);
    moved.entrySet().removeAll(saved.entrySet());
    if (!moved.isEmpty()) {
      progress.save(moved);
      saved.putAll(moved);
    }
  }

  private String line() {
    long behind = 0;
    for (TopicPartition partition : left) {
      behind += Math.max(0, ends.get(partition) - positions.get(partition).source());
    }
    return String.format(
        "%,d records brought, %,d offsets to go in %d partitions", records, behind, left.size());
  }
}

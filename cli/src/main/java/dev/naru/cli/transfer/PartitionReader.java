package dev.naru.cli.transfer;

import dev.naru.cli.CliException;
import java.time.Duration;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;

/** The committed records of a part of one partition, in order. */
final class PartitionReader implements Iterator<ConsumerRecord<byte[], byte[]>> {
  static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(60);

  private static final Duration POLL = Duration.ofMillis(200);

  private final KafkaConsumer<byte[], byte[]> consumer;
  private final TopicPartition partition;
  private final long end;
  private Iterator<ConsumerRecord<byte[], byte[]>> polled = Collections.emptyIterator();
  private ConsumerRecord<byte[], byte[]> next;

  /**
   * @param consumer which is given this partition instead of what it had
   * @param start the first offset
   * @param end the first offset that is not wanted any more
   */
  PartitionReader(
      KafkaConsumer<byte[], byte[]> consumer, TopicPartition partition, long start, long end) {
    this.consumer = consumer;
    this.partition = partition;
    this.end = end;
    consumer.assign(List.of(partition));
    consumer.seek(partition, start);
  }

  @Override
  public boolean hasNext() {
    if (next == null) {
      next = find();
    }
    return next != null;
  }

  private ConsumerRecord<byte[], byte[]> find() {
    long deadlineNs = System.nanoTime() + PATIENCE_NS;
    long position = consumer.position(partition);
    while (!polled.hasNext()) {
      if (position >= end) {
        return null;
      }
      polled = consumer.poll(POLL).iterator();
      long now = consumer.position(partition);
      if (now > position) {
        position = now;
        deadlineNs = System.nanoTime() + PATIENCE_NS;
      } else if (System.nanoTime() > deadlineNs) {
        throw CliException.failure("nothing came of " + partition + " for a minute");
      }
    }
    ConsumerRecord<byte[], byte[]> found = polled.next();
    return found.offset() < end ? found : null;
  }

  @Override
  public ConsumerRecord<byte[], byte[]> next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    ConsumerRecord<byte[], byte[]> found = next;
    next = null;
    return found;
  }
}

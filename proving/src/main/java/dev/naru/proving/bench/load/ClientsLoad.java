package dev.naru.proving.bench.load;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** The second driver: kafka-clients with their defaults, one thread, as a user would write it. */
public final class ClientsLoad {
  private static final Duration POLL = Duration.ofMillis(100);

  private ClientsLoad() {}

  /** An idempotent producer with acks=all, as it comes. */
  public static Producer<byte[], byte[]> producer(String bootstrap, Map<String, Object> settings) {
    Map<String, Object> config = new HashMap<>(settings);
    config.put("bootstrap.servers", bootstrap);
    config.put("enable.metrics.push", "false");
    return new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
  }

  /** A consumer of the whole topic, without a group, from its beginning. */
  public static Consumer<byte[], byte[]> consumer(String bootstrap, Topic topic) {
    Map<String, Object> config =
        Map.of(
            "bootstrap.servers", bootstrap,
            "enable.metrics.push", "false",
            "auto.offset.reset", "none",
            "enable.auto.commit", "false");
    Consumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    consumer.assign(partitions(topic));
    consumer.seekToBeginning(partitions(topic));
    return consumer;
  }

  private static Collection<TopicPartition> partitions(Topic topic) {
    List<TopicPartition> partitions = new ArrayList<>();
    for (int i = 0; i < topic.partitions(); i++) {
      partitions.add(new TopicPartition(topic.name(), i));
    }
    return partitions;
  }

  /** Sends records as fast as the producer takes them. */
  public static final class Sender {
    private static final int VALUES = 1_024;

    private final Producer<byte[], byte[]> producer;
    private final Topic topic;
    private final byte[][] values;
    private final LongAdder acknowledged = new LongAdder();
    private final AtomicReference<Exception> failure = new AtomicReference<>();
    private long sent;

    public Sender(Producer<byte[], byte[]> producer, Topic topic, int recordBytes) {
      this.producer = producer;
      this.topic = topic;
      this.values = new byte[VALUES][recordBytes];
      Random random = new Random(1);
      for (byte[] value : values) {
        random.nextBytes(value);
      }
    }

    /** Sends until the time is over; does not wait for the last ones. */
    public void run(Duration time) {
      long endNs = System.nanoTime() + time.toNanos();
      while (System.nanoTime() < endNs) {
        send();
      }
      check();
    }

    /** Sends so many, and waits until all are acknowledged. */
    public void send(long count) {
      for (long i = 0; i < count; i++) {
        send();
      }
      flush();
    }

    private void send() {
      byte[] value = values[(int) (sent++ % VALUES)];
      producer.send(
          new ProducerRecord<>(topic.name(), value),
          (metadata, e) -> {
            if (e == null) {
              acknowledged.increment();
            } else {
              failure.compareAndSet(null, e);
            }
          });
    }

    /** Waits until everything is acknowledged. */
    public void flush() {
      producer.flush();
      check();
    }

    private void check() {
      Exception e = failure.get();
      if (e != null) {
        throw new NodeError("a record was refused: " + e.getMessage(), e);
      }
    }

    /** How many records have been acknowledged so far. */
    public long acknowledged() {
      return acknowledged.sum();
    }
  }

  /** Reads and discards. */
  public static final class Reader {
    private final Consumer<byte[], byte[]> consumer;
    private long records;
    private long bytes;

    public Reader(Consumer<byte[], byte[]> consumer) {
      this.consumer = consumer;
    }

    /** Reads until so many records came in all. */
    public void readUntil(long total, Duration patience) {
      long endNs = System.nanoTime() + patience.toNanos();
      while (records < total) {
        poll();
        if (System.nanoTime() > endNs) {
          throw new NodeError("only " + records + " of " + total + " records came");
        }
      }
    }

    /** Reads until the time is over. */
    public void run(Duration time) {
      long endNs = System.nanoTime() + time.toNanos();
      while (System.nanoTime() < endNs) {
        poll();
      }
    }

    private void poll() {
      ConsumerRecords<byte[], byte[]> polled = consumer.poll(POLL);
      for (var each : polled) {
        bytes += each.value().length;
      }
      records += polled.count();
    }

    public long records() {
      return records;
    }

    /** Bytes of values. */
    public long bytes() {
      return bytes;
    }
  }
}

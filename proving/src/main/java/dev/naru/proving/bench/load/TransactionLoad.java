package dev.naru.proving.bench.load;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Transactional producers of kafka-clients, each in a thread of its own, one transaction after the
 * other.
 */
public final class TransactionLoad implements AutoCloseable {
  private static final int RECORDS = 10;
  private static final int RECORD_BYTES = 100;
  private static final long HIGHEST_US = TimeUnit.MINUTES.toMicros(10);
  private static final Duration POLL = Duration.ofMillis(100);
  private static final Duration SILENCE_MAX = Duration.ofSeconds(30);

  private final Topic topic;
  private final ExecutorService threads;
  private final List<Worker> workers = new ArrayList<>();

  public TransactionLoad(String bootstrap, Topic topic, int producers) {
    this.topic = topic;
    this.threads = Executors.newFixedThreadPool(producers);
    for (int i = 0; i < producers; i++) {
      String id = topic.name() + "-" + i;
      Producer<byte[], byte[]> producer =
          ClientsLoad.producer(bootstrap, Map.of("transactional.id", id, "linger.ms", 0));
      workers.add(new Worker(producer));
      producer.initTransactions();
    }
  }

  /** Begins transactions until the time is over, and ends them all. */
  public void run(Duration time) {
    long endNs = System.nanoTime() + time.toNanos();
    List<Future<?>> running = new ArrayList<>();
    for (Worker worker : workers) {
      running.add(threads.submit(() -> worker.run(endNs)));
    }
    for (Future<?> each : running) {
      try {
        each.get();
      } catch (ExecutionException e) {
        throw new NodeError("a transaction failed: " + e.getCause().getMessage(), e.getCause());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new NodeError("interrupted", e);
      }
    }
  }

  /** Forgets the latencies and counts so far; not while {@link #run} runs. */
  public void reset() {
    workers.forEach(worker -> worker.latenciesUs.reset());
  }

  /** Transactions committed since the last {@link #reset}. */
  public long transactions() {
    return workers.stream().mapToLong(worker -> worker.latenciesUs.getTotalCount()).sum();
  }

  /** Every record of a transaction that was ever committed. */
  public long recordsEver() {
    return workers.stream().mapToLong(worker -> worker.committed * RECORDS).sum();
  }

  /** From begin to committed, in microseconds. */
  public Histogram latenciesUs() {
    Histogram all = new Histogram(HIGHEST_US, 3);
    workers.forEach(worker -> all.add(worker.latenciesUs));
    return all;
  }

  /**
   * Reads a topic from its start to its end as a consumer that wants committed records only.
   *
   * @param expected how many there should be; a node that is too slow with them has lost them
   * @return how many there are
   */
  public static long readCommitted(String bootstrap, Topic topic, long expected) {
    Map<String, Object> config = new HashMap<>();
    config.put("bootstrap.servers", bootstrap);
    config.put("isolation.level", "read_committed");
    config.put("enable.metrics.push", "false");
    config.put("auto.offset.reset", "none");
    config.put("enable.auto.commit", "false");
    try (Consumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      List<TopicPartition> partitions = new ArrayList<>();
      for (int i = 0; i < topic.partitions(); i++) {
        partitions.add(new TopicPartition(topic.name(), i));
      }
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      long count = 0;
      long heardNs = System.nanoTime();
      while (!isAtEnd(consumer, partitions) || count < expected) {
        int polled = consumer.poll(POLL).count();
        count += polled;
        heardNs = polled > 0 ? System.nanoTime() : heardNs;
        if (System.nanoTime() - heardNs > SILENCE_MAX.toNanos()) {
          break;
        }
      }
      return count;
    }
  }

  private static boolean isAtEnd(Consumer<?, ?> consumer, List<TopicPartition> partitions) {
    Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
    return partitions.stream().allMatch(each -> consumer.position(each) >= ends.get(each));
  }

  @Override
  public void close() {
    threads.shutdown();
    workers.forEach(worker -> worker.producer.close());
  }

  /** One producer. */
  private final class Worker {
    private final Producer<byte[], byte[]> producer;
    private final Histogram latenciesUs = new Histogram(HIGHEST_US, 3);
    private final byte[] value = new byte[RECORD_BYTES];
    private long committed;

    Worker(Producer<byte[], byte[]> producer) {
      this.producer = producer;
    }

    void run(long endNs) {
      while (System.nanoTime() < endNs) {
        long startNs = System.nanoTime();
        producer.beginTransaction();
        for (int i = 0; i < RECORDS; i++) {
          producer.send(new ProducerRecord<>(topic.name(), i % topic.partitions(), null, value));
        }
        // The client asks whether batches are under way before it takes its lock to look for the
        // end
        // of a transaction. When all of a transaction is sent in between, which a fast node brings
        // about, the end overtakes the records, and the node must refuse it.
        producer.flush();
        producer.commitTransaction();
        committed++;
        long tookUs = TimeUnit.NANOSECONDS.toMicros(System.nanoTime() - startNs);
        latenciesUs.recordValue(Math.min(HIGHEST_US, tookUs));
      }
    }
  }
}

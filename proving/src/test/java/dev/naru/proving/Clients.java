package dev.naru.proving;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** Clients of kafka-clients with short words for what the tests do again and again. */
public final class Clients {
  /** How long anything may take that should come at once. */
  public static final Duration DEADLINE = Duration.ofSeconds(30);

  private static final AtomicInteger NAMES = new AtomicInteger();

  private Clients() {}

  /** A name that no other test uses, for a topic, a group or a transactional id. */
  public static String unique(String name) {
    return name + "-" + ProcessHandle.current().pid() + "-" + NAMES.incrementAndGet();
  }

  public static Admin admin(String bootstrap) {
    return Admin.create(Map.of("bootstrap.servers", bootstrap));
  }

  /** A producer of strings; settings come in pairs of name and value. */
  public static Producer<String, String> producer(String bootstrap, Object... settings) {
    return new KafkaProducer<>(
        config(bootstrap, settings), new StringSerializer(), new StringSerializer());
  }

  /**
   * A consumer of strings from the earliest offset on; settings come in pairs of name and value.
   */
  public static Consumer<String, String> consumer(String bootstrap, Object... settings) {
    Map<String, Object> config = config(bootstrap, settings);
    config.putIfAbsent("auto.offset.reset", "earliest");
    config.putIfAbsent("enable.auto.commit", "false");
    return new KafkaConsumer<>(config, new StringDeserializer(), new StringDeserializer());
  }

  private static Map<String, Object> config(String bootstrap, Object... settings) {
    Map<String, Object> config = new HashMap<>();
    config.put("bootstrap.servers", bootstrap);
    for (int i = 0; i < settings.length; i += 2) {
      config.put((String) settings[i], settings[i + 1]);
    }
    return config;
  }

  /** Makes a topic with a name of its own; configs come in pairs of name and value. */
  public static String createTopic(Admin admin, String name, int partitions, String... configs) {
    Map<String, String> map = new HashMap<>();
    for (int i = 0; i < configs.length; i += 2) {
      map.put(configs[i], configs[i + 1]);
    }
    return createTopic(admin, new NewTopic(unique(name), partitions, (short) 1).configs(map));
  }

  /** Makes a topic and waits until it can be used. */
  public static String createTopic(Admin admin, NewTopic topic) {
    get(admin.createTopics(List.of(topic)).all());
    awaitLeaders(admin, topic.name(), topic.numPartitions());
    return topic.name();
  }

  /**
   * Waits until the leader of every partition answers: Apache Kafka acknowledges a topic before
   * that, and an idempotent producer that pipelines into the gap can lose its first batch for good.
   */
  private static void awaitLeaders(Admin admin, String topic, int partitions) {
    Map<TopicPartition, OffsetSpec> ends = new HashMap<>();
    for (int i = 0; i < partitions; i++) {
      ends.put(new TopicPartition(topic, i), OffsetSpec.latest());
    }
    await(
        "leaders of " + topic,
        () -> {
          try {
            return get(admin.listOffsets(ends).all()).size() == partitions;
          } catch (Failed e) {
            if (e.getCause() instanceof UnknownTopicOrPartitionException) {
              return false;
            }
            throw e;
          }
        });
  }

  public static <T> T get(KafkaFuture<T> future) {
    return get(future.toCompletionStage().toCompletableFuture());
  }

  public static <T> T get(Future<T> future) {
    try {
      return future.get(DEADLINE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw new Failed(e.getCause());
    } catch (TimeoutException e) {
      throw new AssertionError("no answer in time", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** What a future failed with, as an unchecked exception. */
  public static final class Failed extends RuntimeException {
    private Failed(Throwable cause) {
      super(cause);
    }
  }

  /** The error that an asynchronous call ends with. */
  public static Throwable errorOf(KafkaFuture<?> future) {
    try {
      Object value = get(future);
      throw new AssertionError("expected an error, got " + value);
    } catch (Failed e) {
      return e.getCause();
    }
  }

  /** Polls until so many records came. */
  public static <K, V> List<ConsumerRecord<K, V>> poll(Consumer<K, V> consumer, int count) {
    List<ConsumerRecord<K, V>> records = new ArrayList<>();
    await(
        count + " records",
        () -> {
          consumer.poll(Duration.ofMillis(100)).forEach(records::add);
          return records.size() >= count;
        });
    return records;
  }

  /** Everything in these partitions, up to their end as this isolation level sees it. */
  public static List<ConsumerRecord<String, String>> readAll(
      String bootstrap, String isolation, TopicPartition... partitions) {
    List<ConsumerRecord<String, String>> records = new ArrayList<>();
    try (Consumer<String, String> consumer =
        consumer(bootstrap, "isolation.level", isolation, "auto.offset.reset", "none")) {
      List<TopicPartition> assigned = Arrays.asList(partitions);
      consumer.assign(assigned);
      consumer.seekToBeginning(assigned);
      Map<TopicPartition, Long> ends = consumer.endOffsets(assigned);
      await(
          "the end of " + assigned,
          () -> {
            consumer.poll(Duration.ofMillis(100)).forEach(records::add);
            return ends.entrySet().stream()
                .allMatch(e -> consumer.position(e.getKey()) >= e.getValue());
          });
    }
    return records;
  }

  /** The values of {@link #readAll}. */
  public static List<String> readValues(String bootstrap, String topic) {
    return readAll(bootstrap, "read_committed", new TopicPartition(topic, 0)).stream()
        .map(ConsumerRecord::value)
        .toList();
  }

  /** A condition that may need asking again. */
  public interface Condition {
    boolean holds() throws Exception;
  }

  /** Asks until the condition holds; fails after the deadline. */
  public static void await(String what, Condition condition) {
    await(what, DEADLINE, condition);
  }

  public static void await(String what, Duration deadline, Condition condition) {
    long deadlineNs = System.nanoTime() + deadline.toNanos();
    try {
      while (!condition.holds()) {
        if (System.nanoTime() > deadlineNs) {
          throw new AssertionError("not in time: " + what);
        }
        Thread.sleep(10);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new AssertionError("while waiting for " + what, e);
    }
  }
}

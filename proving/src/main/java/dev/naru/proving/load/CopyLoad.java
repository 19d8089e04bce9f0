package dev.naru.proving.load;

import dev.naru.proving.checker.Copies;
import dev.naru.proving.checker.History;
import dev.naru.proving.checker.Outcome;
import dev.naru.proving.checker.PartitionId;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;

/**
 * Copies a topic exactly once: consume, transform, produce, with the offsets in the same
 * transaction.
 */
public final class CopyLoad extends Load {
  private static final int RECORDS_MAX = 200;

  private final String transactionalId;
  private final String group;
  private final String input;
  private final String output;
  private final int recordsMax;
  private volatile boolean dying;

  /** Copies transactions of up to two hundred records. */
  public CopyLoad(
      String name, String bootstrap, History history, String group, String input, String output) {
    this(name, bootstrap, history, group, input, output, RECORDS_MAX);
  }

  /**
   * As above.
   *
   * @param recordsMax most records of a transaction
   */
  public CopyLoad(
      String name,
      String bootstrap,
      History history,
      String group,
      String input,
      String output,
      int recordsMax) {
    super(name, bootstrap, history);
    this.recordsMax = recordsMax;
    this.transactionalId = name;
    this.group = group;
    this.input = input;
    this.output = output;
  }

  @Override
  protected void run() {
    while (!stopping()) {
      String incarnation = incarnation();
      try (Consumer<String, String> consumer = consumer();
          Producer<String, String> producer =
              producer(Map.of("transactional.id", transactionalId, "linger.ms", 1))) {
        TransactionRunner runner = new TransactionRunner(producer, history);
        runner.init(this::stopping);
        consumer.subscribe(List.of(input));
        for (int i = 0; !stopping() && runner.usable(); i++) {
          Outcome outcome = copy(runner, producer, consumer, incarnation + ":" + i);
          if (outcome != Outcome.OK) {
            failed(incarnation + ":" + i + ", " + outcome + ": " + runner.lastError());
            break;
          }
          progressed();
        }
        if (dying) {
          leaveOpen(runner, producer, consumer, incarnation + ":left");
        }
      } catch (KafkaException e) {
        // The next round starts again from the committed offsets.
        failed(incarnation + ": " + e);
      }
    }
  }

  /** As {@link #stop()}, but in the middle of a transaction, which is left to its timeout. */
  public void die() {
    dying = true;
    stop();
  }

  private void leaveOpen(
      TransactionRunner runner,
      Producer<String, String> producer,
      Consumer<String, String> consumer,
      String id) {
    ConsumerRecords<String, String> records = consumer.poll(Duration.ofMillis(500));
    if (runner.usable() && !records.isEmpty()) {
      runner.leave(id, transaction -> send(producer, consumer, transaction, id, records));
    }
    // A producer that has time to close aborts what is open.
    producer.close(Duration.ZERO);
  }

  private Consumer<String, String> consumer() {
    Map<String, Object> config = new HashMap<>();
    config.put("bootstrap.servers", bootstrap);
    config.put("group.id", group);
    config.put("isolation.level", "read_committed");
    config.put("enable.auto.commit", false);
    config.put("auto.offset.reset", "earliest");
    config.put("max.poll.records", recordsMax);
    config.put("session.timeout.ms", 10_000);
    config.put("heartbeat.interval.ms", 500);
    config.put("reconnect.backoff.max.ms", 200);
    return new KafkaConsumer<>(config, new StringDeserializer(), new StringDeserializer());
  }

  private Outcome copy(
      TransactionRunner runner,
      Producer<String, String> producer,
      Consumer<String, String> consumer,
      String id) {
    ConsumerRecords<String, String> records = consumer.poll(Duration.ofMillis(100));
    if (records.isEmpty()) {
      return Outcome.OK;
    }
    return runner.run(id, true, transaction -> send(producer, consumer, transaction, id, records));
  }

  private void send(
      Producer<String, String> producer,
      Consumer<String, String> consumer,
      History.Transaction transaction,
      String id,
      ConsumerRecords<String, String> records) {
    records.forEach(record -> send(producer, transaction, id, record));
    Map<TopicPartition, OffsetAndMetadata> next = records.nextOffsets();
    producer.sendOffsetsToTransaction(next, consumer.groupMetadata());
  }

  private void send(
      Producer<String, String> producer,
      History.Transaction transaction,
      String id,
      ConsumerRecord<String, String> record) {
    String value = Copies.copyOf(record.value(), id);
    PartitionId target = new PartitionId(output, record.partition());
    History.Send send = history.send(value, id, target, transaction, nowNs());
    producer.send(
        new ProducerRecord<>(output, record.partition(), null, value),
        (metadata, error) -> {
          if (error == null) {
            send.ok(metadata.offset(), nowNs());
          }
        });
  }
}

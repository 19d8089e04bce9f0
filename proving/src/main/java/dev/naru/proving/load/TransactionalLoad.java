package dev.naru.proving.load;

import dev.naru.proving.checker.History;
import dev.naru.proving.checker.Outcome;
import dev.naru.proving.checker.PartitionId;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * Transactions of random size over the partitions of one topic; some of them are aborted on
 * purpose.
 */
public final class TransactionalLoad extends Load {
  private static final int RECORDS_MAX = 30;
  private static final int ABORT_ONE_IN = 5;

  private final String transactionalId;
  private final String topic;
  private final int partitions;
  private final Random random;
  private final int pauseMs;

  /**
   * @param pauseMs between one transaction and the next
   */
  public TransactionalLoad(
      String transactionalId,
      String bootstrap,
      History history,
      String topic,
      int partitions,
      long seed,
      int pauseMs) {
    super(transactionalId, bootstrap, history);
    this.transactionalId = transactionalId;
    this.topic = topic;
    this.partitions = partitions;
    this.random = new Random(seed);
    this.pauseMs = pauseMs;
  }

  @Override
  protected void run() throws InterruptedException {
    while (!stopping()) {
      String incarnation = incarnation();
      try (Producer<String, String> producer =
          producer(Map.of("transactional.id", transactionalId, "linger.ms", 1))) {
        TransactionRunner runner = new TransactionRunner(producer, history);
        runner.init(this::stopping);
        for (int i = 0; !stopping() && runner.usable(); i++) {
          transaction(runner, producer, incarnation, i);
          TimeUnit.MILLISECONDS.sleep(pauseMs);
        }
      }
    }
  }

  private void transaction(
      TransactionRunner runner, Producer<String, String> producer, String incarnation, int number) {
    String id = incarnation + ":" + number;
    int count = 1 + random.nextInt(RECORDS_MAX);
    boolean abort = random.nextInt(ABORT_ONE_IN) == 0;
    Outcome outcome =
        runner.run(
            id,
            !abort,
            transaction -> {
              for (int i = 0; i < count; i++) {
                int partition = random.nextInt(partitions);
                String value = id + ":" + i;
                History.Send send =
                    history.send(
                        value,
                        incarnation,
                        new PartitionId(topic, partition),
                        transaction,
                        nowNs());
                producer.send(
                    new ProducerRecord<>(topic, partition, null, value),
                    (metadata, error) -> {
                      if (error == null) {
                        send.ok(metadata.offset(), nowNs());
                      }
                    });
              }
            });
    if (outcome == Outcome.OK) {
      progressed();
    }
    if (outcome != (abort ? Outcome.FAIL : Outcome.OK) || !runner.usable()) {
      failed(id + ", " + outcome + ": " + runner.lastError());
    }
  }
}

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
 * Transfers money between accounts, of which each is a partition: what leaves one arrives at
 * another in the same transaction. Several of them may have one transactional id: who registers
 * last fences the others, which then wait a while and do the same.
 */
public final class TransferLoad extends Load {
  private static final int AMOUNT_MAX = 1_000;
  private static final int PAUSE_MS = 20;
  private static final int COMEBACK_MS = 3_000;

  private final String transactionalId;
  private final String topic;
  private final int accounts;
  private final Random random;

  public TransferLoad(
      String name,
      String bootstrap,
      History history,
      String transactionalId,
      String topic,
      int accounts,
      long seed) {
    super(name, bootstrap, history);
    this.transactionalId = transactionalId;
    this.topic = topic;
    this.accounts = accounts;
    this.random = new Random(seed);
  }

  /** What a record moves into its account; less than nothing when it leaves. */
  public static long amountOf(String value) {
    return Long.parseLong(value.substring(value.lastIndexOf(':') + 1));
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
          transfer(runner, producer, incarnation, i);
          TimeUnit.MILLISECONDS.sleep(PAUSE_MS);
        }
      }
      TimeUnit.MILLISECONDS.sleep(random.nextInt(COMEBACK_MS));
    }
  }

  private void transfer(
      TransactionRunner runner, Producer<String, String> producer, String incarnation, int number) {
    String id = incarnation + ":" + number;
    int from = random.nextInt(accounts);
    int to = (from + 1 + random.nextInt(accounts - 1)) % accounts;
    int amount = 1 + random.nextInt(AMOUNT_MAX);
    Outcome outcome =
        runner.run(
            id,
            true,
            transaction -> {
              move(producer, transaction, incarnation, from, id + ":from:" + -amount);
              move(producer, transaction, incarnation, to, id + ":to:" + amount);
            });
    if (outcome == Outcome.OK) {
      progressed();
    } else {
      failed(id + ", " + outcome + ": " + runner.lastError());
    }
  }

  private void move(
      Producer<String, String> producer,
      History.Transaction transaction,
      String incarnation,
      int account,
      String value) {
    History.Send send =
        history.send(value, incarnation, new PartitionId(topic, account), transaction, nowNs());
    producer.send(
        new ProducerRecord<>(topic, account, null, value),
        (metadata, error) -> {
          if (error == null) {
            send.ok(metadata.offset(), nowNs());
          }
        });
  }
}

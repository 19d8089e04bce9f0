package dev.naru.proving.load;

import dev.naru.proving.checker.History;
import dev.naru.proving.checker.PartitionId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;

/** An idempotent producer that keeps many records in flight to every partition of one topic. */
public final class IdempotentLoad extends Load {
  private static final int IN_FLIGHT_MAX = 400;
  private static final int BURST = 20;

  /** The pace unless another is asked for: faster than a small machine can follow. */
  public static final int PER_SECOND = 4_000;

  private static final String PADDING = "x".repeat(150);

  private final String topic;
  private final int partitions;
  private final long pauseMicros;

  /** Of each partition on its own: one that nobody serves must not hold up the others. */
  private final List<Semaphore> inFlight = new ArrayList<>();

  private volatile boolean failed;

  /**
   * @param perSecond records a second, at most
   */
  public IdempotentLoad(
      String name, String bootstrap, History history, String topic, int partitions, int perSecond) {
    super(name, bootstrap, history);
    this.topic = topic;
    this.partitions = partitions;
    for (int i = 0; i < partitions; i++) {
      inFlight.add(new Semaphore(Math.max(1, IN_FLIGHT_MAX / partitions)));
    }
    this.pauseMicros = TimeUnit.SECONDS.toMicros(BURST) / perSecond;
  }

  @Override
  protected void run() throws InterruptedException {
    while (!stopping()) {
      failed = false;
      runIncarnation(incarnation());
    }
  }

  /**
   * A producer is replaced after its first error: what an application does that cannot tell what
   * was lost.
   */
  private void runIncarnation(String incarnation) throws InterruptedException {
    try (Producer<String, String> producer =
        producer(Map.of("linger.ms", 1, "batch.size", 4_000))) {
      for (long i = 0; !stopping() && !failed; i++) {
        if (inFlight.get((int) (i % partitions)).tryAcquire()) {
          send(producer, incarnation, i);
        }
        if (i % BURST == 0) {
          TimeUnit.MICROSECONDS.sleep(pauseMicros);
        }
      }
    }
  }

  private void send(Producer<String, String> producer, String incarnation, long i) {
    int partition = (int) (i % partitions);
    String value = incarnation + ":" + i + ":" + PADDING;
    History.Send send =
        history.send(value, incarnation, new PartitionId(topic, partition), nowNs());
    producer.send(
        new ProducerRecord<>(topic, partition, null, value),
        (metadata, error) -> {
          inFlight.get(partition).release();
          if (error == null) {
            send.ok(metadata.offset(), nowNs());
            progressed();
          } else {
            if (!failed) {
              failed(incarnation + ": " + error);
            }
            failed = true;
          }
        });
  }
}

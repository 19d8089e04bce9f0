package dev.naru.proving.hostile;

import dev.naru.proving.Clients;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * A client that produces one durable record after the other, all the time, and remembers how long
 * each took. Whatever others do to the node, it must be served.
 */
final class GoodClient implements AutoCloseable {
  private final Producer<String, String> producer;
  private final String topic;
  private final Thread thread;
  private final List<Long> latenciesNs = new ArrayList<>();
  private final AtomicReference<Throwable> failure = new AtomicReference<>();
  private volatile boolean closed;

  GoodClient(String bootstrap, String topic) {
    this.topic = topic;
    // No retries: each record has one chance.
    producer =
        Clients.producer(bootstrap, "acks", "all", "enable.idempotence", "false", "retries", 0);
    produceOne();
    thread = new Thread(this::run, "good-client");
    thread.start();
  }

  private void run() {
    try {
      while (!closed) {
        produceOne();
        TimeUnit.MILLISECONDS.sleep(5);
      }
    } catch (InterruptedException | RuntimeException | AssertionError e) {
      failure.set(e);
    }
  }

  private void produceOne() {
    long beganNs = System.nanoTime();
    Clients.get(producer.send(new ProducerRecord<>(topic, "good")));
    synchronized (latenciesNs) {
      latenciesNs.add(System.nanoTime() - beganNs);
    }
  }

  /** What it met since the last call, in words; fails when it was not served. */
  String report() {
    if (failure.get() != null) {
      throw new AssertionError("a good client was not served", failure.get());
    }
    long[] sorted;
    synchronized (latenciesNs) {
      sorted = latenciesNs.stream().mapToLong(Long::longValue).sorted().toArray();
      latenciesNs.clear();
    }
    return sorted.length == 0
        ? "nothing"
        : String.format(
            "%d records, p50 %.1f ms, p99 %.1f ms, max %.1f ms",
            sorted.length,
            sorted[sorted.length / 2] / 1e6,
            sorted[sorted.length * 99 / 100] / 1e6,
            Arrays.stream(sorted).max().orElseThrow() / 1e6);
  }

  @Override
  public void close() {
    closed = true;
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    producer.close();
  }
}

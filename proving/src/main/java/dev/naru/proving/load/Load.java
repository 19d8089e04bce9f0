package dev.naru.proving.load;

import dev.naru.proving.checker.History;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One thread that loads a node until it is told to stop, over any number of the node's deaths. What
 * a load cannot go on from is kept in {@link #errors()}.
 */
public abstract class Load implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Load.class);
  private static final Duration STOP_DEADLINE = Duration.ofSeconds(150);
  private static final int SAID_MAX = 10;
  private static final AtomicLong INCARNATIONS = new AtomicLong();

  protected final String bootstrap;
  protected final History history;
  private final String name;
  private final Thread thread;
  private final List<Throwable> errors = Collections.synchronizedList(new ArrayList<>());
  private final AtomicLong done = new AtomicLong();
  private final AtomicLong failures = new AtomicLong();
  private final List<String> said = Collections.synchronizedList(new ArrayList<>());
  private Map<String, Object> settings = Map.of();
  private volatile boolean stopping;
  private long stopNs;

  Load(String name, String bootstrap, History history) {
    this.name = name;
    this.bootstrap = bootstrap;
    this.history = history;
    this.thread = new Thread(this::guardedRun, name);
  }

  /** The load itself; returns soon after {@link #stopping()} turned true. */
  protected abstract void run() throws Exception;

  private void guardedRun() {
    try {
      run();
    } catch (InterruptedException e) {
      errors.add(new IllegalStateException(name + " was interrupted", e));
    } catch (Exception | Error e) {
      errors.add(e);
    }
  }

  public final void start() {
    thread.start();
  }

  protected final boolean stopping() {
    return stopping;
  }

  /** Tells the load to stop; {@link #close()} waits for it. Called by the thread that closes it. */
  public final void stop() {
    if (!stopping) {
      stopNs = System.nanoTime();
      stopping = true;
    }
  }

  /** Counts a record or a transaction that was acknowledged. */
  protected final void progressed() {
    done.incrementAndGet();
  }

  /** Counts an error that the client did not get over by itself. */
  protected final void failed(String what) {
    if (failures.incrementAndGet() <= SAID_MAX) {
      said.add(name + ": " + what);
    }
    LOG.info("{} failed: {}", name, what);
  }

  /** How many errors the client did not get over by itself. */
  public final long failures() {
    return failures.get();
  }

  /** What the first of these errors said. */
  public final List<String> said() {
    synchronized (said) {
      return List.copyOf(said);
    }
  }

  /** How many records or transactions were acknowledged so far. */
  public final long done() {
    return done.get();
  }

  public final String name() {
    return name;
  }

  public final List<Throwable> errors() {
    return List.copyOf(errors);
  }

  /**
   * Stops and waits until every operation under way has ended. The patience counts from {@link
   * #stop()} on, so that many loads that were told together take no longer than one.
   */
  @Override
  public final void close() {
    stop();
    try {
      long leftMs = (stopNs + STOP_DEADLINE.toNanos() - System.nanoTime()) / 1_000_000;
      // A join without a time waits for ever.
      thread.join(Math.max(1, leftMs));
      if (thread.isAlive()) {
        thread.interrupt();
        errors.add(new IllegalStateException(name + " did not stop in time"));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      errors.add(e);
    }
  }

  /** Gives this load's producers more settings; before the start. */
  public final Load with(Map<String, Object> producerSettings) {
    settings = Map.copyOf(producerSettings);
    return this;
  }

  /** A name for the next incarnation of this load's producer. */
  protected final String incarnation() {
    return name + "#" + INCARNATIONS.incrementAndGet();
  }

  protected final Producer<String, String> producer(Map<String, Object> settings) {
    Map<String, Object> config = new HashMap<>(settings);
    config.put("bootstrap.servers", bootstrap);
    config.put("acks", "all");
    config.put("reconnect.backoff.max.ms", 200);
    config.put("retry.backoff.max.ms", 200);
    config.putAll(this.settings);
    return new KafkaProducer<>(config, new StringSerializer(), new StringSerializer());
  }

  static long nowNs() {
    return System.nanoTime();
  }
}

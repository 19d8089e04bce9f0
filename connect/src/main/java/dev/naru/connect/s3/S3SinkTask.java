package dev.naru.connect.s3;

import dev.naru.connect.common.HttpCalls;
import dev.naru.connect.common.HttpRetries;
import dev.naru.connect.common.PluginVersion;
import dev.naru.connect.common.SinkRecords;
import java.io.IOException;
import java.net.URI;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.errors.RetriableException;
import org.apache.kafka.connect.sink.ErrantRecordReporter;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.sink.SinkTask;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Collects records and stores them as objects. Offsets are committed for what is stored, and only
 * for that: what waits in memory is read again after a restart.
 */
public final class S3SinkTask extends SinkTask {
  private static final Logger LOG = LoggerFactory.getLogger(S3SinkTask.class);
  private static final String JSON_LINES = "application/x-ndjson";
  private static final String GZIP = "application/gzip";

  private final LongSupplier clock;
  private final Map<TopicPartition, PartitionObjects> waiting = new HashMap<>();
  private final Map<TopicPartition, Long> stored = new HashMap<>();

  /** The next offset to take of each partition: Connect hands over again what was handed over. */
  private final Map<TopicPartition, Long> taken = new HashMap<>();

  private S3SinkConfig config;
  private Lines lines;
  private ObjectStore store;
  private HttpRetries retries;
  private ErrantRecordReporter reporter;

  public S3SinkTask() {
    this(() -> TimeUnit.NANOSECONDS.toMillis(System.nanoTime()));
  }

  /**
   * With a clock of the caller's.
   *
   * @param clock milliseconds from anywhere, never backwards
   */
  S3SinkTask(LongSupplier clock) {
    this.clock = clock;
  }

  @Override
  public void start(Map<String, String> props) {
    config = new S3SinkConfig(props);
    lines = new Lines(config);
    store = new ObjectStore(config);
    retries = new HttpRetries(config);
    reporter = context == null ? null : context.errantRecordReporter();
  }

  @Override
  public void open(Collection<TopicPartition> partitions) {
    forget(partitions);
  }

  /** What waits is read again by whoever gets the partitions. */
  @Override
  public void close(Collection<TopicPartition> partitions) {
    forget(partitions);
  }

  private void forget(Collection<TopicPartition> partitions) {
    for (TopicPartition partition : partitions) {
      waiting.remove(partition);
      stored.remove(partition);
      taken.remove(partition);
    }
  }

  @Override
  public void put(Collection<SinkRecord> records) {
    for (SinkRecord record : records) {
      TopicPartition partition = SinkRecords.partition(record);
      if (record.originalKafkaOffset() >= taken.getOrDefault(partition, 0L)) {
        take(partition, record);
      }
    }
    storeDue();
  }

  private void take(TopicPartition partition, SinkRecord record) {
    byte[] line = line(record);
    long timestamp = record.timestamp() == null ? 0 : record.timestamp();
    PartitionObjects objects = waiting.get(partition);
    boolean full =
        objects != null && (objects.isFull() || (line != null && objects.endsBefore(timestamp)));
    if (full) {
      store(partition, objects);
      objects = null;
    }
    if (objects == null) {
      objects = new PartitionObjects(config, partition);
      waiting.put(partition, objects);
    }
    if (line == null) {
      objects.pass(record.originalKafkaOffset());
    } else {
      objects.add(record.originalKafkaOffset(), timestamp, line, clock.getAsLong());
    }
    taken.put(partition, record.originalKafkaOffset() + 1);
    if (objects.isFull()) {
      store(partition, objects);
    }
  }

  private byte[] line(SinkRecord record) {
    try {
      return lines.line(record);
    } catch (DataException e) {
      if (reporter == null) {
        throw e;
      }
      LOG.warn("{}", e.getMessage());
      reporter.report(record, e);
      return null;
    }
  }

  private void storeDue() {
    long nowMs = clock.getAsLong();
    Map.copyOf(waiting)
        .forEach(
            (partition, objects) -> {
              if (objects.isFull() || objects.isOverdue(nowMs)) {
                store(partition, objects);
              }
            });
    while (heldBytes() > config.bufferBytesMax()) {
      Map.Entry<TopicPartition, PartitionObjects> largest =
          waiting.entrySet().stream()
              .max(Comparator.comparingLong(entry -> entry.getValue().heldBytes()))
              .orElseThrow();
      store(largest.getKey(), largest.getValue());
    }
  }

  private long heldBytes() {
    return waiting.values().stream().mapToLong(PartitionObjects::heldBytes).sum();
  }

  private void store(TopicPartition partition, PartitionObjects objects) {
    objects.finished().forEach(this::store);
    stored.put(partition, objects.nextOffset());
    waiting.remove(partition);
  }

  private void store(String key, byte[] content) {
    URI uri = store.uri(key);
    try {
      HttpCalls.Answer answer = store.put(uri, content, config.isGzip() ? GZIP : JSON_LINES);
      if (answer.isSuccess()) {
        retries.succeeded();
        LOG.debug("{} is stored, {} bytes.", uri, content.length);
      } else if (answer.mayPass()) {
        throw later(retries.refused("PUT", uri, answer), null);
      } else {
        throw new ConnectException(
            "The object " + uri + " cannot be stored: " + ObjectStore.explanation(answer) + ".");
      }
    } catch (IOException e) {
      throw later(retries.failed("PUT", uri, e), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ConnectException("The sink was stopped while it stored an object.", e);
    }
  }

  private RetriableException later(HttpRetries.Retry retry, IOException cause) {
    context.timeout(retry.pauseMs());
    return new RetriableException(retry.sentence(), cause);
  }

  /** The offsets behind what is stored, and behind what needs no storing. */
  @Override
  public Map<TopicPartition, OffsetAndMetadata> preCommit(
      Map<TopicPartition, OffsetAndMetadata> current) {
    waiting.forEach(
        (partition, objects) -> {
          if (objects.isEmpty()) {
            stored.put(partition, objects.nextOffset());
          }
        });
    Map<TopicPartition, OffsetAndMetadata> safe = new HashMap<>();
    stored.forEach((partition, offset) -> safe.put(partition, new OffsetAndMetadata(offset)));
    return safe;
  }

  @Override
  public void stop() {
    if (store != null) {
      store.close();
    }
  }

  @Override
  public String version() {
    return PluginVersion.get();
  }
}

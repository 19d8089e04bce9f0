package dev.naru.connect.s3;

import dev.naru.connect.s3.S3SinkConfig.Partitioning;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.apache.kafka.common.TopicPartition;

/**
 * The records of a partition that wait to be stored, in one object or in one for each hour or day.
 * All objects of a partition are stored together, and each is named after the first record in it:
 * whoever reads the same records again from where offsets were committed makes objects of the same
 * names, so that no record is ever in two of them.
 */
final class PartitionObjects {
  private static final DateTimeFormatter DAY =
      DateTimeFormatter.ofPattern("'date='yyyy-MM-dd'/'", Locale.ROOT).withZone(ZoneOffset.UTC);
  private static final DateTimeFormatter HOUR =
      DateTimeFormatter.ofPattern("'date='yyyy-MM-dd'/hour='HH'/'", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  private final S3SinkConfig config;
  private final TopicPartition partition;
  private final Map<String, Buffer> buffers = new LinkedHashMap<>();
  private long records;
  private long bytes;
  private long firstTimestamp;
  private long sinceMs;
  private long nextOffset;
  private boolean sealed;

  /** An object that grows. */
  private static final class Buffer {
    private final String key;
    private final ByteArrayOutputStream content = new ByteArrayOutputStream();
    private final OutputStream out;

    Buffer(String key, boolean gzip) {
      this.key = key;
      try {
        this.out = gzip ? new GZIPOutputStream(content) : content;
      } catch (IOException e) {
        throw new UncheckedIOException("nothing in memory fails", e);
      }
    }

    void add(byte[] line) {
      try {
        out.write(line);
        out.write('\n');
      } catch (IOException e) {
        throw new UncheckedIOException("nothing in memory fails", e);
      }
    }

    byte[] finished() {
      try {
        out.close();
      } catch (IOException e) {
        throw new UncheckedIOException("nothing in memory fails", e);
      }
      return content.toByteArray();
    }
  }

  PartitionObjects(S3SinkConfig config, TopicPartition partition) {
    this.config = config;
    this.partition = partition;
  }

  /** Whether a record of this timestamp begins new objects. */
  boolean endsBefore(long timestamp) {
    return records > 0
        && config.rotateSpanMs() > 0
        && timestamp - firstTimestamp >= config.rotateSpanMs();
  }

  /** Adds a record. */
  void add(long offset, long timestamp, byte[] line, long nowMs) {
    if (records == 0) {
      firstTimestamp = timestamp;
      sinceMs = nowMs;
    }
    String folder = folder(timestamp);
    buffers.computeIfAbsent(folder, f -> new Buffer(key(f, offset), config.isGzip())).add(line);
    records++;
    bytes += line.length + 1;
    nextOffset = offset + 1;
  }

  /** Passes a record by that no object has. */
  void pass(long offset) {
    nextOffset = offset + 1;
  }

  private String folder(long timestamp) {
    Instant at = Instant.ofEpochMilli(Math.max(timestamp, 0));
    return config.partitioning() == Partitioning.NONE
        ? ""
        : (config.partitioning() == Partitioning.DAY ? DAY : HOUR).format(at);
  }

  private String key(String folder, long offset) {
    return config.prefix()
        + partition.topic()
        + "/partition="
        + partition.partition()
        + "/"
        + folder
        + String.format(
            Locale.ROOT, "%s+%d+%020d", partition.topic(), partition.partition(), offset)
        + (config.isGzip() ? ".jsonl.gz" : ".jsonl");
  }

  /**
   * Whether the objects are to be stored, by what is in them alone, or because somebody tried to.
   */
  boolean isFull() {
    return sealed || records >= config.rotateRecords() || bytes >= config.rotateBytes();
  }

  /** Whether the objects waited for as long as the options allow. */
  boolean isOverdue(long nowMs) {
    return records > 0 && config.rotateAfterMs() >= 0 && nowMs - sinceMs >= config.rotateAfterMs();
  }

  boolean isEmpty() {
    return records == 0;
  }

  /** How much memory the objects take, about. */
  long heldBytes() {
    return buffers.values().stream().mapToLong(buffer -> buffer.content.size()).sum();
  }

  /** The offset behind the last record. */
  long nextOffset() {
    return nextOffset;
  }

  /** The finished objects by name; nothing can be added after that. */
  Map<String, byte[]> finished() {
    sealed = true;
    Map<String, byte[]> objects = new LinkedHashMap<>();
    buffers.values().forEach(buffer -> objects.put(buffer.key, buffer.finished()));
    return objects;
  }
}

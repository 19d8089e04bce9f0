package dev.naru.broker.produce;

import dev.naru.broker.partition.TopicSettings;
import dev.naru.log.InflationLimit;
import java.nio.ByteBuffer;
import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.CorruptRecordException;
import org.apache.kafka.common.errors.InvalidTimestampException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.UnsupportedCompressionTypeException;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.DefaultRecordBatch;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MemoryRecordsBuilder;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.utils.internals.BufferSupplier;
import org.apache.kafka.common.utils.internals.CloseableIterator;

/**
 * Every check that a produced batch passes before it may be appended, in one place.
 *
 * <p>In this order: there is exactly one batch and nothing behind it; magic 2; its length, its
 * record count and its last offset delta fit each other; it is no larger than {@code
 * max.message.bytes}; its CRC; base offset 0; no control batch; a known codec that the request's
 * version may use, with the bytes that begin it; producer id, epoch and sequence fit each other;
 * its largest timestamp lies within {@code message.timestamp.before/after.max.ms}, and each
 * record's when the topic limits how old they may be; and, in a compacted topic, every record has a
 * key. Only the last two, and a topic's own {@code compression.type}, look inside a compressed
 * batch, no further than {@link InflationLimit} lets them; what a topic compresses in its own way
 * must be no larger than {@code max.message.bytes} afterwards either.
 *
 * <p>Pure: takes {@code nowMs}, changes nothing but the batch's header for {@code LogAppendTime}.
 */
final class BatchCheck {
  private static final int OVERHEAD_BYTES = DefaultRecordBatch.RECORD_BATCH_OVERHEAD;
  private static final int LENGTH_OFFSET = 8;
  private static final int LOG_OVERHEAD_BYTES = 12;
  private static final int MAGIC_OFFSET = 16;
  private static final int ATTRIBUTES_OFFSET = 21;
  private static final int CODEC_MASK = 7;
  private static final int SMALLEST_RECORD_BYTES = 7;
  private static final short FIRST_VERSION_WITH_ZSTD = 7;
  private static final short GZIP_MAGIC = (short) 0x1f8b;
  private static final int LZ4_FRAME_MAGIC = 0x04224d18;
  private static final int ZSTD_FRAME_MAGIC = 0x28b52ffd;

  private static final long REBUILT_BYTES_MAX = Runtime.getRuntime().maxMemory() / 8;

  private BatchCheck() {}

  /**
   * A batch that may be appended.
   *
   * @param bytes the batch, from position to limit
   * @param batch the same, decoded
   */
  record Checked(ByteBuffer bytes, RecordBatch batch) {}

  /**
   * @throws org.apache.kafka.common.errors.ApiException says what was wrong
   * @throws InvalidRecordException likewise
   */
  static Checked check(
      MemoryRecords records, short requestVersion, TopicSettings settings, long nowMs) {
    ByteBuffer bytes = bytes(records);
    checkFrame(bytes, requestVersion);
    checkSize(bytes.remaining(), settings);
    MutableRecordBatch batch = records.batches().iterator().next();
    checkHeader((DefaultRecordBatch) batch);
    checkCodecHeader(bytes, batch.compressionType());
    checkTimestamps(batch, settings, nowMs);
    checkRecords((DefaultRecordBatch) batch, settings, nowMs);
    return prepared(bytes, batch, settings, nowMs);
  }

  /**
   * The batch that was sent to a partition that is not here, of which nothing is checked but that
   * its header can be read.
   *
   * @return null when there is not exactly one batch
   */
  static RecordBatch unchecked(MemoryRecords records, short requestVersion) {
    try {
      checkFrame(bytes(records), requestVersion);
      return records.batches().iterator().next();
    } catch (ApiException notOneBatch) {
      return null;
    }
  }

  private static ByteBuffer bytes(MemoryRecords records) {
    return records == null ? ByteBuffer.allocate(0) : records.buffer();
  }

  private static void checkSize(int batchBytes, TopicSettings settings) {
    if (batchBytes > settings.maxMessageBytes()) {
      throw new RecordTooLargeException(
          "The record batch size is "
              + batchBytes
              + " bytes which exceeds the maximum configured value of "
              + settings.maxMessageBytes()
              + " (max.message.bytes).");
    }
  }

  /** What is rebuilt lies in the heap, once more while it grows, and on several threads. */
  private static void checkRebuilt(int batchBytes, TopicSettings settings) {
    checkSize(batchBytes, settings);
    if (batchBytes > REBUILT_BYTES_MAX) {
      throw new RecordTooLargeException(
          "The record batch takes "
              + batchBytes
              + " bytes in the topic's own compression.type, more than this node's heap allows");
    }
  }

  private static void checkFrame(ByteBuffer bytes, short requestVersion) {
    int start = bytes.position();
    int available = bytes.remaining();
    if (available <= MAGIC_OFFSET) {
      throw new InvalidRecordException(
          "Produce requests must have exactly one record batch per partition, got "
              + available
              + " bytes");
    }
    byte magic = bytes.get(start + MAGIC_OFFSET);
    if (magic != RecordBatch.MAGIC_VALUE_V2) {
      throw new InvalidRecordException(
          "Produce requests must contain a batch of magic 2, got magic " + magic);
    }
    long batchBytes = (long) bytes.getInt(start + LENGTH_OFFSET) + LOG_OVERHEAD_BYTES;
    if (batchBytes < OVERHEAD_BYTES || batchBytes > available) {
      throw new CorruptRecordException(
          "Record batch claims " + batchBytes + " bytes, the request holds " + available);
    }
    if (batchBytes < available) {
      throw new InvalidRecordException(
          "Produce requests must have exactly one record batch per partition, got "
              + (available - batchBytes)
              + " bytes behind the first");
    }
    int codec = bytes.getShort(start + ATTRIBUTES_OFFSET) & CODEC_MASK;
    if (codec > CompressionType.ZSTD.id) {
      throw new UnsupportedCompressionTypeException("Unknown compression codec " + codec);
    }
    if (codec == CompressionType.ZSTD.id && requestVersion < FIRST_VERSION_WITH_ZSTD) {
      throw new UnsupportedCompressionTypeException(
          "Produce requests with version "
              + requestVersion
              + " are not allowed to use ZStandard compression");
    }
  }

  /**
   * The compressed bytes begin as their codec demands, so that a batch that no consumer could read
   * is refused without being inflated. Snappy comes with and without a frame, so nothing can be
   * said.
   */
  private static void checkCodecHeader(ByteBuffer bytes, CompressionType codec) {
    int at = bytes.position() + OVERHEAD_BYTES;
    boolean begins =
        switch (codec) {
          case GZIP -> bytes.limit() - at >= 2 && bytes.getShort(at) == GZIP_MAGIC;
          case LZ4 -> bytes.limit() - at >= 4 && bytes.getInt(at) == LZ4_FRAME_MAGIC;
          case ZSTD -> bytes.limit() - at >= 4 && bytes.getInt(at) == ZSTD_FRAME_MAGIC;
          case NONE, SNAPPY -> true;
        };
    if (!begins) {
      throw new CorruptRecordException(
          "Record batch says it is compressed with " + codec.name + ", but its bytes are not");
    }
  }

  private static void checkHeader(DefaultRecordBatch batch) {
    batch.ensureValid();
    if (batch.baseOffset() != 0) {
      throw new InvalidRecordException(
          "The baseOffset of the record batch is " + batch.baseOffset() + ", it should be 0");
    }
    if (batch.isControlBatch()) {
      throw new InvalidRecordException("Clients are not allowed to write control records");
    }
    int count = batch.countOrNull() == null ? -1 : batch.countOrNull();
    if (count <= 0 || batch.lastOffset() - batch.baseOffset() + 1 != count) {
      throw new InvalidRecordException(
          "Record batch counts "
              + count
              + " records but its last offset delta is "
              + (batch.lastOffset() - batch.baseOffset()));
    }
    if (batch.compressionType() == CompressionType.NONE
        && (long) count * SMALLEST_RECORD_BYTES > batch.sizeInBytes() - OVERHEAD_BYTES) {
      throw new InvalidRecordException(
          "Record batch counts " + count + " records, more than fit into its bytes");
    }
    checkProducer(batch);
  }

  private static void checkProducer(RecordBatch batch) {
    if (batch.hasProducerId()) {
      if (batch.baseSequence() < 0) {
        throw new InvalidRecordException(
            "Invalid sequence number "
                + batch.baseSequence()
                + " in record batch with producerId "
                + batch.producerId());
      }
      if (batch.producerEpoch() < 0) {
        throw new InvalidRecordException(
            "Invalid producer epoch "
                + batch.producerEpoch()
                + " in record batch with producerId "
                + batch.producerId());
      }
    } else if (batch.isTransactional()) {
      throw new InvalidRecordException("Transactional record batches must have a producer id");
    }
  }

  private static void checkTimestamps(RecordBatch batch, TopicSettings settings, long nowMs) {
    if (batch.timestampType() == TimestampType.LOG_APPEND_TIME) {
      throw new InvalidTimestampException(
          "Invalid timestamp type LogAppendTime: only the broker may set it");
    }
    if (settings.timestampType() == TimestampType.LOG_APPEND_TIME) {
      return;
    }
    checkTimestamp(batch.maxTimestamp(), settings, nowMs);
  }

  private static void checkTimestamp(long timestampMs, TopicSettings settings, long nowMs) {
    if (timestampMs == RecordBatch.NO_TIMESTAMP) {
      return;
    }
    boolean tooOld = nowMs - timestampMs > settings.timestampBeforeMaxMs();
    boolean tooNew = timestampMs - nowMs > settings.timestampAfterMaxMs();
    if (tooOld || tooNew) {
      throw new InvalidTimestampException(
          "Timestamp "
              + timestampMs
              + " of message is out of range. The timestamp should be within ["
              + saturatedSubtract(nowMs, settings.timestampBeforeMaxMs())
              + ", "
              + saturatedAdd(nowMs, settings.timestampAfterMaxMs())
              + "]");
    }
  }

  private static long saturatedSubtract(long value, long by) {
    return by > value ? 0 : value - by;
  }

  private static long saturatedAdd(long value, long by) {
    return by > Long.MAX_VALUE - value ? Long.MAX_VALUE : value + by;
  }

  /** What only the records can tell: whether each has a key, and is not too old. */
  private static void checkRecords(DefaultRecordBatch batch, TopicSettings settings, long nowMs) {
    boolean keys = settings.log().compact();
    boolean times =
        settings.timestampType() == TimestampType.CREATE_TIME
            && settings.timestampBeforeMaxMs() != Long.MAX_VALUE;
    if (!keys && !times) {
      return;
    }
    try (CloseableIterator<Record> records =
        settings.log().inflation().outlines(batch, BufferSupplier.NO_CACHING)) {
      while (records.hasNext()) {
        Record record = records.next();
        if (times) {
          checkTimestamp(record.timestamp(), settings, nowMs);
        }
        if (keys && !record.hasKey()) {
          throw new InvalidRecordException(
              "Compacted topic cannot accept message without key in topic partition.");
        }
      }
    }
  }

  private static Checked prepared(
      ByteBuffer bytes, MutableRecordBatch batch, TopicSettings settings, long nowMs) {
    CompressionType wanted = wantedCodec(batch, settings);
    if (wanted != batch.compressionType()) {
      return recompressed(batch, wanted, settings, nowMs);
    }
    if (settings.timestampType() == TimestampType.LOG_APPEND_TIME) {
      batch.setMaxTimestamp(TimestampType.LOG_APPEND_TIME, nowMs);
    }
    return new Checked(bytes, batch);
  }

  private static CompressionType wantedCodec(RecordBatch batch, TopicSettings settings) {
    return switch (settings.compression()) {
      case "producer" -> batch.compressionType();
      case "uncompressed" -> CompressionType.NONE;
      default -> CompressionType.forName(settings.compression());
    };
  }

  private static Checked recompressed(
      RecordBatch batch, CompressionType codec, TopicSettings settings, long nowMs) {
    MemoryRecordsBuilder builder =
        new MemoryRecordsBuilder(
            ByteBuffer.allocate(batch.sizeInBytes()),
            RecordBatch.MAGIC_VALUE_V2,
            compression(codec, settings.compressionLevel()),
            settings.timestampType(),
            0L,
            nowMs,
            batch.producerId(),
            batch.producerEpoch(),
            batch.baseSequence(),
            batch.isTransactional(),
            false,
            RecordBatch.NO_PARTITION_LEADER_EPOCH,
            Integer.MAX_VALUE);
    try (builder;
        CloseableIterator<Record> records =
            settings.log().inflation().records(batch, BufferSupplier.NO_CACHING)) {
      while (records.hasNext()) {
        builder.append(records.next());
        checkRebuilt(builder.estimatedSizeInBytes(), settings);
      }
    }
    MemoryRecords rebuilt = builder.build();
    checkRebuilt(rebuilt.sizeInBytes(), settings);
    return new Checked(rebuilt.buffer(), rebuilt.batches().iterator().next());
  }

  private static Compression compression(CompressionType codec, Integer level) {
    return switch (codec) {
      case GZIP ->
          level == null ? Compression.gzip().build() : Compression.gzip().level(level).build();
      case LZ4 ->
          level == null ? Compression.lz4().build() : Compression.lz4().level(level).build();
      case ZSTD ->
          level == null ? Compression.zstd().build() : Compression.zstd().level(level).build();
      case SNAPPY -> Compression.snappy().build();
      case NONE -> Compression.NONE;
    };
  }
}

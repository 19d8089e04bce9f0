package dev.naru.broker.metadata;

import dev.naru.log.Durability;
import dev.naru.log.LogConfig;
import dev.naru.log.PartitionLog;
import dev.naru.log.ReadLimit;
import dev.naru.log.ReadResult;
import dev.naru.log.Waits;
import java.util.function.Consumer;
import org.apache.kafka.common.errors.KafkaStorageException;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.record.internal.Record;

/** What logs of metadata records have in common. */
public final class RecordLogs {
  private static final int READ_BYTES = 1 << 20;

  private RecordLogs() {}

  /**
   * Hands over all records from the log's start to its end. Blocks.
   *
   * @throws KafkaStorageException the log is offline
   */
  static void forEach(PartitionLog log, Consumer<ApiMessage> action) {
    log.requireServing();
    long offset = log.logStartOffset();
    while (offset < log.logEndOffset()) {
      long before = offset;
      ReadResult read = Waits.join(log.read(offset, READ_BYTES, true, ReadLimit.LOG_END));
      try (var slice = read.records()) {
        for (Record record : slice.toMemoryRecords().records()) {
          action.accept(MetadataRecords.decode(record.value()));
          offset = record.offset() + 1;
        }
      }
      if (offset == before) {
        throw new KafkaStorageException("nothing could be read at offset " + offset);
      }
    }
  }

  /** Kept for ever; nothing but a rewrite makes it shorter. */
  public static LogConfig config(Durability durability) {
    LogConfig base = LogConfig.DEFAULTS;
    return new LogConfig(
        64 << 20,
        Long.MAX_VALUE,
        0,
        base.segmentIndexBytes(),
        base.indexIntervalBytes(),
        -1,
        -1,
        false,
        false,
        base.deleteRetentionMs(),
        base.minCompactionLagMs(),
        base.maxCompactionLagMs(),
        base.minCleanableDirtyRatio(),
        Integer.MAX_VALUE,
        0,
        false,
        Long.MAX_VALUE,
        Long.MAX_VALUE,
        durability);
  }
}

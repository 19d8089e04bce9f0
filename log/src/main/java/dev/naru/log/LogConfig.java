package dev.naru.log;

/**
 * A log's settings, with the meaning of Apache Kafka's topic configs of the same names. Immutable;
 * {@link PartitionLog#reconfigure} swaps it.
 *
 * @param segmentBytes {@code segment.bytes}
 * @param segmentMs {@code segment.ms}
 * @param segmentJitterMs {@code segment.jitter.ms}
 * @param segmentIndexBytes {@code segment.index.bytes}
 * @param indexIntervalBytes {@code index.interval.bytes}
 * @param retentionMs {@code retention.ms}, -1 for ever
 * @param retentionBytes {@code retention.bytes}, -1 for no limit
 * @param delete {@code cleanup.policy} contains delete
 * @param compact {@code cleanup.policy} contains compact
 * @param deleteRetentionMs {@code delete.retention.ms}
 * @param minCompactionLagMs {@code min.compaction.lag.ms}
 * @param maxCompactionLagMs {@code max.compaction.lag.ms}
 * @param minCleanableDirtyRatio {@code min.cleanable.dirty.ratio}
 * @param maxMessageBytes {@code max.message.bytes}; compaction needs it to size its buffers
 * @param fileDeleteDelayMs {@code file.delete.delay.ms}
 * @param preallocate {@code preallocate}: allocate a segment's blocks ahead of the writer from its
 *     first record on, up to {@code segment.bytes}; otherwise only while a log is forced often
 * @param flushMessages {@code flush.messages}: with {@link Durability#OS}, force after this many
 * @param flushMs {@code flush.ms}: with {@link Durability#OS}, force at least this often
 * @param durability what durable means for this log
 * @param inflation how much may come out of a compressed batch
 */
public record LogConfig(
    int segmentBytes,
    long segmentMs,
    long segmentJitterMs,
    int segmentIndexBytes,
    int indexIntervalBytes,
    long retentionMs,
    long retentionBytes,
    boolean delete,
    boolean compact,
    long deleteRetentionMs,
    long minCompactionLagMs,
    long maxCompactionLagMs,
    double minCleanableDirtyRatio,
    int maxMessageBytes,
    long fileDeleteDelayMs,
    boolean preallocate,
    long flushMessages,
    long flushMs,
    Durability durability,
    InflationLimit inflation) {

  /** With {@link InflationLimit#DEFAULT}. */
  public LogConfig(
      int segmentBytes,
      long segmentMs,
      long segmentJitterMs,
      int segmentIndexBytes,
      int indexIntervalBytes,
      long retentionMs,
      long retentionBytes,
      boolean delete,
      boolean compact,
      long deleteRetentionMs,
      long minCompactionLagMs,
      long maxCompactionLagMs,
      double minCleanableDirtyRatio,
      int maxMessageBytes,
      long fileDeleteDelayMs,
      boolean preallocate,
      long flushMessages,
      long flushMs,
      Durability durability) {
    this(
        segmentBytes,
        segmentMs,
        segmentJitterMs,
        segmentIndexBytes,
        indexIntervalBytes,
        retentionMs,
        retentionBytes,
        delete,
        compact,
        deleteRetentionMs,
        minCompactionLagMs,
        maxCompactionLagMs,
        minCleanableDirtyRatio,
        maxMessageBytes,
        fileDeleteDelayMs,
        preallocate,
        flushMessages,
        flushMs,
        durability,
        InflationLimit.DEFAULT);
  }

  /** Apache Kafka's defaults, forced to disk. */
  public static final LogConfig DEFAULTS =
      new LogConfig(
          1 << 30,
          7L * 24 * 60 * 60 * 1000,
          0,
          10 << 20,
          4096,
          7L * 24 * 60 * 60 * 1000,
          -1,
          true,
          false,
          24L * 60 * 60 * 1000,
          0,
          Long.MAX_VALUE,
          0.5,
          1024 * 1024 + 12,
          60_000,
          false,
          Long.MAX_VALUE,
          Long.MAX_VALUE,
          Durability.FSYNC);
}

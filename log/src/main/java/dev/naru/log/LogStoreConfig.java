package dev.naru.log;

/**
 * Settings that all logs of a node share, with the meaning of Apache Kafka's broker configs of the
 * same names. Immutable; {@link LogStore#reconfigure} swaps it.
 *
 * @param producerExpirationMs {@code producer.id.expiration.ms}
 * @param producerExpirationCheckMs {@code producer.id.expiration.check.interval.ms}; to the second
 * @param retentionCheckMs {@code log.retention.check.interval.ms}; to the second; the first time
 *     half a minute after the start, when it says more
 * @param compaction {@code log.cleaner.enable}
 * @param compactionPauseMs {@code log.cleaner.backoff.ms}
 * @param compactionKeyBytes {@code log.cleaner.dedupe.buffer.size}; a sixteenth of the heap is not
 *     exceeded, whatever it says
 */
public record LogStoreConfig(
    long producerExpirationMs,
    long producerExpirationCheckMs,
    long retentionCheckMs,
    boolean compaction,
    long compactionPauseMs,
    long compactionKeyBytes) {

  /** Apache Kafka's defaults, except that compaction looks around more often. */
  public static final LogStoreConfig DEFAULTS =
      new LogStoreConfig(
          24L * 60 * 60 * 1000, 10L * 60 * 1000, 5L * 60 * 1000, true, 5000, 128L << 20);
}

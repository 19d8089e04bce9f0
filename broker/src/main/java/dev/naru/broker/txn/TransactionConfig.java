package dev.naru.broker.txn;

import java.util.Map;
import org.apache.kafka.common.config.TopicConfig;

/**
 * The coordinator's settings, with Kafka's meaning.
 *
 * @param maxTimeoutMs {@code transaction.max.timeout.ms}
 * @param idExpirationMs {@code transactional.id.expiration.ms}
 * @param abortIntervalMs {@code transaction.abort.timed.out.transaction.cleanup.interval.ms}
 * @param expireIntervalMs {@code transaction.remove.expired.transaction.cleanup.interval.ms}
 * @param partitions {@code transaction.state.log.num.partitions}
 * @param segmentBytes {@code transaction.state.log.segment.bytes}
 * @param loadBufferBytes {@code transaction.state.log.load.buffer.size}
 * @param twoPhaseCommit {@code transaction.two.phase.commit.enable}
 * @param maxWaitMs {@code add.partitions.to.txn.retry.backoff.max.ms}: how long a request waits for
 *     the previous transaction's end before it is told CONCURRENT_TRANSACTIONS
 */
public record TransactionConfig(
    int maxTimeoutMs,
    long idExpirationMs,
    long abortIntervalMs,
    long expireIntervalMs,
    int partitions,
    int segmentBytes,
    int loadBufferBytes,
    boolean twoPhaseCommit,
    long maxWaitMs) {

  /**
   * Kafka's defaults, except that timed out transactions are looked for every second: only open
   * ones are looked at, so it costs next to nothing, and nobody waits for another ten seconds.
   */
  public static final TransactionConfig DEFAULTS =
      new TransactionConfig(
          15 * 60 * 1000,
          7L * 24 * 60 * 60 * 1000,
          1000,
          60L * 60 * 1000,
          50,
          100 * 1024 * 1024,
          5 * 1024 * 1024,
          false,
          100);

  /** How {@code __transaction_state} is created; as Kafka enforces it. */
  Map<String, String> topicConfigs() {
    return Map.of(
        TopicConfig.CLEANUP_POLICY_CONFIG,
        TopicConfig.CLEANUP_POLICY_COMPACT,
        TopicConfig.COMPRESSION_TYPE_CONFIG,
        "uncompressed",
        TopicConfig.UNCLEAN_LEADER_ELECTION_ENABLE_CONFIG,
        "false",
        TopicConfig.SEGMENT_BYTES_CONFIG,
        Integer.toString(segmentBytes));
  }
}

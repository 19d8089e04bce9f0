package dev.naru.broker.partition;

import dev.naru.log.LogConfig;
import org.apache.kafka.common.record.TimestampType;

/**
 * A topic's configs, read once into the form that the request path uses.
 *
 * @param log what the log needs
 * @param maxMessageBytes {@code max.message.bytes}: largest batch
 * @param compression {@code compression.type} ({@code producer}, {@code uncompressed}, {@code
 *     gzip}, …)
 * @param compressionLevel level of that codec, null for the codec's default
 * @param timestampType {@code message.timestamp.type}
 * @param timestampBeforeMaxMs {@code message.timestamp.before.max.ms}
 * @param timestampAfterMaxMs {@code message.timestamp.after.max.ms}
 * @param minInsyncReplicas {@code min.insync.replicas}
 */
public record TopicSettings(
    LogConfig log,
    int maxMessageBytes,
    String compression,
    Integer compressionLevel,
    TimestampType timestampType,
    long timestampBeforeMaxMs,
    long timestampAfterMaxMs,
    int minInsyncReplicas) {}

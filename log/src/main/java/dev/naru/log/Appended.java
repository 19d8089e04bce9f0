package dev.naru.log;

/**
 * The ordered half of an append: where the records stand. They are durable, and so may be
 * acknowledged with {@code acks=all}, once the high watermark passes {@code lastOffset}.
 *
 * @param baseOffset offset of the first record
 * @param lastOffset offset of the last record
 * @param logStartOffset the log's start offset at the time of the append
 * @param duplicate the batch had been appended before (an idempotent producer's retry); the offsets
 *     are those of the first time and nothing was written
 */
public record Appended(long baseOffset, long lastOffset, long logStartOffset, boolean duplicate) {}

package dev.naru.broker.group;

import dev.naru.log.LogListener;
import dev.naru.log.LogSlice;
import dev.naru.log.VerificationGuard;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/**
 * The log of one partition of {@code __consumer_offsets}, as the coordinator's glue uses it. Two
 * are equal when they stand for the same opened log.
 */
interface OffsetsLog {
  /** The leader epoch that this node has the log in. */
  int leaderEpoch();

  int maxMessageBytes();

  long startOffset();

  long endOffset();

  long highWatermark();

  /**
   * Appends all batches or none; gives the log end behind them. The buffer is reused after.
   *
   * @param transactionVersion of the transaction that a marker ends, otherwise 0
   */
  long append(ByteBuffer batches, VerificationGuard guard, long nowMs, short transactionVersion);

  /** Whole batches from {@code offset} on, up to the log end. */
  CompletionStage<LogSlice> read(long offset, int maxBytes);

  void truncateTo(long offset);

  /** As {@code PartitionLog.deleteRecords}: durable when it returns. */
  void deleteRecords(long beforeOffset);

  /** Null when the transaction is open here already. */
  VerificationGuard startVerification(
      long producerId, short producerEpoch, boolean supportsEpochBump);

  /** Why the log is offline; empty when it serves. */
  Optional<Throwable> failure();

  void addListener(LogListener listener);

  void removeListener(LogListener listener);
}

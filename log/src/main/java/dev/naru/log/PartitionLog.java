package dev.naru.log;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/**
 * The log of one partition: record batches in order, in segments.
 *
 * <p>Appends are ordered by an internal lock and return as soon as the records have their place
 * (the <em>ordered</em> completion). They become <em>durable</em> later; the high watermark tells.
 * Reads and getters take no lock and may come from any thread. Nothing here reads a clock.
 *
 * <p>Errors are Kafka's own exceptions ({@code OutOfOrderSequenceException}, {@code
 * InvalidProducerEpochException}, {@code OffsetOutOfRangeException}, {@code KafkaStorageException},
 * …), so that callers map them in one place.
 */
public final class PartitionLog {
  private final LogId id;

  PartitionLog(LogId id) {
    this.id = id;
  }

  public LogId id() {
    return id;
  }

  public LogConfig config() {
    throw notYet();
  }

  /** Takes new settings; they hold from the next append or maintenance on. */
  public void reconfigure(LogConfig config) {
    throw notYet();
  }

  /** First offset that may be read. */
  public long logStartOffset() {
    throw notYet();
  }

  /** Offset that the next record will get. */
  public long logEndOffset() {
    throw notYet();
  }

  /** End of what is durable and may be seen; always on a batch boundary. */
  public long highWatermark() {
    throw notYet();
  }

  /**
   * End of what {@code read_committed} may see: the first open transaction or the high watermark.
   */
  public long lastStableOffset() {
    throw notYet();
  }

  /** Latest leader epoch in the log, -1 when it is empty. */
  public int latestEpoch() {
    throw notYet();
  }

  /** Bytes in all segments. */
  public long sizeInBytes() {
    throw notYet();
  }

  /**
   * Appends batches of magic 2 that stand back to back between the buffer's position and limit and
   * were checked already (sizes, CRC, codec). Base offsets and leader epochs are written into the
   * buffer in place; the buffer may be reused when the call returns. All batches are appended or
   * none.
   *
   * @throws org.apache.kafka.common.errors.ApiException what the producer-state check says
   * @throws org.apache.kafka.common.errors.KafkaStorageException the log is offline
   */
  public Appended append(ByteBuffer batches, AppendSpec spec) {
    throw notYet();
  }

  /**
   * Calls back once everything before {@code endOffset} is durable; at once, on the calling thread,
   * when it is already.
   */
  public void whenDurable(long endOffset, DurableCallback callback) {
    throw notYet();
  }

  /**
   * Reads whole batches from the one that contains {@code startOffset} on.
   *
   * @param maxBytes soft limit; with {@code atLeastOneBatch} the first batch comes even when larger
   * @return complete at once for the file home; an empty slice when {@code startOffset} is the
   *     limit
   * @throws org.apache.kafka.common.errors.OffsetOutOfRangeException before the start, or after the
   *     log end
   */
  public CompletionStage<ReadResult> read(
      long startOffset, int maxBytes, boolean atLeastOneBatch, ReadLimit limit) {
    throw notYet();
  }

  /** First record at or after a time among those below the limit; empty when there is none. */
  public CompletionStage<Optional<OffsetAndTimestamp>> offsetForTimestamp(
      long timestampMs, ReadLimit limit) {
    throw notYet();
  }

  /** The record with the largest timestamp (the first one if several); empty for an empty log. */
  public CompletionStage<Optional<OffsetAndTimestamp>> offsetOfMaxTimestamp() {
    throw notYet();
  }

  /** KIP-101: where an epoch ends. */
  public EpochEndOffset endOffsetForEpoch(int leaderEpoch) {
    throw notYet();
  }

  /** The epoch that {@code offset} was written in, -1 when unknown. */
  public int epochForOffset(long offset) {
    throw notYet();
  }

  /**
   * DeleteRecords: moves the start of the log forward, durably, before it returns.
   *
   * @param beforeOffset -1 for the high watermark
   * @return the new log start offset
   * @throws org.apache.kafka.common.errors.OffsetOutOfRangeException above the high watermark
   */
  public long deleteRecords(long beforeOffset) {
    throw notYet();
  }

  /**
   * Cuts the log's end; for a coordinator whose append failed half-way. Never below the high
   * watermark.
   */
  public void truncateTo(long offset) {
    throw notYet();
  }

  /** Producers that the log remembers. */
  public List<ProducerView> producers() {
    throw notYet();
  }

  /** Whether this producer has a transaction open here with this epoch. */
  public boolean hasOngoingTransaction(long producerId, short producerEpoch) {
    throw notYet();
  }

  /**
   * Begins the verification of a transaction that is not open here yet (KIP-890).
   *
   * @return null when no verification is needed since the transaction is open here already
   */
  public VerificationGuard startVerification(
      long producerId, short producerEpoch, int baseSequence, boolean supportsEpochBump) {
    throw notYet();
  }

  /** Rolls by time, applies retention, forgets expired producers. Called now and then; does I/O. */
  public void maintain(long nowMs) {
    throw notYet();
  }

  /** Why the log is offline; empty when it serves. */
  public Optional<Throwable> failure() {
    throw notYet();
  }

  public void addListener(LogListener listener) {
    throw notYet();
  }

  public void removeListener(LogListener listener) {
    throw notYet();
  }

  private static UnsupportedOperationException notYet() {
    return new UnsupportedOperationException();
  }
}

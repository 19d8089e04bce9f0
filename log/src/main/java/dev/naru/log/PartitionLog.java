package dev.naru.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Function;
import org.apache.kafka.common.errors.CorruptRecordException;
import org.apache.kafka.common.errors.FencedLeaderEpochException;
import org.apache.kafka.common.errors.KafkaStorageException;
import org.apache.kafka.common.errors.OffsetOutOfRangeException;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

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
 *
 * <p>Behind it: {@link SegmentedLog} has the records and the lock, {@link HighWatermark} what is
 * durable, {@link LogStructure} every change of the segments but appending, {@link LogReader} the
 * way to a record, {@link LogStatus} who is told. Locks are taken in this order: the structure's,
 * the log's, the home's.
 */
public final class PartitionLog {
  private static final Logger LOG = LoggerFactory.getLogger(PartitionLog.class);

  private final SegmentedLog log;
  private final LogStatus status;
  private final HighWatermark highWatermark;
  private final LogReader reader;
  private final LogStructure structure;

  PartitionLog(
      LogId id, SegmentHome home, LogConfig config, LogState state, LogEnvironment environment) {
    log = new SegmentedLog(id, home, config, state, environment);
    status = new LogStatus(this, log);
    highWatermark = new HighWatermark(log, status, environment.commits());
    reader = new LogReader(log, highWatermark);
    structure = new LogStructure(log, highWatermark, status, reader);
  }

  /** A log that cannot be served. */
  static PartitionLog offline(
      LogId id, SegmentHome home, LogConfig config, LogEnvironment environment, Throwable failure) {
    LogState nothing = LogState.empty(environment.producerExpirationMs());
    PartitionLog log = new PartitionLog(id, home, config, nothing, environment);
    log.status.begunOffline(failure);
    return log;
  }

  public LogId id() {
    return log.id;
  }

  public LogConfig config() {
    return log.config();
  }

  /** Takes new settings; they hold from the next append or maintenance on. */
  public void reconfigure(LogConfig newConfig) {
    List<DurableCallback> done = List.of();
    synchronized (log) {
      boolean relaxed =
          log.config().durability() != newConfig.durability()
              && newConfig.durability() == Durability.OS;
      log.reconfigure(newConfig);
      if (relaxed) {
        done = highWatermark.onRelaxed();
      }
    }
    if (!done.isEmpty()) {
      status.complete(done, null);
      status.tellProgress();
    }
  }

  /** First offset that may be read. */
  public long logStartOffset() {
    return log.startOffset();
  }

  /** Offset that the next record will get. */
  public long logEndOffset() {
    return log.end().offset();
  }

  /** End of what is durable and may be seen; always on a batch boundary. */
  public long highWatermark() {
    return highWatermark.offset();
  }

  /**
   * End of what {@code read_committed} may see: the first open transaction or the high watermark.
   */
  public long lastStableOffset() {
    return highWatermark.lastStableOffset();
  }

  /** Latest leader epoch in the log, -1 when it is empty. */
  public int latestEpoch() {
    return log.epochs().latest();
  }

  /** Bytes in all segments. */
  public long sizeInBytes() {
    return log.sizeInBytes();
  }

  /**
   * Appends batches of magic 2 that stand back to back between the buffer's position and limit and
   * were checked already (sizes, CRC, codec). Base offsets and leader epochs are written into the
   * buffer in place; the buffer may be reused when the call returns. All batches are appended or
   * none.
   *
   * @throws org.apache.kafka.common.errors.FencedLeaderEpochException the log has records of a
   *     later leader epoch than the one given: who appends is not the leader any more
   * @throws org.apache.kafka.common.errors.ApiException what the producer-state check says
   * @throws org.apache.kafka.common.errors.KafkaStorageException the log is offline, or the disk is
   *     full
   */
  public Appended append(ByteBuffer batches, AppendSpec spec) {
    List<MutableRecordBatch> parsed = parse(batches);
    Ordered ordered;
    try {
      synchronized (log) {
        ordered = order(batches.duplicate(), parsed, spec);
      }
    } finally {
      status.tellIfFailed();
    }
    status.complete(ordered.done, null);
    if (ordered.visible) {
      status.tellProgress();
    }
    return ordered.appended;
  }

  /**
   * The first of an append's two completions.
   *
   * @param done whom it made durable
   * @param visible whether it moved the high watermark
   */
  private record Ordered(Appended appended, List<DurableCallback> done, boolean visible) {}

  private Ordered order(ByteBuffer bytes, List<MutableRecordBatch> batches, AppendSpec spec) {
    status.requireServing();
    requireLatestEpoch(spec.leaderEpoch());
    long start = log.startOffset();
    ProducerStates.Prepared prepared = log.producers().prepare(batches, spec);
    if (prepared.duplicate()) {
      Appended earlier = new Appended(prepared.baseOffset(), prepared.lastOffset(), start, true);
      return new Ordered(earlier, List.of(), false);
    }
    requireRoom(spec);
    long baseOffset = log.end().offset();
    try {
      log.append(bytes, batches, spec);
    } catch (IOException e) {
      if (e instanceof SegmentBrokenException || e instanceof DamagedLogException) {
        status.markFailed(e);
      }
      throw new KafkaStorageException("Appending to " + log.id + " failed: " + e.getMessage(), e);
    }
    long endOffset = log.end().offset();
    long before = highWatermark.offset();
    List<DurableCallback> done = highWatermark.onAppend(endOffset - baseOffset, spec.nowMs());
    Appended appended = new Appended(baseOffset, endOffset - 1, start, false);
    return new Ordered(appended, done, highWatermark.offset() != before);
  }

  private void requireRoom(AppendSpec spec) {
    if (spec.origin() == AppendOrigin.CLIENT && !log.home.hasRoom()) {
      throw new KafkaStorageException(
          "Nothing is appended to " + log.id + " while there is no room on the cluster's disks");
    }
  }

  /** Epochs never go back: consumers find where logs part ways by them (KIP-101). */
  private void requireLatestEpoch(int leaderEpoch) {
    int latest = log.epochs().latest();
    if (leaderEpoch < latest) {
      throw new FencedLeaderEpochException(
          "Leader epoch "
              + leaderEpoch
              + " cannot append to "
              + log.id
              + ", which has records of epoch "
              + latest);
    }
  }

  private static List<MutableRecordBatch> parse(ByteBuffer batches) {
    List<MutableRecordBatch> parsed = new ArrayList<>(1);
    int bytes = 0;
    for (MutableRecordBatch batch : MemoryRecords.readableRecords(batches.slice()).batches()) {
      if (batch.magic() != 2) {
        throw new CorruptRecordException("A batch has magic " + batch.magic() + "; 2 is expected");
      }
      bytes += batch.sizeInBytes();
      parsed.add(batch);
    }
    if (parsed.isEmpty() || bytes != batches.remaining()) {
      throw new CorruptRecordException(
          "The records hold "
              + batches.remaining()
              + " bytes of which "
              + bytes
              + " are whole batches");
    }
    return parsed;
  }

  /**
   * Calls back once everything before {@code endOffset} is durable; at once, on the calling thread,
   * when it is already.
   */
  public void whenDurable(long endOffset, DurableCallback callback) {
    highWatermark.whenDurable(endOffset, callback);
  }

  /**
   * Reads whole batches from the one that contains {@code startOffset} on.
   *
   * @param maxBytes soft limit; with {@code atLeastOneBatch} the first batch comes even when larger
   * @return complete at once when the records are likely in memory; otherwise they are read by
   *     another thread first, so that neither this call nor the sending of the slice waits for a
   *     disk. An empty slice when {@code startOffset} is the limit
   * @throws org.apache.kafka.common.errors.OffsetOutOfRangeException before the start, or after the
   *     log end
   */
  public CompletionStage<ReadResult> read(
      long startOffset, int maxBytes, boolean atLeastOneBatch, ReadLimit limit) {
    requireWithin(startOffset);
    if (isAtHand(startOffset, maxBytes, limit)) {
      return attempt(() -> reader.read(startOffset, maxBytes, atLeastOneBatch, limit));
    }
    return lookUp(() -> reader.readCold(startOffset, maxBytes, atLeastOneBatch, limit));
  }

  /**
   * As {@link #read}, but tells where the records are instead of reading them, for a node that
   * reads them itself ({@link LocatedReads}).
   *
   * @throws UnsupportedOperationException no other node could
   */
  public CompletionStage<LocatedRecords> locate(
      long startOffset, int maxBytes, boolean atLeastOneBatch, ReadLimit limit) {
    requireWithin(startOffset);
    if (isAtHand(startOffset, maxBytes, limit)) {
      return attempt(() -> reader.locate(startOffset, maxBytes, atLeastOneBatch, limit));
    }
    return lookUp(() -> reader.locate(startOffset, maxBytes, atLeastOneBatch, limit));
  }

  private void requireWithin(long startOffset) {
    status.requireServing();
    long start = log.startOffset();
    long logEnd = log.end().offset();
    if (startOffset < start || startOffset > logEnd) {
      throw new OffsetOutOfRangeException(
          "Offset " + startOffset + " is not between " + start + " and " + logEnd);
    }
  }

  private boolean isAtHand(long startOffset, int maxBytes, ReadLimit limit) {
    return startOffset == log.end().offset() || reader.isWarm(startOffset, maxBytes, limit);
  }

  /** First record at or after a time among those below the limit; empty when there is none. */
  public CompletionStage<Optional<OffsetAndTimestamp>> offsetForTimestamp(
      long timestampMs, ReadLimit limit) {
    status.requireServing();
    return lookUp(() -> reader.offsetForTimestamp(timestampMs, limit));
  }

  /** The record with the largest timestamp (the first one if several); empty for an empty log. */
  public CompletionStage<Optional<OffsetAndTimestamp>> offsetOfMaxTimestamp() {
    status.requireServing();
    return lookUp(reader::offsetOfMaxTimestamp);
  }

  private interface LookUp<T> {
    T run() throws IOException;
  }

  /** On a thread that may wait. */
  private <T> CompletionStage<T> lookUp(LookUp<T> task) {
    try {
      return CompletableFuture.supplyAsync(() -> attempt(task), log.home.readers())
          .thenCompose(found -> found);
    } catch (RejectedExecutionException e) {
      return CompletableFuture.failedFuture(new KafkaStorageException(log.id + " is closed", e));
    }
  }

  private <T> CompletionStage<T> attempt(LookUp<T> task) {
    try {
      return CompletableFuture.completedFuture(task.run());
    } catch (OffsetOutOfRangeException e) {
      return CompletableFuture.failedFuture(e);
    } catch (SegmentBrokenException | DamagedLogException e) {
      status.fail(e);
      return CompletableFuture.failedFuture(status.offlineException());
    } catch (IOException | CorruptRecordException e) {
      return CompletableFuture.failedFuture(
          new KafkaStorageException("Reading " + log.id + " failed: " + e.getMessage(), e));
    }
  }

  /**
   * Whoever tells others of this log's offsets asks this first: a log that could not be opened
   * knows none, and must not be taken for an empty one.
   *
   * @throws KafkaStorageException it is offline or closed
   */
  public void requireServing() {
    status.requireServing();
  }

  /**
   * KIP-101: where an epoch ends.
   *
   * @throws KafkaStorageException the log is offline or closed
   */
  public EpochEndOffset endOffsetForEpoch(int leaderEpoch) {
    status.requireServing();
    return log.epochs().endOffsetFor(leaderEpoch, log.end().offset());
  }

  /** The epoch that {@code offset} was written in, -1 when unknown. */
  public int epochForOffset(long offset) {
    return log.epochs().epochAt(offset);
  }

  /**
   * DeleteRecords: moves the start of the log forward, durably, before it returns. Blocks.
   *
   * @param beforeOffset -1 for the high watermark
   * @return the new log start offset
   * @throws org.apache.kafka.common.errors.OffsetOutOfRangeException above the high watermark
   */
  public long deleteRecords(long beforeOffset) {
    return structure.deleteRecords(beforeOffset);
  }

  /**
   * Cuts the log's end, durably; for a coordinator whose append failed half-way. Never below the
   * high watermark. Blocks, with the log's lock: only for a log that nobody else appends to.
   */
  public void truncateTo(long offset) {
    structure.truncateTo(offset);
  }

  /** Rolls by time and applies retention. Called now and then; does I/O. */
  public void maintain(long nowMs) {
    maintain(nowMs, true);
  }

  void maintain(long nowMs, boolean retain) {
    structure.maintain(nowMs, retain);
  }

  /** Forgets producers that were silent for long. */
  void expireProducers(long nowMs) {
    synchronized (log) {
      log.expireProducers(nowMs);
    }
  }

  /** {@code flush.ms}. */
  void flushIfDue(long nowMs) {
    highWatermark.flushIfDue(nowMs);
  }

  /** Producers that the log remembers. */
  public List<ProducerView> producers() {
    return withProducers(ProducerStates::views);
  }

  /** Whether the log remembers a batch of this producer with this epoch. */
  public boolean knowsProducer(long producerId, short producerEpoch) {
    return withProducers(producers -> producers.knows(producerId, producerEpoch));
  }

  /** Whether this producer has a transaction open here with this epoch. */
  public boolean hasOngoingTransaction(long producerId, short producerEpoch) {
    return withProducers(producers -> producers.hasOngoingTransaction(producerId, producerEpoch));
  }

  /**
   * Begins the verification of a transaction that is not open here yet (KIP-890).
   *
   * @return null when no verification is needed since the transaction is open here already
   */
  public VerificationGuard startVerification(
      long producerId, short producerEpoch, int baseSequence, boolean supportsEpochBump) {
    return withProducers(
        producers ->
            producers.startVerification(
                producerId, producerEpoch, baseSequence, supportsEpochBump));
  }

  /** Something that needs the producers' state as it is now. */
  <T> T withProducers(Function<ProducerStates, T> task) {
    synchronized (log) {
      return task.apply(log.producers());
    }
  }

  /**
   * Whether this log still is what it seems: no other node has taken it since it was opened here.
   * What it says of its records and producers may be told as final only when it is. One that was
   * taken is offline from here on, so that its owner, if this node is that again, opens it anew.
   *
   * @return never fails
   */
  public CompletionStage<Boolean> isOwned() {
    return status.serves()
        ? log.home.isOwned().thenApply(this::owned)
        : CompletableFuture.completedFuture(false);
  }

  private boolean owned(boolean still) {
    if (!still && status.serves()) {
      status.fail(new LogTakenException("another node has taken " + log.id));
    }
    return still && status.serves();
  }

  /** Why the log is offline; empty when it serves. */
  public Optional<Throwable> failure() {
    return Optional.ofNullable(status.failure());
  }

  public void addListener(LogListener listener) {
    status.addListener(listener);
  }

  public void removeListener(LogListener listener) {
    status.removeListener(listener);
  }

  /**
   * Stops serving and forces everything; empty when what is on disk must be looked through.
   *
   * <p>The log's lock is free while this waits: what completes the force needs it, and may come on
   * a thread that completes those of other logs, too.
   */
  Optional<LogState.Clean> close() {
    Optional<LogState.Clean> state = Optional.empty();
    List<DurableCallback> done = new ArrayList<>();
    List<DurableCallback> lost;
    synchronized (structure) {
      boolean served = stopServing();
      try {
        if (served) {
          state = Optional.of(forceAll(done));
        }
      } catch (IOException | CompletionException e) {
        status.markFailed(e);
      }
      lost = end();
    }
    status.complete(done, null);
    if (!done.isEmpty()) {
      status.tellProgress();
    }
    status.complete(lost, status.offlineException());
    status.tellIfFailed();
    return state;
  }

  /** From here on the log has no new records; false when it did not serve before. */
  private boolean stopServing() {
    synchronized (log) {
      boolean served = status.serves();
      status.markClosed();
      return served;
    }
  }

  /**
   * Only for a log that has no new records.
   *
   * @param done gets those who waited for what is durable now
   */
  private LogState.Clean forceAll(List<DurableCallback> done) throws IOException {
    LogSegment active;
    synchronized (log) {
      active = log.active();
      if (active != null) {
        active.home.seal(false);
      }
    }
    if (active != null) {
      Waits.join(log.home.force());
    }
    synchronized (log) {
      if (active != null) {
        done.addAll(highWatermark.onAllForced());
        active.saveSummary(log.home);
      }
      return log.clean();
    }
  }

  /** Stops serving at once; the log is deleted. */
  void discard() {
    List<DurableCallback> lost;
    synchronized (structure) {
      stopServing();
      lost = end();
    }
    status.complete(lost, new KafkaStorageException(log.id + " was deleted"));
  }

  /** Without the log's lock, as {@link #close}. */
  private List<DurableCallback> end() {
    try {
      log.home.close();
    } catch (IOException e) {
      LOG.warn("{}: closing its files failed", log.id, e);
    }
    synchronized (log) {
      return status.waiters().takeBeyond(-1);
    }
  }

  /** Up to here everything is surely on disk. */
  long forcedOffset() {
    return highWatermark.forcedOffset();
  }

  LogSegment[] segments() {
    return log.segments();
  }

  /** What compaction works on. */
  SegmentedLog records() {
    return log;
  }

  /** What compaction changes. */
  LogStructure structure() {
    return structure;
  }

  @Override
  public String toString() {
    return "PartitionLog(" + log.id + ")";
  }
}

package dev.naru.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.apache.kafka.common.errors.CorruptRecordException;
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
 */
public final class PartitionLog {
  private static final Logger LOG = LoggerFactory.getLogger(PartitionLog.class);
  private static final int RECENT_MARKS = 16;

  private final LogId id;
  private final SegmentHome home;
  private final LogEnvironment environment;
  private final GroupCommit commits;
  private final GroupCommit.Ticket ticket = new GroupCommit.Ticket(this::commit);
  private final LogReader reader = new LogReader(this);
  private final CopyOnWriteArrayList<LogListener> listeners = new CopyOnWriteArrayList<>();

  /** Guards changes of the list of segments other than rolling. Taken before {@link #lock}. */
  private final ReentrantLock structure = new ReentrantLock();

  /** Guards the end of the log and everything that an append changes. */
  private final ReentrantLock lock = new ReentrantLock();

  private final DurableQueue waiters = new DurableQueue();

  /**
   * The last high watermarks, where consumers at the tail go on reading. Read without a lock: marks
   * are immutable, and an old one only costs a search.
   */
  private final Mark[] recent = new Mark[RECENT_MARKS];

  private int recentNext;
  private volatile LogConfig config;
  private volatile LogSegment[] segments;
  private volatile Mark end;
  private volatile Mark highWatermark;
  private volatile Mark forced;
  private volatile long lastStableOffset;
  private volatile long logStartOffset;
  private volatile Throwable failure;
  private volatile boolean failureUntold;
  private volatile boolean closed;
  private volatile LeaderEpochs epochs;
  private ProducerStates producers;

  /** Counts cuts of the end: a force that began before one says nothing of what came after. */
  private int cuts;

  private long endAtRest = -1;
  private long unflushed;
  private long unflushedSinceMs = -1;

  /** With {@link Durability#OS}: up to here a force is due before anything is acknowledged. */
  private long flushDue = -1;

  PartitionLog(
      LogId id, SegmentHome home, LogConfig config, LogState state, LogEnvironment environment) {
    this.id = id;
    this.home = home;
    this.config = config;
    this.environment = environment;
    this.commits = environment.commits();
    this.logStartOffset = state.logStart();
    adopt(state);
    this.forced = end;
    this.highWatermark = end;
    producers.onHighWatermark(state.end());
    lastStableOffset = stable(state.end());
  }

  /** A log that cannot be served. */
  static PartitionLog offline(
      LogId id, SegmentHome home, LogConfig config, LogEnvironment environment, Throwable failure) {
    LogState nothing = LogState.empty(environment.producerExpirationMs());
    PartitionLog log = new PartitionLog(id, home, config, nothing, environment);
    log.failure = failure;
    return log;
  }

  private void adopt(LogState state) {
    segments = state.segments().toArray(LogSegment[]::new);
    producers = state.producers();
    epochs = state.epochs();
    producers.onLogStart(logStartOffset);
    epochs.truncateFromStart(logStartOffset);
    LogSegment last = last();
    end = new Mark(state.end(), last, last == null ? 0 : last.size());
  }

  public LogId id() {
    return id;
  }

  public LogConfig config() {
    return config;
  }

  /** Takes new settings; they hold from the next append or maintenance on. */
  public void reconfigure(LogConfig newConfig) {
    List<DurableCallback> done = List.of();
    lock.lock();
    try {
      boolean relaxed =
          config.durability() != newConfig.durability() && newConfig.durability() == Durability.OS;
      config = newConfig;
      if (relaxed && failure == null && flushDue <= forced.offset()) {
        done = advance(end);
      }
    } finally {
      lock.unlock();
    }
    tell(done, null, !done.isEmpty());
  }

  /** First offset that may be read. */
  public long logStartOffset() {
    return logStartOffset;
  }

  /** Offset that the next record will get. */
  public long logEndOffset() {
    return end.offset();
  }

  /** End of what is durable and may be seen; always on a batch boundary. */
  public long highWatermark() {
    return highWatermark.offset();
  }

  /**
   * End of what {@code read_committed} may see: the first open transaction or the high watermark.
   */
  public long lastStableOffset() {
    return lastStableOffset;
  }

  /** Latest leader epoch in the log, -1 when it is empty. */
  public int latestEpoch() {
    return epochs.latest();
  }

  /** Bytes in all segments. */
  public long sizeInBytes() {
    long bytes = 0;
    for (LogSegment segment : segments) {
      bytes += segment.size();
    }
    return bytes;
  }

  /**
   * Appends batches of magic 2 that stand back to back between the buffer's position and limit and
   * were checked already (sizes, CRC, codec). Base offsets and leader epochs are written into the
   * buffer in place; the buffer may be reused when the call returns. All batches are appended or
   * none.
   *
   * @throws org.apache.kafka.common.errors.ApiException what the producer-state check says
   * @throws org.apache.kafka.common.errors.KafkaStorageException the log is offline, or the disk is
   *     full
   */
  public Appended append(ByteBuffer batches, AppendSpec spec) {
    List<MutableRecordBatch> parsed = parse(batches);
    List<DurableCallback> done;
    Appended appended;
    boolean visible;
    lock.lock();
    try {
      requireServing();
      ProducerStates.Prepared prepared = producers.prepare(parsed, spec);
      if (prepared.duplicate()) {
        return new Appended(prepared.baseOffset(), prepared.lastOffset(), logStartOffset, true);
      }
      long baseOffset = end.offset();
      write(batches.duplicate(), parsed, spec);
      appended = new Appended(baseOffset, end.offset() - 1, logStartOffset, false);
      long before = highWatermark.offset();
      done = settle(appended.lastOffset() - baseOffset + 1, spec.nowMs());
      visible = highWatermark.offset() != before;
    } catch (IOException e) {
      throw appendFailed(e);
    } finally {
      lock.unlock();
      tellIfFailed();
    }
    tell(done, null, visible);
    return appended;
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

  private void write(ByteBuffer bytes, List<MutableRecordBatch> parsed, AppendSpec spec)
      throws IOException {
    long offset = end.offset();
    long timestampMs = -1;
    for (MutableRecordBatch batch : parsed) {
      long delta = batch.lastOffset() - batch.baseOffset();
      if (delta < 0) {
        throw new CorruptRecordException("A batch has a last offset delta of " + delta);
      }
      batch.setLastOffset(offset + delta);
      batch.setPartitionLeaderEpoch(spec.leaderEpoch());
      timestampMs = Math.max(timestampMs, batch.maxTimestamp());
      offset += delta + 1;
    }
    if (mustRoll(bytes.remaining(), offset - 1, timestampMs, spec.nowMs())) {
      roll();
    }
    LogSegment segment = last();
    detail(segment);
    segment.home.append(bytes);
    takeIn(segment, parsed, spec);
  }

  /** From here on nothing may fail: the bytes have their place. */
  private void takeIn(LogSegment segment, List<MutableRecordBatch> parsed, AppendSpec spec)
      throws IOException {
    try {
      if (spec.leaderEpoch() > epochs.latest()) {
        epochs.assign(spec.leaderEpoch(), end.offset());
        segment.onEpoch(spec.leaderEpoch(), end.offset());
      }
      for (MutableRecordBatch batch : parsed) {
        if (batch.hasProducerId()) {
          producers.replay(batch, spec.nowMs());
        }
        segment.onBatch(
            batch.baseOffset(),
            batch.lastOffset(),
            batch.sizeInBytes(),
            batch.maxTimestamp(),
            config,
            spec.nowMs());
      }
      segment.onAborted(producers.drainAborted());
    } catch (RuntimeException e) {
      markFailed(e);
      throw e;
    }
    end = new Mark(segment.endOffset(), segment, segment.size());
  }

  private boolean mustRoll(int bytes, long lastOffset, long timestampMs, long nowMs) {
    LogSegment active = last();
    if (active == null) {
      return true;
    }
    if (active.size() == 0) {
      return false;
    }
    if (bytes > config.segmentBytes() - active.size()
        || lastOffset - active.baseOffset > Integer.MAX_VALUE
        || active.isIndexFull(config)) {
      return true;
    }
    long allowedMs = rollAfterMs(active);
    return (active.firstTimestampMs() >= 0 && timestampMs >= 0)
        ? timestampMs - active.firstTimestampMs() > allowedMs
        : nowMs - active.firstAppendMs() > allowedMs;
  }

  /** What is never sealed is never compacted, so {@code max.compaction.lag.ms} counts too. */
  private long rollAfterMs(LogSegment active) {
    long afterMs = config.segmentMs() - jitterMs(active);
    return config.compact() ? Math.min(afterMs, config.maxCompactionLagMs()) : afterMs;
  }

  /** Spreads the rolling of many logs; the same for a segment however often it is asked. */
  private long jitterMs(LogSegment segment) {
    long most = Math.min(config.segmentJitterMs(), config.segmentMs());
    return most <= 0
        ? 0
        : Math.floorMod(id.hashCode() * 31L + Long.hashCode(segment.baseOffset), most);
  }

  /** Seals the last segment and begins the next one. Holds the lock. */
  private void roll() throws IOException {
    LogSegment old = last();
    if (old != null) {
      sealed(old);
    }
    long base = end.offset();
    if (base > 0) {
      // Read when this segment is recovered. One that is lost is made up for by a longer replay.
      home.saveNote(LogDirectory.producers(base), producers.snapshot(base), false);
    }
    LogSegment fresh = new LogSegment(home.create(base));
    LogSegment[] grown = Arrays.copyOf(segments, segments.length + 1);
    grown[segments.length] = fresh;
    segments = grown;
    end = new Mark(base, fresh, 0);
  }

  private void sealed(LogSegment old) throws IOException {
    try {
      old.home.seal(config.durability() == Durability.FSYNC);
    } catch (IOException e) {
      markFailed(e);
      throw e;
    }
    detail(old);
    old.saveSummary(home);
  }

  /** Decides what an append makes durable now. Holds the lock. */
  private List<DurableCallback> settle(long records, long nowMs) {
    if (config.durability() == Durability.FSYNC) {
      commits.submit(ticket);
      return List.of();
    }
    unflushed += records;
    if (unflushedSinceMs < 0) {
      unflushedSinceMs = nowMs;
    }
    if (unflushed >= config.flushMessages()) {
      flushDue = end.offset();
      unflushed = 0;
      commits.submit(ticket);
    }
    return flushDue > forced.offset() ? List.of() : advance(end);
  }

  /** Moves the high watermark; returns whom to tell. Holds the lock. */
  private List<DurableCallback> advance(Mark to) {
    if (to.offset() <= highWatermark.offset()) {
      return List.of();
    }
    producers.onHighWatermark(to.offset());
    recent[recentNext++ % RECENT_MARKS] = to;
    highWatermark = to;
    lastStableOffset = stable(to.offset());
    return waiters.takeUpTo(to.offset());
  }

  private long stable(long offset) {
    return Math.max(logStartOffset, Math.min(offset, producers.firstUnstableOffset()));
  }

  /** One round of group commit. */
  private CompletionStage<Void> commit() {
    Mark upTo;
    int cutsBefore;
    lock.lock();
    try {
      if (failure != null || closed) {
        return CompletableFuture.completedStage(null);
      }
      upTo = end;
      cutsBefore = cuts;
      unflushedSinceMs = -1;
    } finally {
      lock.unlock();
    }
    return home.force()
        .handle(
            (nothing, problem) -> {
              committed(upTo, cutsBefore, problem);
              return null;
            });
  }

  private void committed(Mark upTo, int cutsBefore, Throwable problem) {
    if (problem != null) {
      fail(problem instanceof CompletionException ? problem.getCause() : problem);
      return;
    }
    List<DurableCallback> done;
    boolean moved;
    lock.lock();
    try {
      if (failure != null) {
        return;
      }
      if (cuts != cutsBefore) {
        commits.submit(ticket);
        return;
      }
      if (upTo.offset() > forced.offset()) {
        forced = upTo;
      }
      long before = highWatermark.offset();
      boolean all = config.durability() == Durability.OS && flushDue <= forced.offset();
      done = advance(all ? end : upTo);
      moved = before != highWatermark.offset();
    } finally {
      lock.unlock();
    }
    tell(done, null, moved);
  }

  private void tell(List<DurableCallback> done, Throwable problem, boolean progress) {
    for (DurableCallback callback : done) {
      try {
        callback.complete(problem);
      } catch (RuntimeException e) {
        LOG.error("{}: a callback failed", id, e);
      }
    }
    if (progress) {
      for (LogListener listener : listeners) {
        try {
          listener.onProgress(this);
        } catch (RuntimeException e) {
          LOG.error("{}: a listener failed", id, e);
        }
      }
    }
  }

  /** Takes the log offline. */
  private void fail(Throwable cause) {
    markFailed(cause);
    tellIfFailed();
  }

  private void markFailed(Throwable cause) {
    lock.lock();
    try {
      if (failure == null) {
        failure = cause;
        failureUntold = true;
      }
    } finally {
      lock.unlock();
    }
  }

  /** Must be called without the lock. */
  private void tellIfFailed() {
    if (!failureUntold || lock.isHeldByCurrentThread()) {
      return;
    }
    List<DurableCallback> lost;
    lock.lock();
    try {
      if (!failureUntold) {
        return;
      }
      failureUntold = false;
      lost = waiters.takeBeyond(-1);
    } finally {
      lock.unlock();
    }
    LOG.error("{} is offline; nothing is acknowledged from it any more", id, failure);
    tell(lost, offlineException(), false);
    for (LogListener listener : listeners) {
      listener.onFailure(this, failure);
    }
  }

  private KafkaStorageException offlineException() {
    Throwable cause = failure;
    return cause == null
        ? new KafkaStorageException(id + " is closed")
        : new KafkaStorageException(id + " is offline: " + cause.getMessage(), cause);
  }

  private KafkaStorageException appendFailed(IOException e) {
    if (e instanceof SegmentBrokenException || e instanceof DamagedLogException) {
      markFailed(e);
    }
    return new KafkaStorageException("Appending to " + id + " failed: " + e.getMessage(), e);
  }

  private void requireServing() {
    if (failure != null || closed) {
      throw offlineException();
    }
  }

  /**
   * Calls back once everything before {@code endOffset} is durable; at once, on the calling thread,
   * when it is already.
   */
  public void whenDurable(long endOffset, DurableCallback callback) {
    Throwable problem = null;
    if (highWatermark.offset() < endOffset) {
      lock.lock();
      try {
        if (failure != null || closed) {
          problem = offlineException();
        } else if (highWatermark.offset() < endOffset) {
          waiters.add(endOffset, callback);
          return;
        }
      } finally {
        lock.unlock();
      }
    }
    callback.complete(problem);
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
    requireServing();
    long start = logStartOffset;
    long logEnd = end.offset();
    if (startOffset < start || startOffset > logEnd) {
      throw new OffsetOutOfRangeException(
          "Offset " + startOffset + " is not between " + start + " and " + logEnd);
    }
    return lookUp(() -> reader.read(startOffset, maxBytes, atLeastOneBatch, limit));
  }

  /** First record at or after a time among those below the limit; empty when there is none. */
  public CompletionStage<Optional<OffsetAndTimestamp>> offsetForTimestamp(
      long timestampMs, ReadLimit limit) {
    requireServing();
    return lookUp(() -> reader.offsetForTimestamp(timestampMs, limit));
  }

  /** The record with the largest timestamp (the first one if several); empty for an empty log. */
  public CompletionStage<Optional<OffsetAndTimestamp>> offsetOfMaxTimestamp() {
    requireServing();
    return lookUp(reader::offsetOfMaxTimestamp);
  }

  private interface LookUp<T> {
    T run() throws IOException;
  }

  private <T> CompletionStage<T> lookUp(LookUp<T> task) {
    Executor executor = home.readers();
    if (executor == null) {
      return attempt(task);
    }
    return CompletableFuture.supplyAsync(() -> attempt(task), executor).thenCompose(x -> x);
  }

  private <T> CompletionStage<T> attempt(LookUp<T> task) {
    try {
      return CompletableFuture.completedFuture(task.run());
    } catch (OffsetOutOfRangeException e) {
      return CompletableFuture.failedFuture(e);
    } catch (SegmentBrokenException | DamagedLogException e) {
      fail(e);
      return CompletableFuture.failedFuture(offlineException());
    } catch (IOException | CorruptRecordException e) {
      return CompletableFuture.failedFuture(
          new KafkaStorageException("Reading " + id + " failed: " + e.getMessage(), e));
    }
  }

  /** KIP-101: where an epoch ends. */
  public EpochEndOffset endOffsetForEpoch(int leaderEpoch) {
    return epochs.endOffsetFor(leaderEpoch, end.offset());
  }

  /** The epoch that {@code offset} was written in, -1 when unknown. */
  public int epochForOffset(long offset) {
    return epochs.epochAt(offset);
  }

  /**
   * DeleteRecords: moves the start of the log forward, durably, before it returns.
   *
   * @param beforeOffset -1 for the high watermark
   * @return the new log start offset
   * @throws org.apache.kafka.common.errors.OffsetOutOfRangeException above the high watermark
   */
  public long deleteRecords(long beforeOffset) {
    structure.lock();
    try {
      requireServing();
      long to = beforeOffset == -1 ? highWatermark.offset() : beforeOffset;
      if (to < 0 || to > highWatermark.offset()) {
        throw new OffsetOutOfRangeException(
            "Records before offset "
                + to
                + " cannot be deleted: the high watermark is "
                + highWatermark.offset());
      }
      if (to > logStartOffset) {
        home.saveNote(LogRecovery.LOG_START, ByteBuffer.allocate(8).putLong(0, to), true);
        moveStart(to);
      }
      return logStartOffset;
    } catch (IOException e) {
      throw new KafkaStorageException(
          "Deleting records of " + id + " failed: " + e.getMessage(), e);
    } finally {
      structure.unlock();
    }
  }

  private void moveStart(long to) {
    lock.lock();
    try {
      if (to > logStartOffset) {
        logStartOffset = to;
        producers.onLogStart(to);
        epochs.truncateFromStart(to);
        lastStableOffset = stable(highWatermark.offset());
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * Cuts the log's end; for a coordinator whose append failed half-way. Never below the high
   * watermark.
   */
  public void truncateTo(long offset) {
    List<DurableCallback> lost = List.of();
    structure.lock();
    lock.lock();
    try {
      requireServing();
      if (offset < highWatermark.offset()) {
        throw new IllegalArgumentException(
            id
                + " cannot be cut at "
                + offset
                + ": what is before the high watermark "
                + highWatermark.offset()
                + " is durable");
      }
      if (offset < end.offset()) {
        cut(offset);
        lost = waiters.takeBeyond(end.offset());
      }
    } catch (IOException e) {
      markFailed(e);
      throw new KafkaStorageException("Cutting " + id + " failed: " + e.getMessage(), e);
    } finally {
      lock.unlock();
      structure.unlock();
      tellIfFailed();
    }
    tell(lost, new KafkaStorageException("The records were cut off " + id), false);
  }

  private void cut(long offset) throws IOException {
    cuts++;
    int keep = segments.length - 1;
    while (keep > 0 && segments[keep].baseOffset >= offset) {
      keep--;
    }
    LogSegment segment = segments[keep];
    int position = reader.position(segment, offset, segment.size());
    LogSegment[] kept = Arrays.copyOf(segments, keep + 1);
    List<HomeSegment> gone = homes(Arrays.asList(segments).subList(keep + 1, segments.length));
    if (!gone.isEmpty()) {
      home.replace(gone, List.of(), config.fileDeleteDelayMs());
    }
    home.deleteNote(LogDirectory.summary(segment.baseOffset));
    segment.home.truncate(position);
    adopt(recovery(0).reload(Arrays.asList(kept)));
    producers.onHighWatermark(highWatermark.offset());
    lastStableOffset = stable(highWatermark.offset());
  }

  private static List<HomeSegment> homes(List<LogSegment> list) {
    return list.stream().map(segment -> segment.home).toList();
  }

  private LogRecovery recovery(long nowMs) {
    return new LogRecovery(id, home, config, environment.producerExpirationMs(), nowMs);
  }

  /** Producers that the log remembers. */
  public List<ProducerView> producers() {
    lock.lock();
    try {
      return producers.views();
    } finally {
      lock.unlock();
    }
  }

  /** Whether this producer has a transaction open here with this epoch. */
  public boolean hasOngoingTransaction(long producerId, short producerEpoch) {
    lock.lock();
    try {
      return producers.hasOngoingTransaction(producerId, producerEpoch);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Begins the verification of a transaction that is not open here yet (KIP-890).
   *
   * @return null when no verification is needed since the transaction is open here already
   */
  public VerificationGuard startVerification(
      long producerId, short producerEpoch, int baseSequence, boolean supportsEpochBump) {
    lock.lock();
    try {
      return producers.startVerification(
          producerId, producerEpoch, baseSequence, supportsEpochBump);
    } finally {
      lock.unlock();
    }
  }

  /** Rolls by time and applies retention. Called now and then; does I/O. */
  public void maintain(long nowMs) {
    maintain(nowMs, true);
  }

  void maintain(long nowMs, boolean retain) {
    structure.lock();
    try {
      if (failure != null || closed) {
        return;
      }
      rest(nowMs);
      if (retain) {
        retain(nowMs);
      }
    } catch (IOException e) {
      LOG.warn("{}: maintenance failed; it is tried again", id, e);
      if (e instanceof SegmentBrokenException) {
        markFailed(e);
      }
    } finally {
      structure.unlock();
      tellIfFailed();
    }
  }

  private void retain(long nowMs) throws IOException {
    Retention retention = new Retention(config, logStartOffset, highWatermark.offset(), nowMs);
    int doomed = retention.doomed(segments);
    if (doomed > 0) {
      dropFirst(doomed);
    }
  }

  /** Forgets producers that were silent for long. */
  void expireProducers(long nowMs) {
    lock.lock();
    try {
      producers.expireAfter(environment.producerExpirationMs());
      producers.expire(nowMs);
    } finally {
      lock.unlock();
    }
  }

  private void rest(long nowMs) throws IOException {
    lock.lock();
    try {
      LogSegment active = last();
      if (active != null
          && active.size() > 0
          && nowMs - active.firstAppendMs() > rollAfterMs(active)) {
        roll();
      }
      if (end.offset() > forced.offset() && end.offset() == endAtRest) {
        // Nobody waits for this one; it lets an idle log close its file and recover fast.
        commits.submit(ticket);
      }
      endAtRest = end.offset();
      home.rest();
      LogSegment[] now = segments;
      for (int i = 0; i < now.length - 1; i++) {
        now[i].rest();
      }
    } finally {
      lock.unlock();
    }
    flushIfDue(nowMs);
  }

  /** {@code flush.ms}. */
  void flushIfDue(long nowMs) {
    if (config.durability() == Durability.OS && config.flushMs() != Long.MAX_VALUE) {
      lock.lock();
      try {
        if (unflushedSinceMs >= 0 && nowMs - unflushedSinceMs >= config.flushMs()) {
          unflushed = 0;
          commits.submit(ticket);
        }
      } finally {
        lock.unlock();
      }
    }
  }

  private void dropFirst(int doomed) throws IOException {
    if (doomed == segments.length) {
      lock.lock();
      try {
        // Something may have been appended since; the base of a new segment keeps the log's end.
        if (end.offset() != highWatermark.offset()) {
          doomed--;
        } else {
          roll();
        }
      } finally {
        lock.unlock();
      }
      if (doomed == 0) {
        return;
      }
    }
    List<LogSegment> gone = Arrays.asList(segments).subList(0, doomed);
    long start = segments[doomed].baseOffset;
    moveStart(start);
    home.replace(homes(gone), List.of(), config.fileDeleteDelayMs());
    publish(gone, List.of());
    LOG.info("{}: removed {} segments; the log starts at {} now", id, gone.size(), logStartOffset);
  }

  private void publish(List<LogSegment> removed, List<LogSegment> added) {
    lock.lock();
    try {
      List<LogSegment> list = new ArrayList<>(Arrays.asList(segments));
      int at = list.indexOf(removed.get(0));
      list.subList(at, at + removed.size()).clear();
      list.addAll(at, added);
      segments = list.toArray(LogSegment[]::new);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Compaction: puts new segments where consecutive sealed ones stand. The caller holds {@link
   * #exclusively}.
   */
  void replaceSegments(List<LogSegment> removed, List<LogSegment> added) throws IOException {
    try {
      home.replace(homes(removed), homes(added), config.fileDeleteDelayMs());
      for (LogSegment segment : added) {
        segment.saveSummary(home);
      }
    } catch (IOException e) {
      markFailed(e);
      throw e;
    }
    publish(removed, added);
  }

  /** Something that must not meet another change of the list of segments. */
  interface Exclusive {
    void run() throws IOException;
  }

  void exclusively(Exclusive task) throws IOException {
    structure.lock();
    try {
      if (failure == null && !closed) {
        task.run();
      }
    } finally {
      structure.unlock();
      tellIfFailed();
    }
  }

  /** Something that needs the producers' state as it is now. */
  <T> T withProducers(Function<ProducerStates, T> task) {
    lock.lock();
    try {
      return task.apply(producers);
    } finally {
      lock.unlock();
    }
  }

  SegmentHome home() {
    return home;
  }

  /** Why the log is offline; empty when it serves. */
  public Optional<Throwable> failure() {
    return Optional.ofNullable(failure);
  }

  public void addListener(LogListener listener) {
    listeners.add(listener);
  }

  public void removeListener(LogListener listener) {
    listeners.remove(listener);
  }

  /** Forces everything and stops serving; empty when what is on disk must be looked through. */
  Optional<LogState.Clean> close() {
    Optional<LogState.Clean> state = Optional.empty();
    List<DurableCallback> done = List.of();
    List<DurableCallback> lost;
    structure.lock();
    lock.lock();
    try {
      if (failure == null && !closed) {
        LogSegment active = last();
        if (active != null) {
          active.home.seal(false);
          home.force().toCompletableFuture().join();
          forced = end;
          done = advance(end);
          active.saveSummary(home);
        }
        state = Optional.of(clean());
      }
    } catch (IOException | CompletionException e) {
      markFailed(e);
    } finally {
      closed = true;
      lost = waiters.takeBeyond(-1);
      letGo();
      lock.unlock();
      structure.unlock();
    }
    tell(done, null, !done.isEmpty());
    tell(lost, offlineException(), false);
    tellIfFailed();
    return state;
  }

  private LogState.Clean clean() {
    List<SegmentMeta> metas = Arrays.stream(segments).map(LogSegment::meta).toList();
    return new LogState.Clean(
        logStartOffset, end.offset(), producers.snapshot(end.offset()), metas);
  }

  private void letGo() {
    try {
      home.close();
    } catch (IOException e) {
      LOG.warn("{}: closing its files failed", id, e);
    }
  }

  /** Stops serving at once; the log is deleted. */
  void discard() {
    List<DurableCallback> lost;
    structure.lock();
    lock.lock();
    try {
      closed = true;
      lost = waiters.takeBeyond(-1);
      letGo();
    } finally {
      lock.unlock();
      structure.unlock();
    }
    tell(lost, new KafkaStorageException(id + " was deleted"), false);
  }

  /** Up to here everything is surely on disk. */
  long forcedOffset() {
    return forced.offset();
  }

  Mark mark(ReadLimit limit) {
    return limit == ReadLimit.LOG_END ? end : highWatermark;
  }

  long limitOffset(ReadLimit limit, Mark mark) {
    return limit == ReadLimit.LAST_STABLE_OFFSET
        ? Math.min(lastStableOffset, mark.offset())
        : mark.offset();
  }

  LogSegment[] segments() {
    return segments;
  }

  private LogSegment last() {
    LogSegment[] now = segments;
    return now.length == 0 ? null : now[now.length - 1];
  }

  SegmentDetail detail(LogSegment segment) throws IOException {
    return segment.detail(home, this::rebuild);
  }

  private SegmentDetail rebuild(LogSegment wanted) throws IOException {
    List<LogSegment> upTo = new ArrayList<>();
    for (LogSegment segment : segments) {
      upTo.add(segment);
      if (segment == wanted) {
        return recovery(0).detailOf(upTo);
      }
    }
    throw new IOException("A segment of " + id + " was deleted meanwhile");
  }

  /** Position of an offset that was the high watermark not long ago; -1 when unknown. */
  int recentPosition(LogSegment segment, long offset) {
    for (Mark mark : recent) {
      if (mark != null && mark.offset() == offset && mark.segment() == segment) {
        return mark.position();
      }
    }
    return -1;
  }

  @Override
  public String toString() {
    return "PartitionLog(" + id + ")";
  }
}

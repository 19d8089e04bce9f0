package dev.naru.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.kafka.common.errors.CorruptRecordException;
import org.apache.kafka.common.record.internal.MutableRecordBatch;

/**
 * The records of one partition, and what they say: segments in order, the log's end, leader epochs,
 * producers. It appends, rolls, cuts and replaces; it knows nothing of what is durable and of who
 * waits.
 *
 * <p><b>The log's lock is this object's monitor.</b> Whoever calls something that changes the log
 * holds it, and so does whoever touches the producers. The fields that readers need are volatile
 * and hold immutable things, so that reads take no lock.
 *
 * <p>What stays true: segments are ordered by base offset, the list is never changed in place, and
 * only the last one grows; a segment ends where the next one begins; {@link #end} is on a batch
 * boundary of the last segment; an append that throws {@link IOException} has changed nothing,
 * unless it is a {@link SegmentBrokenException}, after which the log must go offline.
 */
final class SegmentedLog {
  final LogId id;
  final SegmentHome home;
  private final LogEnvironment environment;
  private volatile LogConfig config;
  private volatile LogSegment[] segments;
  private volatile Mark end;
  private volatile long startOffset;
  private volatile LeaderEpochs epochs;
  private ProducerStates producers;

  SegmentedLog(
      LogId id, SegmentHome home, LogConfig config, LogState state, LogEnvironment environment) {
    this.id = id;
    this.home = home;
    this.config = config;
    this.environment = environment;
    this.startOffset = state.logStart();
    adopt(state);
  }

  private void adopt(LogState state) {
    segments = state.segments().toArray(LogSegment[]::new);
    producers = state.producers();
    epochs = state.epochs();
    producers.onLogStart(startOffset);
    epochs.truncateFromStart(startOffset);
    LogSegment last = active();
    end = new Mark(state.end(), last, last == null ? 0 : last.size());
  }

  LogConfig config() {
    return config;
  }

  void reconfigure(LogConfig newConfig) {
    config = newConfig;
  }

  /** In order; the caller must not change the array. */
  LogSegment[] segments() {
    return segments;
  }

  /** The one that grows; null when nothing was ever written. */
  LogSegment active() {
    LogSegment[] now = segments;
    return now.length == 0 ? null : now[now.length - 1];
  }

  Mark end() {
    return end;
  }

  long startOffset() {
    return startOffset;
  }

  LeaderEpochs epochs() {
    return epochs;
  }

  /** Only with the lock. */
  ProducerStates producers() {
    return producers;
  }

  long sizeInBytes() {
    long bytes = 0;
    for (LogSegment segment : segments) {
      bytes += segment.size();
    }
    return bytes;
  }

  /** Gives the batches their offsets, in place, and writes them. */
  void append(ByteBuffer bytes, List<MutableRecordBatch> batches, AppendSpec spec)
      throws IOException {
    long offset = end.offset();
    long timestampMs = -1;
    for (MutableRecordBatch batch : batches) {
      long delta = batch.lastOffset() - batch.baseOffset();
      if (delta < 0) {
        throw new CorruptRecordException("A batch has a last offset delta of " + delta);
      }
      batch.setLastOffset(offset + delta);
      batch.setPartitionLeaderEpoch(spec.leaderEpoch());
      timestampMs = Math.max(timestampMs, batch.maxTimestamp());
      offset += delta + 1;
    }
    RollPolicy policy = new RollPolicy(id, config);
    if (policy.mustRoll(active(), bytes.remaining(), offset - 1, timestampMs, spec.nowMs())) {
      roll();
    }
    LogSegment segment = active();
    detail(segment);
    segment.home.append(bytes);
    takeIn(segment, batches, spec);
  }

  /** From here on nothing may fail: the bytes have their place. */
  private void takeIn(LogSegment segment, List<MutableRecordBatch> batches, AppendSpec spec)
      throws IOException {
    try {
      if (spec.leaderEpoch() > epochs.latest()) {
        epochs.assign(spec.leaderEpoch(), end.offset());
        segment.onEpoch(spec.leaderEpoch(), end.offset());
      }
      for (MutableRecordBatch batch : batches) {
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
      throw new SegmentBrokenException("Records were written, but not taken in: " + e, e);
    }
    end = new Mark(segment.endOffset(), segment, segment.size());
  }

  /** Whether the active segment is old enough to be sealed, although nothing comes. */
  boolean isOverdue(long nowMs) {
    return new RollPolicy(id, config).isOverdue(active(), nowMs);
  }

  /** Seals the last segment and begins the next one. */
  void roll() throws IOException {
    LogSegment old = active();
    if (old != null) {
      seal(old);
    }
    long base = end.offset();
    if (base > 0) {
      // Read when this segment is recovered. One that is lost is made up for by a longer replay.
      home.saveNote(LogDirectory.producers(base), producers.snapshot(base), false);
    }
    LogSegment fresh =
        new LogSegment(home.create(base, config.preallocate() ? config.segmentBytes() : 0));
    LogSegment[] grown = Arrays.copyOf(segments, segments.length + 1);
    grown[segments.length] = fresh;
    segments = grown;
    end = new Mark(base, fresh, 0);
  }

  private void seal(LogSegment old) throws IOException {
    try {
      old.home.seal(config.durability() == Durability.FSYNC);
    } catch (IOException e) {
      throw new SegmentBrokenException("Sealing a segment failed: " + e.getMessage(), e);
    }
    detail(old);
    old.saveSummary(home);
  }

  /** Records before this offset are not read any more. Forward only. */
  void moveStart(long to) {
    if (to > startOffset) {
      startOffset = to;
      producers.onLogStart(to);
      epochs.truncateFromStart(to);
    }
  }

  /**
   * Takes away everything from an offset on, durably.
   *
   * @param position where the first batch that goes begins in its segment
   */
  void cut(int segment, int position) throws IOException {
    LogSegment last = segments[segment];
    List<LogSegment> gone = Arrays.asList(segments).subList(segment + 1, segments.length);
    if (!gone.isEmpty()) {
      home.replace(homes(gone), List.of(), config.fileDeleteDelayMs());
    }
    home.deleteNote(LogDirectory.summary(last.baseOffset));
    last.home.truncate(position);
    adopt(recovery(0).reload(Arrays.asList(segments).subList(0, segment + 1)));
  }

  /** Forgets producers that were silent for long. */
  void expireProducers(long nowMs) {
    producers.expireAfter(environment.producerExpirationMs());
    producers.expire(nowMs);
  }

  /** Changes the list as the home's list was changed. */
  void publish(List<LogSegment> removed, List<LogSegment> added) {
    List<LogSegment> list = new ArrayList<>(Arrays.asList(segments));
    int at = list.indexOf(removed.get(0));
    list.subList(at, at + removed.size()).clear();
    list.addAll(at, added);
    segments = list.toArray(LogSegment[]::new);
  }

  static List<HomeSegment> homes(List<LogSegment> list) {
    return list.stream().map(segment -> segment.home).toList();
  }

  /** Lets go of what an idle log does not need. */
  void rest() throws IOException {
    home.rest();
    LogSegment[] now = segments;
    for (int i = 0; i < now.length - 1; i++) {
      now[i].rest();
    }
  }

  /** Index and aborted transactions of a segment; may read it. Any thread, no lock needed. */
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

  private LogRecovery recovery(long nowMs) {
    return new LogRecovery(id, home, config, environment.producerExpirationMs(), nowMs);
  }

  /** What a clean stop writes down. */
  LogState.Clean clean() {
    List<SegmentMeta> metas = Arrays.stream(segments).map(LogSegment::meta).toList();
    return new LogState.Clean(startOffset, end.offset(), producers.snapshot(end.offset()), metas);
  }
}

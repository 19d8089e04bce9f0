package dev.naru.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import org.apache.kafka.common.errors.CorruptRecordException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out what a log holds after a stop that was not clean.
 *
 * <p>Sealed segments with a summary are taken as they are, and so is the part of the last one that
 * a {@link TailNote} tells of. The rest is walked through from the newest producer snapshot on:
 * index, timestamps, epochs, producers and aborted transactions come from the batches, through the
 * same {@code replay} as in a live append. Checksums are verified from the recovery point on, which
 * is the end of what was surely forced. A torn tail is cut; damage is an error ({@link TailJudge}
 * tells which).
 */
final class LogRecovery {
  static final String LOG_START = "log-start";

  private static final Logger LOG = LoggerFactory.getLogger(LogRecovery.class);

  private final LogId id;
  private final SegmentHome home;
  private final LogConfig config;
  private final long expirationMs;
  private final long nowMs;
  private boolean homeIsDurable;

  LogRecovery(LogId id, SegmentHome home, LogConfig config, long expirationMs, long nowMs) {
    this.id = id;
    this.home = home;
    this.config = config;
    this.expirationMs = expirationMs;
    this.nowMs = nowMs;
  }

  /** What the home holds is durable, so that a note of the tail may tell of all of it. */
  LogRecovery trustingItsHome() {
    homeIsDurable = true;
    return this;
  }

  /**
   * @throws DamagedLogException records that were durable are damaged or missing
   */
  LogState recover(RecoveryPoint known) throws IOException {
    List<LogSegment> segments = new ArrayList<>();
    ProducerStates producers = look(segments, known);
    long recoveryPoint = known.offset();
    long end = segments.isEmpty() ? 0 : segments.get(segments.size() - 1).endOffset();
    if (end < recoveryPoint) {
      throw new DamagedLogException(
          String.format(
              "%s ends at offset %d, although everything before offset %d was forced to disk",
              id, end, recoveryPoint));
    }
    long start = logStart(segments, end);
    if (end != recoveryPoint || start != known.logStart()) {
      makeSure();
    }
    return new LogState(segments, producers, epochs(segments), start, end);
  }

  /**
   * What was found may be known to the operating system only, when a process was killed. It is made
   * durable before it is believed; the segments that were walked through are already.
   */
  private void makeSure() throws IOException {
    try {
      Waits.join(home.force());
    } catch (CompletionException e) {
      throw new IOException("Forcing what was found of " + id + " failed", e.getCause());
    }
  }

  /** Fills in the segments; returns the producers at their end. */
  private ProducerStates look(List<LogSegment> segments, RecoveryPoint known) throws IOException {
    long recoveryPoint = known.offset();
    int first = -1;
    List<HomeSegment> homes = home.segments();
    int last = homes.size() - 1;
    for (int i = 0; i <= last; i++) {
      LogSegment trusted = i == last ? null : trusted(homes.get(i), recoveryPoint);
      if (trusted == null && first < 0) {
        first = i;
      }
      segments.add(trusted != null ? trusted : new LogSegment(homes.get(i)));
    }
    first = trustUpToAGap(segments, first, recoveryPoint);
    last = segments.size() - 1;
    TailNote.Known tail =
        first == last && last >= 0
            ? TailNote.load(
                home, homes.get(last), homeIsDurable ? Long.MAX_VALUE : recoveryPoint, expirationMs)
            : null;
    if (tail == null) {
      return replay(segments, Math.max(0, first), recoveryPoint);
    }
    segments.set(last, tail.segment());
    rebuild(tail.segment(), true, tail.producers(), recoveryPoint);
    return tail.producers();
  }

  /**
   * What a summary says; null when there is none, or when its segment may never have been forced.
   */
  private LogSegment trusted(HomeSegment segment, long recoveryPoint) throws IOException {
    LogSegment known = LogSegment.fromSummary(home, segment);
    boolean forced =
        known != null
            && (config.durability() == Durability.FSYNC || known.endOffset() <= recoveryPoint);
    return forced ? known : null;
  }

  /**
   * A sealed segment that was never forced may have lost its end, and an older summary, which tells
   * of what is left, may be the one that survived.
   *
   * @param first the first segment that is not trusted
   * @return the same, or the last one before the gap
   */
  private int trustUpToAGap(List<LogSegment> segments, int first, long recoveryPoint)
      throws IOException {
    for (int i = 0; i < first; i++) {
      LogSegment segment = segments.get(i);
      LogSegment next = segments.get(i + 1);
      if (segment.endOffset() != next.baseOffset) {
        checkGap(segment, next, recoveryPoint);
        dropFrom(segments, i + 1);
        segments.set(i, new LogSegment(segment.home));
        return i;
      }
    }
    return first;
  }

  private ProducerStates replay(List<LogSegment> segments, int first, long recoveryPoint)
      throws IOException {
    int from = first;
    ProducerStates producers = null;
    for (; !segments.isEmpty() && producers == null && from >= 0; from--) {
      producers = snapshotAt(segments.get(from).baseOffset);
    }
    from = Math.max(0, producers == null ? 0 : from + 1);
    producers = producers == null ? new ProducerStates(expirationMs) : producers;
    for (int i = from; i < segments.size(); i++) {
      LogSegment segment = segments.get(i);
      if (segment.size() > 0) {
        replayKnown(segment, producers);
      } else if (!rebuild(segment, i == segments.size() - 1, producers, recoveryPoint)) {
        dropFrom(segments, i + 1);
      }
      if (i + 1 < segments.size() && segment.endOffset() != segments.get(i + 1).baseOffset) {
        checkGap(segment, segments.get(i + 1), recoveryPoint);
        dropFrom(segments, i + 1);
      }
    }
    return producers;
  }

  private ProducerStates snapshotAt(long baseOffset) throws IOException {
    ByteBuffer bytes = home.loadNote(LogDirectory.producers(baseOffset));
    try {
      return bytes == null ? null : ProducerStates.load(bytes, expirationMs);
    } catch (CorruptRecordException e) {
      LOG.warn("{}: the producer snapshot at {} is damaged; replaying instead", id, baseOffset, e);
      return null;
    }
  }

  private void replayKnown(LogSegment segment, ProducerStates producers) throws IOException {
    BatchCursor cursor = BatchCursor.scan(segment.home, 0, segment.size());
    try {
      while (cursor.next()) {
        replay(cursor, producers);
      }
    } catch (CorruptRecordException e) {
      throw damaged(segment, cursor.position(), e);
    }
    producers.drainAborted();
  }

  private void replay(BatchCursor cursor, ProducerStates producers) throws IOException {
    if (cursor.hasProducerId()) {
      producers.replay(cursor.isControlBatch() ? cursor.batch() : cursor.headerOnly(), nowMs);
    }
  }

  /** A segment ends where the next one begins; one that was never forced may have lost its end. */
  private void checkGap(LogSegment segment, LogSegment next, long recoveryPoint)
      throws DamagedLogException {
    if (config.durability() == Durability.FSYNC || segment.endOffset() < recoveryPoint) {
      CorruptRecordException cause =
          new CorruptRecordException("the next segment begins at offset " + next.baseOffset);
      throw damaged(segment, segment.size(), cause);
    }
  }

  /** Walks through a segment; false when its tail was cut and what follows must go. */
  private boolean rebuild(
      LogSegment segment, boolean last, ProducerStates producers, long recoveryPoint)
      throws IOException {
    int end = segment.home.size();
    // From its beginning, or from where a note of the tail ends.
    BatchCursor cursor = BatchCursor.scan(segment.home, segment.size(), end);
    try {
      walk(segment, cursor, producers, new Checks(recoveryPoint, last));
    } catch (CorruptRecordException e) {
      int at = cursor.position();
      TailJudge judge = new TailJudge(segment.home, at, end, segment.endOffset());
      boolean zeros = judge.dataEnd() == at;
      boolean mayBeTorn = last || config.durability() == Durability.OS;
      if (!zeros && (segment.endOffset() < recoveryPoint || !mayBeTorn || !judge.isTorn())) {
        throw damaged(segment, at, e);
      }
      if (!zeros) {
        LOG.warn(
            "{}: cut {} bytes of a batch that a crash interrupted, at offset {}",
            id,
            end - at,
            segment.endOffset());
      }
      segment.home.truncate(at);
      return last || zeros;
    }
    if (segment.endOffset() > recoveryPoint) {
      // What is read may be in memory only. Cutting nothing forces it.
      segment.home.truncate(end);
    }
    return true;
  }

  /**
   * What a walk insists on.
   *
   * @param verifyFrom checksums of batches that end here or later
   * @param dense offsets without gaps: only compaction makes gaps, and never in the last segment
   */
  private record Checks(long verifyFrom, boolean dense) {}

  private void walk(LogSegment segment, BatchCursor cursor, ProducerStates producers, Checks checks)
      throws IOException {
    while (cursor.next()) {
      long base = cursor.baseOffset();
      long lastOffset = cursor.lastOffset();
      long expected = segment.endOffset();
      if (base < expected || lastOffset < base || (checks.dense && base != expected)) {
        throw new CorruptRecordException(
            "a batch with offsets " + base + " to " + lastOffset + " after " + expected);
      }
      boolean verify = lastOffset >= checks.verifyFrom;
      if (verify) {
        cursor.batch().ensureValid();
      }
      replay(cursor, producers);
      takeIn(segment, cursor, base, lastOffset);
      segment.onAborted(producers.drainAborted());
    }
  }

  private void takeIn(LogSegment segment, BatchCursor cursor, long base, long lastOffset)
      throws IOException {
    List<EpochStart> epochs = segment.epochs();
    int epoch = cursor.leaderEpoch();
    if (epoch >= 0 && (epochs.isEmpty() || epochs.get(epochs.size() - 1).epoch() < epoch)) {
      segment.onEpoch(epoch, base);
    }
    segment.onBatch(base, lastOffset, cursor.sizeInBytes(), cursor.maxTimestampMs(), config, nowMs);
  }

  private void dropFrom(List<LogSegment> segments, int from) throws IOException {
    List<LogSegment> lost = segments.subList(from, segments.size());
    if (!lost.isEmpty()) {
      LOG.warn("{}: {} segments after the cut were never forced and go with it", id, lost.size());
      home.replace(lost.stream().map(segment -> segment.home).toList(), List.of(), 0);
      lost.clear();
    }
  }

  private DamagedLogException damaged(LogSegment segment, int position, Exception cause) {
    DamagedLogException damaged =
        new DamagedLogException(
            String.format(
                "%s is damaged at byte %d of segment %d, where offset %d is expected: %s",
                id, position, segment.baseOffset, segment.endOffset(), cause.getMessage()));
    damaged.initCause(cause);
    return damaged;
  }

  private long logStart(List<LogSegment> segments, long end) throws IOException {
    long first = segments.isEmpty() ? 0 : segments.get(0).baseOffset;
    ByteBuffer note = home.loadNote(LOG_START);
    return note == null ? first : Math.min(end, Math.max(first, note.getLong()));
  }

  static LeaderEpochs epochs(List<LogSegment> segments) {
    LeaderEpochs epochs = new LeaderEpochs();
    for (LogSegment segment : segments) {
      for (EpochStart start : segment.epochs()) {
        if (start.epoch() > epochs.latest()) {
          epochs.assign(start.epoch(), start.startOffset());
        }
      }
    }
    return epochs;
  }

  /** Index and aborted transactions of one segment of a log that serves. */
  SegmentDetail detailOf(List<LogSegment> upTo) throws IOException {
    LogSegment wanted = upTo.get(upTo.size() - 1);
    List<LogSegment> segments = new ArrayList<>(upTo);
    LogSegment copy = new LogSegment(wanted.home);
    segments.set(segments.size() - 1, copy);
    ProducerStates producers = producersAtBaseOfLast(segments);
    BatchCursor cursor = BatchCursor.scan(wanted.home, 0, wanted.size());
    try {
      walk(copy, cursor, producers, new Checks(Long.MAX_VALUE, false));
    } catch (CorruptRecordException e) {
      throw damaged(copy, cursor.position(), e);
    }
    return copy.detail(home, segment -> SegmentDetail.empty());
  }

  private ProducerStates producersAtBaseOfLast(List<LogSegment> segments) throws IOException {
    int from = segments.size() - 1;
    ProducerStates producers = snapshotAt(segments.get(from).baseOffset);
    while (producers == null && from > 0) {
      from--;
      producers = snapshotAt(segments.get(from).baseOffset);
    }
    producers = producers == null ? new ProducerStates(expirationMs) : producers;
    for (int i = from; i < segments.size() - 1; i++) {
      replayKnown(segments.get(i), producers);
    }
    return producers;
  }

  /** After a cut in a log that serves: the last segment is walked through again. */
  LogState reload(List<LogSegment> segments) throws IOException {
    List<LogSegment> fresh = new ArrayList<>(segments);
    LogSegment last = new LogSegment(segments.get(segments.size() - 1).home);
    fresh.set(fresh.size() - 1, last);
    ProducerStates producers = producersAtBaseOfLast(fresh);
    BatchCursor cursor = BatchCursor.scan(last.home, 0, last.home.size());
    try {
      walk(last, cursor, producers, new Checks(Long.MAX_VALUE, true));
    } catch (CorruptRecordException e) {
      throw damaged(last, cursor.position(), e);
    }
    return new LogState(
        fresh, producers, epochs(fresh), logStart(fresh, last.endOffset()), last.endOffset());
  }
}

package dev.naru.log;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.errors.CorruptRecordException;
import org.apache.kafka.common.errors.OffsetOutOfRangeException;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.utils.internals.BufferSupplier;
import org.apache.kafka.common.utils.internals.CloseableIterator;

/** Finds things in a log. Takes no lock; blocks on I/O. Any thread. */
final class LogReader {
  private static final Mark NOWHERE = new Mark(-1, null, 0);

  /** Where a batch stands, and where it begins in offsets. */
  private record Place(int position, long baseOffset) {}

  private final SegmentedLog log;
  private final HighWatermark highWatermark;

  /** Where the last stable offset stood when it was last looked for. */
  private volatile Mark stable = NOWHERE;

  LogReader(SegmentedLog log, HighWatermark highWatermark) {
    this.log = log;
    this.highWatermark = highWatermark;
  }

  private Mark mark(ReadLimit limit) {
    return limit == ReadLimit.LOG_END ? log.end() : highWatermark.mark();
  }

  private long limitOffset(ReadLimit limit, Mark mark) {
    return limit == ReadLimit.LAST_STABLE_OFFSET
        ? Math.min(highWatermark.lastStableOffset(), mark.offset())
        : mark.offset();
  }

  /** Whether a read is likely not to wait for a device. Looks at memory only. */
  boolean isWarm(long startOffset, int maxBytes, ReadLimit limit) {
    Mark mark = mark(limit);
    if (startOffset >= limitOffset(limit, mark)) {
      return true;
    }
    LogSegment[] segments = log.segments();
    LogSegment segment = segments[floor(segments, startOffset)];
    int position = highWatermark.recentPosition(segment, startOffset);
    if (position < 0) {
      SegmentDetail detail = segment.detailInMemory();
      if (detail == null) {
        return false;
      }
      position = detail.index().floorByOffset(startOffset - segment.baseOffset);
    }
    return segment.home.isWarm(position, Math.min(maxBytes, segment.size() - position));
  }

  /**
   * Reads, and warms what it found: for a thread that may wait, on behalf of one that will send it
   * and must not.
   */
  ReadResult readCold(long startOffset, int maxBytes, boolean atLeastOneBatch, ReadLimit limit)
      throws IOException {
    return read(startOffset, new Wish(maxBytes, atLeastOneBatch, true, false), limit);
  }

  ReadResult read(long startOffset, int maxBytes, boolean atLeastOneBatch, ReadLimit limit)
      throws IOException {
    return read(startOffset, new Wish(maxBytes, atLeastOneBatch, false, false), limit);
  }

  /**
   * As {@link #read}, but tells where the records are, and reads no more than it needs to know
   * that: nothing for who goes on where a place ended before.
   */
  LocatedRecords locate(long startOffset, int maxBytes, boolean atLeastOneBatch, ReadLimit limit)
      throws IOException {
    Found found = find(startOffset, new Wish(maxBytes, atLeastOneBatch, false, true), limit);
    if (found == null) {
      return LocatedRecords.NONE;
    }
    return new LocatedRecords(
        found.segment.home.locate(found.from, found.length),
        baseOffset(found, startOffset),
        found.length,
        found.aborted);
  }

  private long baseOffset(Found found, long startOffset) throws IOException {
    LogSegment segment = found.segment;
    SegmentDetail detail = segment.detailInMemory();
    if (detail != null
        && detail.index().positionOf(startOffset - segment.baseOffset) == found.from) {
      return startOffset;
    }
    BatchCursor first = BatchCursor.near(segment.home, found.from, found.from + found.length);
    if (!first.next()) {
      throw new CorruptRecordException(
          "Segment " + segment.baseOffset + " of " + log.id + " has no batch at " + found.from);
    }
    return first.baseOffset();
  }

  /**
   * @param warm what is found
   * @param roughly a place that is known to begin a batch may end it, before the size is reached
   */
  private record Wish(int maxBytes, boolean atLeastOneBatch, boolean warm, boolean roughly) {}

  /** Whole batches of a segment. */
  private record Found(
      LogSegment segment, int from, int length, List<AbortedTransaction> aborted) {}

  private ReadResult read(long startOffset, Wish wish, ReadLimit limit) throws IOException {
    Found found = find(startOffset, wish, limit);
    if (found == null) {
      return new ReadResult(BufferSlice.EMPTY, List.of());
    }
    HomeSegment home = found.segment.home;
    if (wish.warm) {
      home.warm(found.from, found.length);
    }
    return new ReadResult(home.slice(found.from, found.length), found.aborted);
  }

  /** Null when there is nothing to read. */
  private Found find(long startOffset, Wish wish, ReadLimit limit) throws IOException {
    Mark mark = mark(limit);
    long limitOffset = limitOffset(limit, mark);
    if (startOffset >= limitOffset) {
      return null;
    }
    LogSegment[] segments = log.segments();
    for (int i = floor(segments, startOffset); i < segments.length; i++) {
      long next = i + 1 < segments.length ? segments[i + 1].baseOffset : Long.MAX_VALUE;
      LogSegment segment = segments[i];
      int end = endPosition(segment, next, limitOffset, mark);
      int from = position(segment, startOffset, end);
      if (from < end) {
        return cut(
            segments,
            i,
            new Range(from, end, wish),
            startOffset,
            limit == ReadLimit.LAST_STABLE_OFFSET ? Math.min(next, limitOffset) : -1);
      }
      if (next >= limitOffset) {
        break;
      }
    }
    return null;
  }

  private record Range(int from, int end, Wish wish) {}

  private Found cut(LogSegment[] segments, int i, Range range, long startOffset, long upperOffset)
      throws IOException {
    LogSegment segment = segments[i];
    int stop = range.end;
    long upper = upperOffset;
    if (range.end - range.from > range.wish.maxBytes) {
      Place cut = cutAtBatch(segment, range);
      stop = cut.position;
      upper = Math.min(upper, cut.baseOffset);
    }
    if (stop == range.from) {
      return null;
    }
    List<AbortedTransaction> aborted =
        upperOffset < 0 ? List.of() : aborted(segments, i, startOffset, upper);
    return new Found(segment, range.from, stop - range.from, aborted);
  }

  /** The last batch boundary within the size that was asked for. */
  private Place cutAtBatch(LogSegment segment, Range range) throws IOException {
    long target = (long) range.from + Math.max(0, range.wish.maxBytes);
    SparseIndex index = log.detail(segment).index();
    int from = Math.max(range.from, index.floorByPosition(target));
    if (range.wish.roughly && from > range.from) {
      return new Place(from, segment.baseOffset + index.offsetAt(from));
    }
    BatchCursor cursor = BatchCursor.near(segment.home, from, range.end);
    while (cursor.next()) {
      boolean fits = (long) cursor.position() + cursor.sizeInBytes() <= target;
      boolean wanted = range.wish.atLeastOneBatch && cursor.position() == range.from;
      if (!fits && !wanted) {
        return new Place(cursor.position(), cursor.baseOffset());
      }
    }
    return new Place(range.end, Long.MAX_VALUE);
  }

  private static int floor(LogSegment[] segments, long offset) {
    int low = 0;
    int high = segments.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (segments[middle].baseOffset <= offset) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    if (low == 0) {
      throw new OffsetOutOfRangeException("Offset " + offset + " was deleted meanwhile");
    }
    return low - 1;
  }

  /** Where reading has to stop in a segment. */
  private int endPosition(LogSegment segment, long next, long limitOffset, Mark mark)
      throws IOException {
    if (next <= limitOffset) {
      return segment.size();
    }
    if (mark.segment() == segment && mark.offset() == limitOffset) {
      return mark.position();
    }
    Mark known = stable;
    if (known.segment() == segment && known.offset() == limitOffset) {
      return known.position();
    }
    int bound = mark.segment() == segment ? mark.position() : segment.size();
    int position = position(segment, limitOffset, bound);
    stable = new Mark(limitOffset, segment, position);
    return position;
  }

  /** Where the first batch begins that does not end before the offset; {@code end} if none. */
  int position(LogSegment segment, long offset, int end) throws IOException {
    if (offset <= segment.baseOffset) {
      return 0;
    }
    int recent = highWatermark.recentPosition(segment, offset);
    if (recent >= 0) {
      return recent;
    }
    SparseIndex index = log.detail(segment).index();
    int exact = index.positionOf(offset - segment.baseOffset);
    if (exact >= 0) {
      return Math.min(exact, end);
    }
    int from = index.floorByOffset(offset - segment.baseOffset);
    BatchCursor cursor = BatchCursor.near(segment.home, from, end);
    while (cursor.next()) {
      if (cursor.lastOffset() >= offset) {
        return cursor.position();
      }
    }
    return end;
  }

  /** Aborted transactions that overlap with a range of offsets. */
  private List<AbortedTransaction> aborted(
      LogSegment[] segments, int from, long startOffset, long upperOffset) throws IOException {
    Set<AbortedTransaction> found = new LinkedHashSet<>();
    for (int i = from; i < segments.length; i++) {
      if (!segments[i].hasAborted()) {
        continue;
      }
      for (AbortedSpan span : log.detail(segments[i]).aborted()) {
        if (span.lastOffset() >= startOffset && span.firstOffset() < upperOffset) {
          found.add(new AbortedTransaction(span.producerId(), span.firstOffset()));
        }
        if (span.lastStableOffset() >= upperOffset) {
          return new ArrayList<>(found);
        }
      }
    }
    return new ArrayList<>(found);
  }

  Optional<OffsetAndTimestamp> offsetForTimestamp(long timestampMs, ReadLimit limit)
      throws IOException {
    Mark mark = mark(limit);
    long limitOffset = limitOffset(limit, mark);
    long start = log.startOffset();
    LogSegment[] segments = log.segments();
    for (int i = 0; i < segments.length && segments[i].baseOffset < limitOffset; i++) {
      LogSegment segment = segments[i];
      if (segment.maxTimestampMs() < timestampMs) {
        continue;
      }
      long next = i + 1 < segments.length ? segments[i + 1].baseOffset : Long.MAX_VALUE;
      int end = endPosition(segment, next, limitOffset, mark);
      int from = log.detail(segment).index().floorByTime(timestampMs);
      BatchCursor cursor = BatchCursor.near(segment.home, from, end);
      while (cursor.next()) {
        if (cursor.maxTimestampMs() >= timestampMs && cursor.lastOffset() >= start) {
          Optional<OffsetAndTimestamp> found = find(cursor.batch(), timestampMs, start);
          if (found.isPresent()) {
            return found.filter(record -> record.offset() < limitOffset);
          }
        }
      }
    }
    return Optional.empty();
  }

  private Optional<OffsetAndTimestamp> find(RecordBatch batch, long timestampMs, long startOffset) {
    try (CloseableIterator<Record> records =
        log.config().inflation().records(batch, BufferSupplier.NO_CACHING)) {
      while (records.hasNext()) {
        Record record = records.next();
        if (record.timestamp() >= timestampMs && record.offset() >= startOffset) {
          int epoch = batch.partitionLeaderEpoch();
          return Optional.of(
              new OffsetAndTimestamp(record.offset(), record.timestamp(), Math.max(-1, epoch)));
        }
      }
    }
    return Optional.empty();
  }

  Optional<OffsetAndTimestamp> offsetOfMaxTimestamp() throws IOException {
    LogSegment best = null;
    long start = log.startOffset();
    Mark mark = mark(ReadLimit.LOG_END);
    for (LogSegment segment : log.segments()) {
      if (segment.maxTimestampMs() >= 0
          && segment.endOffset() > start
          && (best == null || segment.maxTimestampMs() > best.maxTimestampMs())) {
        best = segment;
      }
    }
    if (best == null) {
      return Optional.empty();
    }
    int end = mark.segment() == best ? mark.position() : best.size();
    int from = position(best, Math.max(start, best.maxTimestampBatch()), end);
    BatchCursor cursor = BatchCursor.near(best.home, from, end);
    Optional<OffsetAndTimestamp> found = Optional.empty();
    while (found.isEmpty() && cursor.next()) {
      found = find(cursor.batch(), cursor.maxTimestampMs(), start);
    }
    return found;
  }
}

package dev.naru.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * One segment of a log: its bytes in their home, and what is known of them. The log's lock guards
 * changes; everybody reads.
 */
final class LogSegment implements CompactionSource {
  /** Computes the detail of a segment whose summary is not there. */
  interface DetailSource {
    SegmentDetail rebuild(LogSegment segment) throws IOException;
  }

  final HomeSegment home;
  final long baseOffset;

  private volatile int size;
  private volatile long endOffset;
  private volatile long maxTimestampMs = -1;
  private volatile long maxTimestampBatch = -1;
  private volatile SegmentDetail detail;
  private volatile int aborted;
  private volatile boolean touched;
  private volatile long lastAppendMs = -1;
  private long firstTimestampMs = -1;
  private long firstAppendMs = -1;
  private int bytesSinceIndexed;
  private boolean summaryStale = true;
  private List<EpochStart> epochs = List.of();

  /** An empty segment. */
  LogSegment(HomeSegment home) {
    this.home = home;
    this.baseOffset = home.baseOffset();
    this.endOffset = baseOffset;
    this.detail = SegmentDetail.empty();
  }

  /** A segment that is known from its summary or from a clean stop. */
  LogSegment(HomeSegment home, SegmentMeta meta) {
    this(home, meta, null);
  }

  /** A segment that grows, as far as it is known. */
  LogSegment(HomeSegment home, SegmentMeta meta, SegmentDetail detail) {
    this.home = home;
    this.baseOffset = meta.baseOffset();
    this.size = meta.size();
    this.endOffset = meta.endOffset();
    this.maxTimestampMs = meta.maxTimestampMs();
    this.maxTimestampBatch = meta.maxTimestampBatch();
    this.firstTimestampMs = meta.firstTimestampMs();
    this.firstAppendMs = meta.firstAppendMs();
    this.lastAppendMs = meta.lastAppendMs();
    this.aborted = meta.aborted();
    this.epochs = meta.epochs();
    this.summaryStale = detail != null;
    this.detail = detail;
  }

  /** The segment as its summary describes it; null when there is no summary that fits. */
  static LogSegment fromSummary(SegmentHome home, HomeSegment segment) throws IOException {
    ByteBuffer summary = home.loadNote(LogDirectory.summary(segment.baseOffset()));
    if (summary == null) {
      return null;
    }
    SegmentMeta meta = SegmentMeta.decode(summary);
    if (meta.baseOffset() != segment.baseOffset() || meta.size() != segment.size()) {
      return null;
    }
    return new LogSegment(segment, meta);
  }

  SegmentMeta meta() {
    return new SegmentMeta(
        baseOffset,
        size,
        endOffset,
        maxTimestampMs,
        maxTimestampBatch,
        firstTimestampMs,
        firstAppendMs,
        lastAppendMs,
        aborted,
        epochs);
  }

  @Override
  public long baseOffset() {
    return baseOffset;
  }

  @Override
  public int read(ByteBuffer into, int position) throws IOException {
    return home.read(into, position);
  }

  @Override
  public int size() {
    return size;
  }

  @Override
  public long endOffset() {
    return endOffset;
  }

  @Override
  public long maxTimestampMs() {
    return maxTimestampMs;
  }

  long maxTimestampBatch() {
    return maxTimestampBatch;
  }

  @Override
  public long firstTimestampMs() {
    return firstTimestampMs;
  }

  /** When its first batch was appended; -1 while it is empty. */
  long firstAppendMs() {
    return firstAppendMs;
  }

  /** What retention by time looks at. */
  long ageTimestampMs() {
    return maxTimestampMs >= 0 ? maxTimestampMs : lastAppendMs;
  }

  boolean hasAborted() {
    return aborted > 0;
  }

  List<EpochStart> epochs() {
    return epochs;
  }

  /** Takes in a batch whose bytes were appended. */
  // Written under the log's lock only; volatile for readers.
  @SuppressWarnings("NonAtomicVolatileUpdate")
  void onBatch(long base, long last, int bytes, long batchTimestampMs, LogConfig config, long nowMs)
      throws IOException {
    int before = size;
    if (before == 0) {
      firstTimestampMs = batchTimestampMs;
      firstAppendMs = nowMs;
    } else if (bytesSinceIndexed >= config.indexIntervalBytes()) {
      loaded().index().add((int) (base - baseOffset), before, maxTimestampMs);
      bytesSinceIndexed = 0;
    }
    bytesSinceIndexed += bytes;
    lastAppendMs = nowMs;
    summaryStale = true;
    if (batchTimestampMs > maxTimestampMs) {
      maxTimestampBatch = base;
      maxTimestampMs = batchTimestampMs;
    }
    endOffset = last + 1;
    size = before + bytes;
  }

  void onEpoch(int epoch, long startOffset) {
    List<EpochStart> grown = new ArrayList<>(epochs);
    grown.add(new EpochStart(epoch, startOffset));
    epochs = List.copyOf(grown);
  }

  /** Compaction: the new segments begin the epochs that the old ones began. */
  void inheritEpochs(List<LogSegment> replaced) {
    epochs = replaced.stream().flatMap(segment -> segment.epochs.stream()).toList();
    summaryStale = true;
  }

  /** Compaction: the last records are gone, yet the segment reaches as far as before. */
  void endAt(long newEndOffset) {
    endOffset = newEndOffset;
    summaryStale = true;
  }

  void onAborted(List<AbortedSpan> spans) throws IOException {
    if (!spans.isEmpty()) {
      loaded().aborted().addAll(spans);
      aborted = loaded().aborted().size();
      summaryStale = true;
    }
  }

  boolean isIndexFull(LogConfig config) {
    SegmentDetail known = detail;
    return known != null && known.index().count() >= Math.max(1, config.segmentIndexBytes() / 12);
  }

  private SegmentDetail loaded() {
    SegmentDetail known = detail;
    if (known == null) {
      throw new IllegalStateException("A segment is written whose index was not loaded");
    }
    return known;
  }

  /** Index and aborted transactions; loaded, or computed again, when they are not in memory. */
  SegmentDetail detail(SegmentHome segments, DetailSource source) throws IOException {
    touched = true;
    SegmentDetail known = detail;
    if (known != null) {
      return known;
    }
    synchronized (this) {
      known = detail;
      if (known == null) {
        known = fromNote(segments);
        known = known != null ? known : source.rebuild(this);
        detail = known;
      }
      return known;
    }
  }

  /** The detail when it is in memory; null otherwise. */
  SegmentDetail detailInMemory() {
    return detail;
  }

  private SegmentDetail fromNote(SegmentHome segments) throws IOException {
    ByteBuffer summary = segments.loadNote(LogDirectory.summary(baseOffset));
    if (summary == null) {
      return null;
    }
    SegmentMeta meta = SegmentMeta.decode(summary);
    boolean fits =
        meta.baseOffset() == baseOffset && meta.size() == size && meta.endOffset() == endOffset;
    return fits ? SegmentDetail.decode(summary) : null;
  }

  /** Writes the summary when it says less than what is known. */
  void saveSummary(SegmentHome segments) throws IOException {
    SegmentDetail known = detail;
    if (summaryStale && known != null) {
      segments.saveNote(LogDirectory.summary(baseOffset), known.encode(meta()), false);
      summaryStale = false;
    }
  }

  /** Forgets the detail of a sealed segment that nobody looked into since the last call. */
  void rest() {
    if (!touched && !summaryStale) {
      detail = null;
    }
    touched = false;
  }
}

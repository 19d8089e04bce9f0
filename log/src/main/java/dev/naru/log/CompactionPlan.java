package dev.naru.log;

import java.util.ArrayList;
import java.util.List;

/**
 * Which part of a log may be compacted now, and whether it should be.
 *
 * @param sources the segments to read, from the first one of the log on
 * @param firstDirtyOffset where the last compaction ended
 * @param endOffset end of the last source: nothing from here on is touched
 * @param dirtyRatio share of the sources' bytes that no compaction has seen
 * @param overdue something waited longer than {@code max.compaction.lag.ms}
 */
record CompactionPlan(
    List<CompactionSource> sources,
    long firstDirtyOffset,
    long endOffset,
    double dirtyRatio,
    boolean overdue) {

  /**
   * @param sealed all segments of the log but the one that is written, in order
   * @param cleanedTo where the last compaction ended; -1 when there was none
   * @param lastStableOffset beyond it an outcome is open or not durable
   */
  static CompactionPlan of(
      List<? extends CompactionSource> sealed,
      long cleanedTo,
      long lastStableOffset,
      LogConfig config,
      long nowMs) {
    long start = sealed.isEmpty() ? 0 : sealed.get(0).baseOffset();
    long end = sealed.isEmpty() ? 0 : sealed.get(sealed.size() - 1).endOffset();
    // A checkpoint outside of the log is from another life of it: begin anew.
    long firstDirty = cleanedTo < start || cleanedTo > end ? start : cleanedTo;
    List<CompactionSource> sources = new ArrayList<>();
    long cleanBytes = 0;
    long dirtyBytes = 0;
    long oldestMs = Long.MAX_VALUE;
    for (CompactionSource segment : sealed) {
      boolean dirty = segment.endOffset() > firstDirty;
      if (segment.endOffset() > lastStableOffset || (dirty && tooYoung(segment, config, nowMs))) {
        break;
      }
      sources.add(segment);
      if (dirty) {
        dirtyBytes += segment.size();
        oldestMs = older(oldestMs, segment.firstTimestampMs());
      } else {
        cleanBytes += segment.size();
      }
    }
    boolean overdue =
        oldestMs != Long.MAX_VALUE && nowMs - oldestMs > Math.max(0, config.maxCompactionLagMs());
    double ratio = dirtyBytes == 0 ? 0 : (double) dirtyBytes / (cleanBytes + dirtyBytes);
    long endOffset = sources.isEmpty() ? start : sources.get(sources.size() - 1).endOffset();
    return new CompactionPlan(List.copyOf(sources), firstDirty, endOffset, ratio, overdue);
  }

  private static boolean tooYoung(CompactionSource segment, LogConfig config, long nowMs) {
    return config.minCompactionLagMs() > 0
        && segment.maxTimestampMs() > nowMs - config.minCompactionLagMs();
  }

  private static long older(long oldestMs, long timestampMs) {
    return timestampMs > 0 ? Math.min(oldestMs, timestampMs) : oldestMs;
  }

  /** Whether there is enough to do. */
  boolean due(LogConfig config) {
    return dirtyRatio > 0 && (overdue || dirtyRatio > config.minCleanableDirtyRatio());
  }

  /** Neighbours that fit into one segment together, as far as {@code beforeOffset}. */
  List<List<CompactionSource>> groups(long beforeOffset, int segmentBytes) {
    List<List<CompactionSource>> groups = new ArrayList<>();
    List<CompactionSource> group = new ArrayList<>();
    long bytes = 0;
    for (CompactionSource source : sources) {
      if (source.baseOffset() >= beforeOffset) {
        break;
      }
      boolean fits =
          bytes + source.size() <= segmentBytes
              && !group.isEmpty()
              && source.endOffset() - group.get(0).baseOffset() <= Integer.MAX_VALUE;
      if (!fits && !group.isEmpty()) {
        groups.add(List.copyOf(group));
        group.clear();
        bytes = 0;
      }
      group.add(source);
      bytes += source.size();
    }
    if (!group.isEmpty()) {
      groups.add(List.copyOf(group));
    }
    return groups;
  }
}

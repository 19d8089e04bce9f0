package dev.naru.log;

/** Decides when the active segment is full or old enough, as Apache Kafka does. */
record RollPolicy(LogId id, LogConfig config) {

  /**
   * Whether an append must begin a segment of its own.
   *
   * @param lastOffset offset of the last record that comes
   * @param timestampMs largest timestamp that comes, -1 when there is none
   */
  boolean mustRoll(LogSegment active, int bytes, long lastOffset, long timestampMs, long nowMs) {
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
    return (active.firstTimestampMs() >= 0 && timestampMs >= 0)
        ? timestampMs - active.firstTimestampMs() > rollAfterMs(active)
        : isOld(active, nowMs);
  }

  /** Whether the active segment must end although nothing comes. */
  boolean isOverdue(LogSegment active, long nowMs) {
    return active != null && active.size() > 0 && isOld(active, nowMs);
  }

  private boolean isOld(LogSegment active, long nowMs) {
    return nowMs - active.firstAppendMs() > rollAfterMs(active);
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
}

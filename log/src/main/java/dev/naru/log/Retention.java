package dev.naru.log;

/** Decides which of a log's first segments may go, as Apache Kafka does. */
record Retention(LogConfig config, long logStart, long highWatermark, long nowMs) {

  /** How many segments from the first on may go. All of them only after rolling. */
  int doomed(LogSegment[] segments) {
    long total = 0;
    for (LogSegment segment : segments) {
      total += segment.size();
    }
    int doomed = 0;
    for (int i = 0; i < segments.length; i++) {
      boolean last = i == segments.length - 1;
      LogSegment segment = segments[i];
      long end = last ? segment.endOffset() : segments[i + 1].baseOffset;
      boolean goes = (!last && end <= logStart) || (config.delete() && isOverdue(segment, total));
      if (!goes || end > highWatermark || (last && segment.size() == 0)) {
        break;
      }
      total -= segment.size();
      doomed = i + 1;
    }
    return doomed;
  }

  private boolean isOverdue(LogSegment segment, long total) {
    boolean tooOld =
        config.retentionMs() >= 0
            && segment.ageTimestampMs() >= 0
            && nowMs - segment.ageTimestampMs() > config.retentionMs();
    boolean tooMuch =
        config.retentionBytes() >= 0 && total - config.retentionBytes() >= segment.size();
    return tooOld || tooMuch;
  }
}

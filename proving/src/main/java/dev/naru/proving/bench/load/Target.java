package dev.naru.proving.bench.load;

/** One partition that a {@link ClusterTraffic} writes to. */
final class Target {
  /** Where a target stands that has something to send. */
  enum Place {
    /** It has nothing to send. */
    IDLE,
    /** In the line of its leader. */
    LINED,
    /** Nobody can take it now; it is looked at again in a moment. */
    HELD
  }

  final int index;
  final Frame frame;
  final DueTimes due = new DueTimes();
  int leader = Leaders.NONE;
  Place place = Place.IDLE;
  long heldUntilNs;
  private int servedBy = Leaders.NONE;
  private long servedNs;
  private long longestNs;

  Target(int index, Frame frame, long nowNs) {
    this.index = index;
    this.frame = frame;
    this.servedNs = nowNs;
  }

  void served(int node, long nowNs) {
    longestNs = Math.max(longestNs, nowNs - servedNs);
    servedNs = nowNs;
    servedBy = node;
  }

  /** Whether another node than this one has acknowledged since then, and was the last to do so. */
  boolean isServedWithout(int node, long sinceNs) {
    return servedBy != node && servedNs - sinceNs > 0;
  }

  /** From now on, silences count; one that has begun counts from where it began. */
  void forgetSilence() {
    longestNs = 0;
  }

  /** The longest time between two acknowledgements. */
  long longestSilenceNs() {
    return longestNs;
  }
}

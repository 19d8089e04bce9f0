package dev.naru.proving.bench.load;

import java.util.concurrent.TimeUnit;

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

  /**
   * What a refusal costs is paid by the nodes that are to take over, so it must not be repeated.
   */
  private static final long PAUSE_NS_MAX = TimeUnit.MILLISECONDS.toNanos(160);

  private static final long FIRST_PAUSE_NS = TimeUnit.MILLISECONDS.toNanos(20);

  final int index;
  final Frame frame;
  final DueTimes due = new DueTimes();
  int leader = Leaders.NONE;
  Place place = Place.IDLE;
  private long heldUntilNs;
  private long pauseNs = FIRST_PAUSE_NS;
  private int servedBy = Leaders.NONE;
  private long servedNs;
  private long longestNs;

  Target(int index, Frame frame, long nowNs) {
    this.index = index;
    this.frame = frame;
    this.servedNs = nowNs;
  }

  /** Nobody takes it now: it waits, each time longer than the time before. */
  void hold(long nowNs) {
    place = Place.HELD;
    heldUntilNs = nowNs + pauseNs;
    pauseNs = Math.min(PAUSE_NS_MAX, 2 * pauseNs);
  }

  /** Whether its pause is over. */
  boolean isDue(long nowNs) {
    return heldUntilNs <= nowNs;
  }

  /** Another node leads it, which may be asked at once. */
  void led(int node, long nowNs) {
    leader = node;
    heldUntilNs = nowNs;
    pauseNs = FIRST_PAUSE_NS;
  }

  void served(int node, long nowNs) {
    pauseNs = FIRST_PAUSE_NS;
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

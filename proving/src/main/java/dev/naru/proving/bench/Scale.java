package dev.naru.proving.bench;

import java.time.Duration;

/**
 * How much of everything: {@link #QUICK} shows that all works and no more, {@link #USUAL} is what
 * is quoted, {@link #FULL} adds every cell of the matrix and the long forms.
 */
public enum Scale {
  QUICK(200, 500, 1, 200, 32, 64, 100, 100, 20),
  USUAL(8_000, 8_000, 5, 10_000, 1_000, 1_000, 10_000, 5_000, 200),
  FULL(10_000, 15_000, 7, 30_000, 4_000, 5_000, 10_000, 5_000, 200);

  private final Duration warmUp;
  private final Duration measured;
  private final int starts;
  private final Duration rest;
  private final long consumeBytes;
  private final long recoveryBytes;
  private final int partitions;
  private final int connections;
  private final int members;

  Scale(
      int warmUpMs,
      int measuredMs,
      int starts,
      int restMs,
      int consumeMb,
      int recoveryMb,
      int partitions,
      int connections,
      int members) {
    this.warmUp = Duration.ofMillis(warmUpMs);
    this.measured = Duration.ofMillis(measuredMs);
    this.starts = starts;
    this.rest = Duration.ofMillis(restMs);
    this.consumeBytes = consumeMb * 1_000_000L;
    this.recoveryBytes = recoveryMb * 1_000_000L;
    this.partitions = partitions;
    this.connections = connections;
    this.members = members;
  }

  /**
   * How long a load runs before it is measured: long enough for the just-in-time compiler to be
   * done, or a third of the CPU that is counted is the compiler's.
   */
  public Duration warmUp() {
    return warmUp;
  }

  /** How long it is measured. */
  public Duration measured() {
    return measured;
  }

  /** How many starts a start time is the median of. */
  public int starts() {
    return starts;
  }

  /** How long a node rests before it counts as idle. */
  public Duration rest() {
    return rest;
  }

  /** How much there is to consume. */
  public long consumeBytes() {
    return consumeBytes;
  }

  /** How much log there is to recover. */
  public long recoveryBytes() {
    return recoveryBytes;
  }

  /** Of the scenario with many partitions. */
  public int partitions() {
    return partitions;
  }

  /** Of the scenario with many idle connections. */
  public int connections() {
    return connections;
  }

  /** Of the group with many members. */
  public int members() {
    return members;
  }
}

package dev.naru.proving.bench.scenario;

import dev.naru.proving.bench.Scale;

/** How much of everything in the scenarios with clusters, besides what {@link Scale} says. */
enum ClusterScale {
  QUICK(1, 4, 9, 10),
  USUAL(5, 500, 48, 2_000),
  FULL(20, 4_000, 48, 2_000);

  private final int kills;
  private final long joinBytes;
  private final int joinPartitions;
  private final int takenOver;

  ClusterScale(int kills, int joinMb, int joinPartitions, int takenOver) {
    this.kills = kills;
    this.joinBytes = joinMb * 1_000_000L;
    this.joinPartitions = joinPartitions;
    this.takenOver = takenOver;
  }

  static ClusterScale of(Scale scale) {
    return switch (scale) {
      case QUICK -> QUICK;
      case USUAL -> USUAL;
      case FULL -> FULL;
    };
  }

  /** How often an owner is killed in one run. */
  int kills() {
    return kills;
  }

  /** What is in the cluster when another node joins, copies not counted. */
  long joinBytes() {
    return joinBytes;
  }

  /** Over how many partitions that is spread. */
  int joinPartitions() {
    return joinPartitions;
  }

  /** How many partitions a node owns that is killed. */
  int takenOver() {
    return takenOver;
  }
}

package dev.naru.proving.bench.scenario;

import dev.naru.proving.bench.Scale;

/** How much of everything in the scenarios with connectors, besides what {@link Scale} says. */
enum FlowScale {
  QUICK(1, 2, 10_000, 20_000, 1),
  USUAL(3, 32, 10_000_000, 1_000_000, 30),
  FULL(7, 64, 10_000_000, 4_000_000, 120);

  private final int starts;
  private final int hosts;
  private final int addresses;
  private final int rows;
  private final int captureSeconds;

  FlowScale(int starts, int hosts, int addresses, int rows, int captureSeconds) {
    this.starts = starts;
    this.hosts = hosts;
    this.addresses = addresses;
    this.rows = rows;
    this.captureSeconds = captureSeconds;
  }

  static FlowScale of(Scale scale) {
    return switch (scale) {
      case QUICK -> QUICK;
      case USUAL -> USUAL;
      case FULL -> FULL;
    };
  }

  /** How many starts the time to a running connector is the median of. */
  int starts() {
    return starts;
  }

  /** How many hosts are crawled, of 706 pages each. */
  int hosts() {
    return hosts;
  }

  /** How many addresses a crawl gets to know. */
  int addresses() {
    return addresses;
  }

  /** How many rows go into the database. */
  int rows() {
    return rows;
  }

  /** For how long changes are captured, once it is warm. */
  int captureSeconds() {
    return captureSeconds;
  }
}

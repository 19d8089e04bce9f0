package dev.naru.proving.bench.load;

import java.io.IOException;
import java.time.Duration;

/** Puts data into a node before something else is measured. */
public final class Filling {
  private static final Duration PATIENCE = Duration.ofMinutes(10);
  private static final int CONNECTIONS = 4;
  private static final int DEPTH = 5;

  private Filling() {}

  /**
   * Produces to all partitions of a topic until so many bytes of values are acknowledged.
   *
   * @return how many records that were
   */
  public static long fill(int port, Topic topic, BatchShape shape, short acks, long bytes)
      throws IOException {
    ProduceFrames frames = ProduceFrames.of(topic, shape, acks, 1);
    try (Wire wire = new Wire(port)) {
      ProduceTraffic traffic = ProduceTraffic.toKafka(wire, frames, CONNECTIONS, DEPTH);
      wire.runUntil(() -> traffic.valueBytes() >= bytes, PATIENCE);
      wire.drain();
      return traffic.recordsEver();
    }
  }

  /** The same for the bare server; returns how many bytes it holds. */
  public static long fillBare(int port, Topic topic, BatchShape shape, long bytes)
      throws IOException {
    ProduceFrames frames = ProduceFrames.of(topic, shape, (short) 1, 1);
    try (Wire wire = new Wire(port)) {
      ProduceTraffic traffic = ProduceTraffic.toBare(wire, frames, 1, DEPTH);
      wire.runUntil(() -> traffic.valueBytes() >= bytes, PATIENCE);
      wire.drain();
      return traffic.valueBytes();
    }
  }
}

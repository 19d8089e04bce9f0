package dev.naru.proving.bench.node;

import java.util.concurrent.TimeUnit;

/** A span of time and the processor time that a process used in it. */
public final class Window {
  private final ProcessMeter meter;
  private final double cpuStart;
  private final long startNs;

  private Window(ProcessMeter meter) {
    this.meter = meter;
    this.cpuStart = meter.cpuSeconds();
    this.startNs = System.nanoTime();
  }

  public static Window open(ProcessMeter meter) {
    return new Window(meter);
  }

  /** Takes the readings. */
  public Span close() {
    double seconds = (System.nanoTime() - startNs) / (double) TimeUnit.SECONDS.toNanos(1);
    return new Span(seconds, meter.cpuSeconds() - cpuStart);
  }

  /**
   * @param seconds on the clock
   * @param cpuSeconds of the process
   */
  public record Span(double seconds, double cpuSeconds) {}
}

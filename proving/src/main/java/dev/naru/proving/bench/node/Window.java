package dev.naru.proving.bench.node;

import java.util.concurrent.TimeUnit;
import java.util.function.DoubleSupplier;

/** A span of time and the processor time that a process, or several, used in it. */
public final class Window {
  private final DoubleSupplier cpuSeconds;
  private final double cpuStart;
  private final long startNs;

  private Window(DoubleSupplier cpuSeconds) {
    this.cpuSeconds = cpuSeconds;
    this.cpuStart = cpuSeconds.getAsDouble();
    this.startNs = System.nanoTime();
  }

  public static Window open(ProcessMeter meter) {
    return new Window(meter::cpuSeconds);
  }

  /**
   * As above.
   *
   * @param cpuSeconds what the processes have used since they began
   */
  public static Window open(DoubleSupplier cpuSeconds) {
    return new Window(cpuSeconds);
  }

  /** Takes the readings. */
  public Span close() {
    double seconds = (System.nanoTime() - startNs) / (double) TimeUnit.SECONDS.toNanos(1);
    return new Span(seconds, cpuSeconds.getAsDouble() - cpuStart);
  }

  /**
   * @param seconds on the clock
   * @param cpuSeconds of the processes
   */
  public record Span(double seconds, double cpuSeconds) {}
}
